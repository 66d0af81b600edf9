/*
 * command_run.c - measure once, report in all the forms that were asked for.
 */
#include "loadtest/commands.h"

#include <stdio.h>
#include <string.h>

#include "loadtest/display.h"
#include "loadtest/launch.h"
#include "loadtest/report.h"
#include "server/base/error.h"

FILE *tri_report_open(const char *path)
{
    FILE *to = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
    if (!to)
        fprintf(stderr, "tri-load: %s: %m\n", path);
    return to;
}

bool tri_report_close(FILE *to, const char *path)
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
    if (options->json && (ok = (to = tri_report_open(options->json)) != NULL)) {
        tri_report_json(to, &options->plan, result, &fingerprint);
        ok = tri_report_close(to, options->json);
    }
    if (ok && options->csv && (ok = (to = tri_report_open(options->csv)) != NULL)) {
        tri_report_csv(to, result);
        ok = tri_report_close(to, options->csv);
    }
    if (ok && options->hgrm && (ok = (to = tri_report_open(options->hgrm)) != NULL)) {
        tri_histogram_write_hgrm(&result->total.response, to);
        ok = tri_report_close(to, options->hgrm);
    }
    if (ok && options->html && (ok = (to = tri_report_open(options->html)) != NULL)) {
        tri_report_html_begin(to, options->plan.url);
        tri_report_json(to, &options->plan, result, &fingerprint);
        tri_report_html_end(to);
        ok = tri_report_close(to, options->html);
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
    const char *files[] = {options->json, options->csv, options->hgrm, options->html};
    for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (files[i] && strcmp(files[i], "-") == 0)
            return stderr;
    return stdout;
}

static int measure(struct tri_options *options, const struct tri_watch *watch)
{
    struct tri_error error = {0};
    struct tri_display display;
    struct tri_observer observer = tri_display_open(&display, options);
    struct tri_result *result =
        tri_engine_run(&options->plan, watch->pid ? watch : NULL, &observer, &error);
    tri_display_close(&display);
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

int tri_command_run(struct tri_options *options)
{
    struct tri_error error = {0};
    struct tri_watch watch = {.pid = 0};
    struct tri_server_process server = {.pid = 0};
    char url[2300];
    int exit_code = TRI_EXIT_FAILED;
    if (options->server && !tri_launch(&server, options->server, &error)) {
        fprintf(stderr, "tri-load: --server: %s\n", error.text);
        return TRI_EXIT_FAILED;
    }
    if (server.pid)
        tri_watch_pid(&watch, server.pid);
    if (!tri_launch_expand(options->url, server.port, url, sizeof(url)))
        tri_error_set(&error, "the URL is longer than 2,000 bytes");
    else if (tri_options_finish(options, url, &error) &&
             (!options->watch || tri_watch_find(&watch, options->watch, &error)))
        exit_code = measure(options, &watch);
    if (error.text[0]) {
        fprintf(stderr, "tri-load: %s\n", error.text);
        exit_code = TRI_EXIT_USAGE;
    }
    tri_launch_end(&server);
    return exit_code;
}
