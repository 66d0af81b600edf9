/*
 * report_lab.c - servers side by side, as a table and as JSON.
 */
#include <math.h>

#include "loadtest/lab.h"
#include "loadtest/report.h"

static const char *print_value(enum tri_measure measure, double value, char text[static 16])
{
    switch (measure) {
    case TRI_MEASURE_P50:
    case TRI_MEASURE_P99:
    case TRI_MEASURE_P999:
        return tri_print_time(value, text);
    case TRI_MEASURE_PSS:
    case TRI_MEASURE_EACH:
        return tri_print_bytes(value, text);
    case TRI_MEASURE_CPU:
    case TRI_MEASURE_SWITCHES:
        snprintf(text, 16, "%.2f", value);
        return text;
    case TRI_MEASURE_RATE:
    case TRI_MEASURE_FAULTS:
    case TRI_MEASURE_COUNT:
        break;
    }
    return tri_print_count(value, text);
}

static void print_row(FILE *to, const char *name, const struct tri_cell *cell)
{
    char text[16], least[16], most[16];
    fprintf(to, "  %-14.40s", name);
    for (int m = 0; m < TRI_MEASURE_COUNT; m++) {
        double median, low, high;
        if (!tri_cell_spread(cell, (enum tri_measure)m, &median, &low, &high))
            fprintf(to, " %9s", "-");
        else
            fprintf(to, " %9s", print_value((enum tri_measure)m, median, text));
        if (m == TRI_MEASURE_RATE) {
            char both[40] = "";
            if (cell->count > 1)
                snprintf(both, sizeof(both), "(%s-%s)", print_value(TRI_MEASURE_RATE, low, least),
                         print_value(TRI_MEASURE_RATE, high, most));
            fprintf(to, " %-17s", both);
        }
    }
    fprintf(to, "%s\n", cell->is_trusted ? "" : "  !");
}

void tri_lab_report_text(FILE *to, const struct tri_lab *lab)
{
    const struct tri_plan *plan = &lab->options->plan;
    bool is_trusted = true;
    fprintf(to, "%s loop, %u round%s of %.1f s each, medians%s%s\n",
            tri_plan_is_open(plan) ? "open" : "closed", lab->options->rounds,
            lab->options->rounds == 1 ? "" : "s", (double)plan->duration_ns / 1e9,
            lab->options->rounds > 1 ? " (least-greatest)" : "",
            lab->was_interrupted ? ", interrupted" : "");
    for (unsigned count = 0; count < lab->options->count_count; count++) {
        fprintf(to, "\n%u connections\n  %-14s %9s %-17s %9s %9s %9s %9s %9s %9s %9s %9s\n",
                lab->options->counts[count], "", "requests", "/s", "p50", "p99", "p99.9", "CPU s",
                "memory", "each", "switches", "errors");
        for (unsigned server = 0; server < lab->server_count; server++) {
            const struct tri_cell *cell = tri_lab_cell(lab, server, count);
            print_row(to, lab->names[server], cell);
            is_trusted = is_trusted && cell->is_trusted;
        }
    }
    fputs(
        "\nCPU s: of the server for 100k requests. memory: its peak (PSS). each: that, above what "
        "it held\nidle, for each connection. switches: its context switches for each request.\n",
        to);
    if (!is_trusted)
        fputs("!: the self-check did not trust at least one of these runs (run one by itself "
              "to see why).\n",
              to);
}

static void print_cell(FILE *to, const struct tri_cell *cell, unsigned connections)
{
    fprintf(to, "{\"connections\":%u,\"trusted\":%s", connections,
            cell->is_trusted ? "true" : "false");
    for (int m = 0; m < TRI_MEASURE_COUNT; m++) {
        double median, least, most;
        if (!tri_cell_spread(cell, (enum tri_measure)m, &median, &least, &most))
            continue;
        fprintf(to, ",\"%s\":{\"median\":%.6g,\"least\":%.6g,\"greatest\":%.6g,\"rounds\":[",
                tri_measure_names[m], median, least, most);
        for (unsigned i = 0; i < cell->count; i++)
            if (isnan(cell->values[m][i]))
                fprintf(to, "%snull", i ? "," : "");
            else
                fprintf(to, "%s%.6g", i ? "," : "", cell->values[m][i]);
        fputs("]}", to);
    }
    fputc('}', to);
}

void tri_lab_report_json(FILE *to, const struct tri_lab *lab,
                         const struct tri_fingerprint *fingerprint)
{
    const struct tri_plan *plan = &lab->options->plan;
    fprintf(to, "{\"schema\":\"tri-load-lab/1\",\"loop\":\"%s\",\"rounds\":%u,\"duration_s\":%.3f",
            tri_plan_is_open(plan) ? "open" : "closed", lab->options->rounds,
            (double)plan->duration_ns / 1e9);
    tri_json_fingerprint(to, fingerprint);
    fputs(",\n\"servers\":[", to);
    for (unsigned server = 0; server < lab->server_count; server++) {
        fprintf(to, "%s\n{\"name\":", server ? "," : "");
        tri_json_string(to, lab->names[server]);
        fputs(",\"command\":", to);
        tri_json_string(to, lab->commands[server] ? lab->commands[server] : "");
        fputs(",\"cells\":[", to);
        for (unsigned count = 0; count < lab->options->count_count; count++) {
            fputs(count ? ",\n" : "\n", to);
            print_cell(to, tri_lab_cell(lab, server, count), lab->options->counts[count]);
        }
        fputs("]}", to);
    }
    fputs("]}\n", to);
}
