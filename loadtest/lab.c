/*
 * lab.c - running many runs, and the medians of them; see lab.h.
 */
#include "loadtest/lab.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loadtest/engine.h"
#include "loadtest/launch.h"
#include "loadtest/report.h"
#include "server/base/error.h"

const char *const tri_measure_names[TRI_MEASURE_COUNT] = {"rps",
                                                          "p50_ns",
                                                          "p99_ns",
                                                          "p99.9_ns",
                                                          "cpu_s_per_100k",
                                                          "pss_bytes",
                                                          "bytes_per_connection",
                                                          "switches_per_request",
                                                          "errors"};

struct tri_cell *tri_lab_cell(const struct tri_lab *lab, unsigned server, unsigned count)
{
    return &lab->cells[server * lab->options->count_count + count];
}

static bool add_server(struct tri_lab *lab, const char *name, const char *command,
                       struct tri_error *error)
{
    if (lab->server_count == TRI_SERVERS_MAX) {
        tri_error_set(error, "more than %d servers", TRI_SERVERS_MAX);
        return false;
    }
    lab->names[lab->server_count] = name;
    lab->commands[lab->server_count] = command ? strdup(command) : NULL;
    lab->server_count++;
    return !command || lab->commands[lab->server_count - 1];
}

/* "NAME=COMMAND", or "NAME=URL" of a server that runs already */
static bool add_word(struct tri_lab *lab, char *word, struct tri_error *error)
{
    char *equals = strchr(word, '=');
    if (!equals || equals == word || !equals[1]) {
        tri_error_set(error,
                      "\"%.60s\" is not NAME=COMMAND or NAME=URL (try go='./server -port {port}')",
                      word);
        return false;
    }
    *equals = '\0';
    bool runs = strncmp(equals + 1, "http://", 7) == 0 || strncmp(equals + 1, "https://", 8) == 0;
    if (!add_server(lab, word, runs ? NULL : equals + 1, error))
        return false;
    lab->urls[lab->server_count - 1] = runs ? equals + 1 : NULL;
    return true;
}

/* tri-httpd: by TRI_HTTPD, beside this program, or by PATH. */
static void find_httpd(char *path, size_t room)
{
    const char *named = getenv("TRI_HTTPD");
    if (named && *named) {
        snprintf(path, room, "%s", named);
        return;
    }
    ssize_t len = readlink("/proc/self/exe", path, room - 16);
    path[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(path, '/');
    if (slash)
        snprintf(slash + 1, 16, "tri-httpd");
    if (!slash || access(path, X_OK) != 0)
        snprintf(path, room, "tri-httpd");
}

static bool add_modes(struct tri_lab *lab, struct tri_error *error)
{
    static char modes[128];
    char path[3000], command[4000];
    find_httpd(path, sizeof(path));
    snprintf(modes, sizeof(modes), "%s", lab->options->modes);
    char *rest = modes;
    for (char *mode; (mode = strsep(&rest, ","));) {
        if (!*mode || strspn(mode, "abcdefghijklmnopqrstuvwxyz") != strlen(mode)) {
            tri_error_set(error, "--modes: \"%.60s\" is not a list of modes (try threads,loop,mn)",
                          lab->options->modes);
            return false;
        }
        snprintf(command, sizeof(command),
                 "'%s' --mode=%s --listen=127.0.0.1:{port} --log-level=error %s", path, mode,
                 lab->options->server_flags ? lab->options->server_flags : "");
        if (!add_server(lab, mode, command, error))
            return false;
    }
    return true;
}

bool tri_lab_init(struct tri_lab *lab, struct tri_options *options, struct tri_error *error)
{
    *lab = (struct tri_lab){.options = options};
    bool ok = true;
    if (!options->count_count) {
        options->counts[0] = 64;
        options->count_count = 1;
    }
    if (options->command == TRI_COMMAND_SWEEP)
        ok = add_server(lab, options->url, options->server, error);
    for (int i = 0; ok && options->command == TRI_COMMAND_COMPARE && i < options->word_count; i++)
        ok = add_word(lab, options->words[i], error);
    if (ok && lab->server_count == 0)
        ok = add_modes(lab, error);
    lab->cells = calloc((size_t)lab->server_count * options->count_count, sizeof(*lab->cells));
    for (unsigned i = 0; lab->cells && i < lab->server_count * options->count_count; i++)
        for (int m = 0; m < TRI_MEASURE_COUNT; m++) {
            lab->cells[i].is_trusted = true;
            lab->cells[i].values[m] = calloc(options->rounds, sizeof(double));
            ok = ok && lab->cells[i].values[m];
        }
    if (ok && lab->cells)
        return true;
    if (!error->text[0])
        tri_error_set(error, "out of memory");
    return false;
}

void tri_lab_deinit(struct tri_lab *lab)
{
    unsigned cells = lab->cells ? lab->server_count * lab->options->count_count : 0;
    for (unsigned i = 0; i < cells; i++)
        for (int m = 0; m < TRI_MEASURE_COUNT; m++)
            free(lab->cells[i].values[m]);
    free(lab->cells);
    for (unsigned i = 0; i < lab->server_count; i++)
        free(lab->commands[i]);
}

/* --- one run --- */

static uint64_t memory_of(const struct tri_watch_sample *sample)
{
    return sample->pss_bytes ? sample->pss_bytes : sample->rss_bytes;
}

static void keep(struct tri_cell *cell, const struct tri_result *result,
                 const struct tri_watch_sample *idle)
{
    const struct tri_watch_sample *first = &result->server_first, *last = &result->server_last;
    const struct tri_histogram *response = &result->total.response;
    double responses = (double)result->total.counts.responses;
    double values[TRI_MEASURE_COUNT];
    for (int m = 0; m < TRI_MEASURE_COUNT; m++)
        values[m] = NAN;
    values[TRI_MEASURE_RATE] = tri_result_rate(result);
    values[TRI_MEASURE_FAULTS] = (double)tri_result_fault_count(result);
    if (response->total) {
        values[TRI_MEASURE_P50] = (double)tri_histogram_quantile(response, 0.5);
        values[TRI_MEASURE_P99] = (double)tri_histogram_quantile(response, 0.99);
        values[TRI_MEASURE_P999] = (double)tri_histogram_quantile(response, 0.999);
    }
    if (result->has_server && responses > 0) {
        uint64_t peak = result->server_peak.pss_bytes ? result->server_peak.pss_bytes
                                                      : result->server_peak.rss_bytes;
        values[TRI_MEASURE_CPU] = (double)tri_result_server_cpu_ns(result) / 1e9 / responses * 1e5;
        values[TRI_MEASURE_PSS] = (double)peak;
        if (idle->processes && result->open_most)
            values[TRI_MEASURE_EACH] =
                fmax(0, (double)peak - (double)memory_of(idle)) / result->open_most;
        if (first->has_switches && last->has_switches)
            values[TRI_MEASURE_SWITCHES] =
                fmax(0, (double)(last->voluntary + last->involuntary) -
                            (double)(first->voluntary + first->involuntary)) /
                responses;
    }
    for (int m = 0; m < TRI_MEASURE_COUNT; m++)
        cell->values[m][cell->count] = values[m];
    cell->count++;
    cell->is_trusted = cell->is_trusted && tri_result_is_trusted(result);
}

static void tell(const struct tri_lab *lab, unsigned server, unsigned connections, unsigned round,
                 const struct tri_result *result)
{
    char p50[16], p99[16];
    if (lab->options->quiet)
        return;
    fprintf(
        stderr, "round %u/%u  %-12.40s %6u connections  %8.0f/s  p50 %9s  p99 %9s  %llu errors%s\n",
        round + 1, lab->options->rounds, lab->names[server], connections, tri_result_rate(result),
        tri_print_time((double)tri_histogram_quantile(&result->total.response, 0.5), p50),
        tri_print_time((double)tri_histogram_quantile(&result->total.response, 0.99), p99),
        (unsigned long long)tri_result_fault_count(result),
        tri_result_is_trusted(result) ? "" : "  (not to be trusted)");
}

/* A URL that ends behind its host asks for `path`. */
static void print_url(char *url, size_t room, const char *given, const char *path)
{
    bool is_whole = strchr(strstr(given, "://") + 3, '/') != NULL;
    snprintf(url, room, "%.1000s%.1000s", given, is_whole ? "" : path);
}

static bool run_one(struct tri_lab *lab, unsigned server, unsigned count, unsigned round,
                    struct tri_error *error)
{
    struct tri_options *options = lab->options;
    struct tri_server_process process = {.pid = 0};
    struct tri_watch watch = {.pid = 0};
    struct tri_watch_sample idle = {0};
    struct tri_result *result = NULL;
    struct tri_options once = *options;
    char url[2200];
    bool ok = false;
    once.plan.connections = options->counts[count];
    once.plan.sources = NULL; /* they stay the lab's */
    if (lab->commands[server]) {
        if (!tri_launch(&process, lab->commands[server], error))
            return false;
        tri_watch_pid(&watch, process.pid);
        usleep(100000); /* for workers to be there */
        tri_watch_sample(&watch, &idle, true);
    } else if (options->watch && !tri_watch_find(&watch, options->watch, error)) {
        return false;
    }
    if (lab->urls[server])
        print_url(url, sizeof(url), lab->urls[server], options->path);
    else if (options->command == TRI_COMMAND_COMPARE)
        snprintf(url, sizeof(url), "http://127.0.0.1:%u%.2000s", process.port, options->path);
    else
        ok = tri_launch_expand(options->url, process.port, url, sizeof(url));
    if (!tri_options_finish(&once, url, error))
        goto done;
    once.plan.sources = options->plan.sources;
    result = tri_engine_run(&once.plan, watch.pid ? &watch : NULL, NULL, error);
    once.plan.sources = NULL;
    ok = result != NULL;
    if (ok) {
        keep(tri_lab_cell(lab, server, count), result, &idle);
        tell(lab, server, options->counts[count], round, result);
        lab->was_interrupted = result->was_interrupted;
    }
done:
    tri_result_free(result);
    tri_plan_deinit(&once.plan);
    tri_launch_end(&process);
    return ok;
}

bool tri_lab_run(struct tri_lab *lab, struct tri_error *error)
{
    for (unsigned round = 0; round < lab->options->rounds; round++)
        for (unsigned count = 0; count < lab->options->count_count; count++)
            for (unsigned i = 0; i < lab->server_count && !lab->was_interrupted; i++)
                if (!run_one(lab, (i + round) % lab->server_count, count, round, error))
                    return false; /* who is first changes from round to round */
    return true;
}

static int compare_values(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

bool tri_cell_spread(const struct tri_cell *cell, enum tri_measure measure, double *ret_median,
                     double *ret_least, double *ret_most)
{
    double sorted[1000];
    unsigned count = 0;
    for (unsigned i = 0; i < cell->count && i < 1000; i++)
        if (!isnan(cell->values[measure][i]))
            sorted[count++] = cell->values[measure][i];
    if (count == 0)
        return false;
    qsort(sorted, count, sizeof(sorted[0]), compare_values);
    *ret_median = count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
    *ret_least = sorted[0];
    *ret_most = sorted[count - 1];
    return true;
}
