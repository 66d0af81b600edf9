/*
 * command_lab.c - sweep and compare: several runs, one table, one page.
 */
#include "loadtest/commands.h"

#include "loadtest/lab.h"
#include "loadtest/report.h"
#include "server/base/error.h"

static bool write_reports(const struct tri_lab *lab)
{
    struct tri_fingerprint fingerprint;
    const struct tri_options *options = lab->options;
    bool ok = true;
    FILE *to;
    tri_fingerprint_take(&fingerprint);
    if (options->json && (ok = (to = tri_report_open(options->json)) != NULL)) {
        tri_lab_report_json(to, lab, &fingerprint);
        ok = tri_report_close(to, options->json);
    }
    if (ok && options->html && (ok = (to = tri_report_open(options->html)) != NULL)) {
        tri_report_html_begin(to, options->command == TRI_COMMAND_SWEEP ? "sweep" : "comparison");
        tri_lab_report_json(to, lab, &fingerprint);
        tri_report_html_end(to);
        ok = tri_report_close(to, options->html);
    }
    return ok;
}

int tri_command_lab(struct tri_options *options)
{
    struct tri_lab lab;
    struct tri_error error = {0};
    int exit_code = TRI_EXIT_FINE;
    if (options->csv || options->hgrm || options->has_slo) {
        fprintf(stderr, "tri-load: --csv, --hgrm and --slo: are for single runs (try --json)\n");
        return TRI_EXIT_USAGE;
    }
    if (!tri_lab_init(&lab, options, &error)) {
        fprintf(stderr, "tri-load: %s\n", error.text);
        tri_lab_deinit(&lab);
        return TRI_EXIT_USAGE;
    }
    if (!tri_lab_run(&lab, &error)) {
        fprintf(stderr, "tri-load: %s\n", error.text);
        exit_code = TRI_EXIT_FAILED;
    } else {
        bool is_json = options->json && options->json[0] == '-' && !options->json[1];
        tri_lab_report_text(is_json ? stderr : stdout, &lab);
        exit_code = !write_reports(&lab)  ? TRI_EXIT_FAILED
                    : lab.was_interrupted ? TRI_EXIT_INTERRUPTED
                                          : TRI_EXIT_FINE;
    }
    tri_lab_deinit(&lab);
    return exit_code;
}
