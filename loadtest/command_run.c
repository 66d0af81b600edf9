/*
 * command_run.c - measure once, report in all the forms that were asked for.
 */
#include "loadtest/commands.h"

#include <stdio.h>
#include <string.h>

#include "loadtest/report.h"
#include "server/base/error.h"

/* Open where a report goes; "-" is standard output. */
static FILE *open_report(const char *path)
{
    FILE *to = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
    if (!to)
        fprintf(stderr, "tri-load: %s: %m\n", path);
    return to;
}

static bool close_report(FILE *to, const char *path)
{
    bool ok = to == stdout ? fflush(to) == 0 : fclose(to) == 0;
    if (!ok)
        fprintf(stderr, "tri-load: %s: could not be written: %m\n", path);
    return ok;
}

static bool write_reports(const struct tri_options *options, const struct tri_result *result)
{
    struct tri_fingerprint fingerprint;
    bool ok = true;
    FILE *to;
    tri_fingerprint_take(&fingerprint);
    if (options->json && (ok = (to = open_report(options->json)) != NULL)) {
        tri_report_json(to, &options->plan, result, &fingerprint);
        ok = close_report(to, options->json);
    }
    if (ok && options->csv && (ok = (to = open_report(options->csv)) != NULL)) {
        tri_report_csv(to, result);
        ok = close_report(to, options->csv);
    }
    if (ok && options->hgrm && (ok = (to = open_report(options->hgrm)) != NULL)) {
        tri_histogram_write_hgrm(&result->total.response, to);
        ok = close_report(to, options->hgrm);
    }
    return ok;
}

static int judge(const struct tri_options *options, const struct tri_result *result)
{
    if (result->was_interrupted)
        return TRI_EXIT_INTERRUPTED;
    for (unsigned i = 0; options->has_slo && i < options->slo.count; i++)
        if (!tri_slo_is_met(&options->slo.objectives[i], result))
            return TRI_EXIT_OBJECTIVE;
    bool is_asking = options->plan.connections > 0;
    return is_asking && result->total.counts.responses == 0 ? TRI_EXIT_FAILED : TRI_EXIT_FINE;
}

/* A report for programs on standard output leaves no room there for the one for people. */
static FILE *text_goes_to(const struct tri_options *options)
{
    const char *files[] = {options->json, options->csv, options->hgrm};
    for (unsigned i = 0; i < 3; i++)
        if (files[i] && strcmp(files[i], "-") == 0)
            return stderr;
    return stdout;
}

int tri_command_run(struct tri_options *options)
{
    struct tri_error error = {0};
    struct tri_watch watch = {.pid = 0};
    if (!tri_options_finish(options, options->url, &error)) {
        fprintf(stderr, "tri-load: %s\n", error.text);
        return TRI_EXIT_USAGE;
    }
    if (options->watch && !tri_watch_find(&watch, options->watch, &error)) {
        fprintf(stderr, "tri-load: --watch-pid: %s\n", error.text);
        return TRI_EXIT_USAGE;
    }
    struct tri_result *result =
        tri_engine_run(&options->plan, watch.pid ? &watch : NULL, NULL, &error);
    if (!result) {
        fprintf(stderr, "tri-load: %s\n", error.text);
        return TRI_EXIT_FAILED;
    }
    tri_report_text(text_goes_to(options), options, result);
    bool ok = write_reports(options, result);
    int exit_code = judge(options, result);
    tri_result_free(result);
    return ok ? exit_code : TRI_EXIT_FAILED;
}

int tri_command(struct tri_options *options)
{
    return tri_command_run(options);
}
