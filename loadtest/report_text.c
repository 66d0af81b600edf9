/*
 * report_text.c - the report that a person reads.
 */
#include "loadtest/report.h"

#include <inttypes.h>
#include <string.h>

#include "loadtest/wrap.h"

const char *tri_print_time(double ns, char text[static 16])
{
    static const struct {
        double scale;
        const char *unit;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
    unsigned i = 0;
    while (i < 3 && ns < units[i].scale * 0.9995)
        i++;
    double value = ns / units[i].scale;
    snprintf(text, 16, "%.*f %s", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, units[i].unit);
    return text;
}

const char *tri_print_count(double count, char text[static 16])
{
    if (count >= 999950)
        snprintf(text, 16, "%.2fM", count / 1e6);
    else if (count >= 9999.5)
        snprintf(text, 16, "%.1fk", count / 1e3);
    else
        snprintf(text, 16, "%.*f", count < 99.95 && count != (int)count ? 1 : 0, count);
    return text;
}

const char *tri_print_bytes(double bytes, char text[static 16])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    unsigned i = 0;
    for (; i < 4 && bytes >= 1023.5; i++)
        bytes /= 1024;
    snprintf(text, 16, "%.*f %s", bytes < 99.95 && i ? 1 : 0, bytes, units[i]);
    return text;
}

void tri_report_loop(const struct tri_plan *plan, const struct tri_result *result, char *text,
                     size_t room)
{
    char rate[80] = "", rest[160] = "", figure[16], second[16];
    if (tri_plan_is_open(plan) && plan->rate != plan->rate_end)
        snprintf(rate, sizeof(rate), "%s to %s requests/s, ", tri_print_count(plan->rate, figure),
                 tri_print_count(plan->rate_end, second));
    else if (tri_plan_is_open(plan))
        snprintf(rate, sizeof(rate), "%s requests/s%s, ", tri_print_count(plan->rate, figure),
                 plan->poisson ? " (Poisson)" : "");
    size_t len = 0;
    if (plan->pipeline > 1)
        len +=
            (size_t)snprintf(rest + len, sizeof(rest) - len, ", pipelines of %u", plan->pipeline);
    if (plan->close)
        len += (size_t)snprintf(rest + len, sizeof(rest) - len, ", one request each");
    if (plan->idle)
        len += (size_t)snprintf(rest + len, sizeof(rest) - len, ", %u more idle", plan->idle);
    if (plan->slow)
        len += (size_t)snprintf(rest + len, sizeof(rest) - len, ", %u more slow", plan->slow);
    if (result->processes > 1)
        snprintf(rest + len, sizeof(rest) - len, ", %u processes", result->processes);
    snprintf(text, room, "%s loop: %s%u connection%s, %u thread%s%s",
             tri_plan_is_open(plan) ? "open" : "closed", rate, plan->connections,
             plan->connections == 1 ? "" : "s", result->threads * result->processes,
             result->threads * result->processes == 1 ? "" : "s", rest);
}

static void print_times(FILE *to, const char *name, const struct tri_histogram *times)
{
    static const double quantiles[] = {0.5, 0.9, 0.99, 0.999};
    char text[16];
    if (!times->total)
        return;
    fprintf(to, "  %-15s", name);
    for (unsigned i = 0; i < 4; i++)
        fprintf(to, " %9s",
                tri_print_time((double)tri_histogram_quantile(times, quantiles[i]), text));
    fprintf(to, " %9s", tri_print_time((double)times->max_ns, text));
    fprintf(to, " %9s\n", tri_print_time(tri_histogram_mean(times), text));
}

static void print_latency(FILE *to, const struct tri_plan *plan, const struct tri_result *result)
{
    const struct tri_tally *total = &result->total;
    fprintf(to, "\n  %-15s %9s %9s %9s %9s %9s %9s\n", "", "p50", "p90", "p99", "p99.9", "max",
            "mean");
    print_times(to, "response time", &total->response);
    print_times(to, "service time", &total->service);
    print_times(to, "first byte", &total->first);
    print_times(to, "connect", &total->connect);
    print_times(to, "TLS handshake", &total->handshake);
    if (tri_plan_is_open(plan))
        print_times(to, "pacing error", &total->pacing);
    print_times(to, "own delay", &total->own);
    if (result->why_unstamped)
        fprintf(to, "  %-15s is in the times above (%s)\n", "own delay", result->why_unstamped);
}

static void print_faults(FILE *to, const struct tri_result *result)
{
    uint64_t faults[TRI_FAULT_COUNT];
    tri_result_faults(result, faults);
    if (tri_result_fault_count(result) == 0) {
        fprintf(to, "  %-15s none\n", "errors");
        return;
    }
    const char *name = "errors";
    for (int i = 0; i < TRI_FAULT_COUNT; i++) {
        if (!faults[i])
            continue;
        fprintf(to, "  %-15s %-10s %10" PRIu64 "  %s\n", name, tri_fault_word((enum tri_fault)i),
                faults[i], tri_fault_meaning((enum tri_fault)i));
        name = "";
    }
    if (result->first_fault[0])
        fprintf(to, "  %-15s the first one: %s\n", "", result->first_fault);
}

static void print_rest(FILE *to, const struct tri_result *result)
{
    char text[16];
    const struct tri_counts *counts = &result->total.counts;
    if (result->unfinished)
        fprintf(to, "  %-15s %" PRIu64 " request%s in flight at the end, the oldest for %s\n",
                "unfinished", result->unfinished, result->unfinished == 1 ? "" : "s",
                tri_print_time((double)result->oldest_ns, text));
    if (result->unsent)
        fprintf(to, "  %-15s %" PRIu64 " scheduled request%s that no connection was free for\n",
                "unsent", result->unsent, result->unsent == 1 ? "" : "s");
    if (counts->late)
        fprintf(to,
                "  %-15s %" PRIu64 " response%s came after the end; in the latencies, not in "
                "the rate\n",
                "late", counts->late, counts->late == 1 ? "" : "s");
    if (counts->slow_responses || counts->slow_closed)
        fprintf(to, "  %-15s %" PRIu64 " responses, %" PRIu64 " ended by the server\n",
                "slow clients", counts->slow_responses, counts->slow_closed);
    if (counts->statuses[3])
        fprintf(to, "  %-15s %" PRIu64 " redirections (3xx), not followed\n", "note",
                counts->statuses[3]);
}

static void print_server(FILE *to, const struct tri_options *options,
                         const struct tri_result *result)
{
    char rss[16], pss[16], vsz[16];
    const struct tri_watch_sample *first = &result->server_first, *last = &result->server_last;
    double seconds = (double)result->measured_ns / 1e9;
    double cpu_s = (double)tri_result_server_cpu_ns(result) / 1e9;
    double responses = (double)result->total.counts.responses;
    (void)options;
    if (!result->has_server)
        return;
    fprintf(to, "  %-15s %.2f CPUs, %.2f CPU s per 100k requests; %u process%s, %u thread%s\n",
            "server", cpu_s / seconds, responses > 0 ? cpu_s / responses * 1e5 : 0, last->processes,
            last->processes == 1 ? "" : "es", result->server_peak.threads,
            result->server_peak.threads == 1 ? "" : "s");
    fprintf(to, "  %-15s peak RSS %s, PSS %s, VSZ %s", "",
            tri_print_bytes((double)result->server_peak.rss_bytes, rss),
            tri_print_bytes((double)result->server_peak.pss_bytes, pss),
            tri_print_bytes((double)result->server_peak.vsz_bytes, vsz));
    if (first->has_switches && last->has_switches && responses > 0 &&
        last->voluntary >= first->voluntary)
        fprintf(to, "\n  %-15s context switches per request: %.3f voluntary, %.3f forced", "",
                (double)(last->voluntary - first->voluntary) / responses,
                (double)(last->involuntary - first->involuntary) / responses);
    fputc('\n', to);
}

static void print_wrapped(FILE *to, const char *name, const char *mark, const char *text)
{
    int column = fprintf(to, "  %-15s %s", name, mark);
    tri_wrap(to, text, column);
}

static void print_self(FILE *to, const struct tri_result *result)
{
    double cpu_s = (double)tri_result_cpu_ns(result) / 1e9;
    double responses = (double)result->total.counts.responses;
    fprintf(to, "  %-15s %.2f CPUs, %.2f CPU s per 100k requests\n", "tri-load",
            result->measured_ns ? cpu_s / ((double)result->measured_ns / 1e9) : 0,
            responses > 0 ? cpu_s / responses * 1e5 : 0);
    for (unsigned i = 0; i < result->note_count; i++)
        print_wrapped(to, "note", "", result->notes[i]);
    if (tri_result_is_trusted(result))
        fprintf(to, "  %-15s passed\n", "self-check");
    else
        fprintf(to, "  %-15s THIS RESULT IS NOT TO BE TRUSTED:\n", "self-check");
    for (int serious = 1; serious >= 0; serious--)
        for (unsigned i = 0; i < result->finding_count; i++)
            if (result->findings[i].is_serious == serious)
                print_wrapped(to, "", serious ? "! " : "- ", result->findings[i].text);
}

static void print_objectives(FILE *to, const struct tri_options *options,
                             const struct tri_result *result)
{
    for (unsigned i = 0; options->has_slo && i < options->slo.count; i++) {
        const struct tri_objective *objective = &options->slo.objectives[i];
        char figure[32];
        tri_slo_print(objective, tri_slo_figure(objective, result), figure, sizeof(figure));
        fprintf(to, "  %-15s %-6s %s (is %s)\n", i ? "" : "objectives",
                tri_slo_is_met(objective, result) ? "met" : "MISSED", objective->text, figure);
    }
}

void tri_report_text(FILE *to, const struct tri_options *options, const struct tri_result *result)
{
    const struct tri_plan *plan = &options->plan;
    const struct tri_counts *counts = &result->total.counts;
    char loop[400], text[16], second[16];
    double seconds = (double)result->measured_ns / 1e9;
    tri_report_loop(plan, result, loop, sizeof(loop));
    fprintf(to, "%s\n", loop);
    fprintf(to, "  %s (%s), measured for %.2f s%s\n\n", plan->url, plan->target.text, seconds,
            result->was_interrupted ? ", then interrupted" : "");
    fprintf(to, "  %-15s %.0f/s; %" PRIu64 " answered, %" PRIu64 " sent\n", "requests",
            tri_result_rate(result), counts->responses, counts->sent);
    fprintf(to, "  %-15s %s/s in", "bytes",
            tri_print_bytes(seconds > 0 ? (double)counts->bytes_in / seconds : 0, text));
    fprintf(to, ", %s/s out\n",
            tri_print_bytes(seconds > 0 ? (double)counts->bytes_out / seconds : 0, text));
    fprintf(to, "  %-15s %u at most open; opened in %s before, %" PRIu64 " during the measuring\n",
            "connections", result->open_most, tri_print_time((double)result->opening_ns, second),
            counts->connects);
    print_latency(to, plan, result);
    fputc('\n', to);
    print_faults(to, result);
    print_rest(to, result);
    print_server(to, options, result);
    print_self(to, result);
    print_objectives(to, options, result);
}
