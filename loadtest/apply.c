/*
 * apply.c - what each flag does to the options.
 *
 * One case for each flag of flags.def, in its order: first those that shape the load, then whom it
 * is for and what is told. Reading the values is values.c; what only shows when all flags are known
 * (a ramp without a duration, a pipeline with --close) is settled in options.c.
 */
#include "loadtest/apply.h"

#include <stdlib.h>
#include <string.h>

#include "loadtest/target.h"
#include "loadtest/values.h"
#include "server/base/error.h"
#include "server/base/units.h"

/* A list for sweep and compare; the first is what a run has. */
static bool take_counts(struct tri_options *options, const char *text, struct tri_error *error)
{
    bool ok =
        tri_value_numbers(text, options->counts, TRI_COUNTS_MAX, &options->count_count, error);
    options->plan.connections = options->counts[0];
    return ok;
}

static bool take_field(struct tri_request_spec *spec, const char *text, struct tri_error *error)
{
    const char *colon = strchr(text, ':');
    if (!colon || colon == text || strpbrk(text, "\r\n") ||
        strcspn(text, " \t") < (size_t)(colon - text)) {
        tri_error_set(error, "\"%.60s\" is not a field (try \"Accept: text/plain\")", text);
        return false;
    }
    if (spec->field_count == TRI_FIELDS_MAX) {
        tri_error_set(error, "more than %d fields", TRI_FIELDS_MAX);
        return false;
    }
    spec->fields[spec->field_count++] = text;
    return true;
}

static bool take_method(struct tri_options *options, const char *text, struct tri_error *error)
{
    size_t letters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-");
    if (letters == 0 || text[letters] || letters > 32) {
        tri_error_set(error, "\"%.40s\" is not a method (try GET)", text);
        return false;
    }
    options->spec.method = text;
    return true;
}

static const char *file_or_stdout(const char *value)
{
    return value && *value ? value : "-";
}

/* What shapes the load. */
static bool take_load(struct tri_options *options, enum tri_flag_id id, const char *value,
                      struct tri_error *error)
{
    static const char *const arrivals[] = {"constant", "poisson"};
    static const char *const stamps[] = {"kernel", "user"};
    static const char *const kinds[] = {"head", "body", "read"};
    struct tri_plan *plan = &options->plan;
    bool ok = true;
    int at = 0;
    switch ((int)id) {
    case TRI_FLAG_CONNECTIONS:
        return take_counts(options, value, error);
    case TRI_FLAG_DURATION:
        options->has_duration = true;
        return tri_value_positive(value, &plan->duration_ns, error);
    case TRI_FLAG_REQUESTS:
        ok = tri_units_count(value, &plan->requests, error);
        if (ok && plan->requests == 0)
            tri_error_set(error, "\"0\" is nothing (try 10k)");
        return ok && plan->requests;
    case TRI_FLAG_THREADS:
        options->has_threads = true;
        return tri_value_number(value, 1, TRI_WORKERS_MAX, &plan->threads, error);
    case TRI_FLAG_PROCESSES:
        return tri_value_number(value, 0, TRI_WORKERS_MAX, &plan->processes, error);
    case TRI_FLAG_RATE:
        return tri_value_rate(value, &plan->rate, &plan->rate_end, error);
    case TRI_FLAG_ARRIVALS:
        ok = tri_value_word(value, arrivals, 2, &at, error);
        plan->poisson = at == 1;
        return ok;
    case TRI_FLAG_SPIN:
        return tri_value_duration(value, &plan->spin_ns, error);
    case TRI_FLAG_TIMESTAMPS:
        ok = tri_value_word(value, stamps, 2, &at, error);
        plan->wants_stamps = at == 0;
        return ok;
    case TRI_FLAG_SEED:
        return tri_units_count(value, &plan->seed, error);
    case TRI_FLAG_PIPELINE:
        return tri_value_number(value, 1, TRI_PIPELINE_MAX, &plan->pipeline, error);
    case TRI_FLAG_CLOSE:
        return plan->close = true;
    case TRI_FLAG_THINK:
        return tri_value_span(value, &plan->think_least_ns, &plan->think_most_ns, error);
    case TRI_FLAG_RAMP:
        return tri_value_positive(value, &plan->ramp_ns, error);
    case TRI_FLAG_IDLE:
        return tri_value_number(value, 0, TRI_CONNECTIONS_MAX, &plan->idle, error);
    case TRI_FLAG_SLOW:
        return tri_value_number(value, 0, TRI_CONNECTIONS_MAX, &plan->slow, error);
    case TRI_FLAG_SLOW_KIND:
        ok = tri_value_word(value, kinds, 3, &at, error);
        plan->slow_kind = (enum tri_slow)at;
        return ok;
    case TRI_FLAG_SLOW_EVERY:
        return tri_value_positive(value, &plan->slow_every_ns, error);
    case TRI_FLAG_WARMUP:
        return tri_value_duration(value, &plan->warmup_ns, error);
    case TRI_FLAG_TIMEOUT:
        return tri_value_positive(value, &plan->timeout_ns, error);
    case TRI_FLAG_GRACE:
        options->has_grace = true;
        return tri_value_duration(value, &plan->grace_ns, error);
    case TRI_FLAG_INTERVAL:
        options->has_interval = true;
        return tri_value_positive(value, &plan->interval_ns, error);
    default:
        return false;
    }
}

/* What is asked, of whom, and what is told. */
static bool take_rest(struct tri_options *options, enum tri_flag_id id, const char *value,
                      struct tri_error *error)
{
    struct tri_plan *plan = &options->plan;
    uint64_t number;
    switch ((int)id) {
    case TRI_FLAG_HEADER:
        return take_field(&options->spec, value, error);
    case TRI_FLAG_METHOD:
        return take_method(options, value, error);
    case TRI_FLAG_BODY:
        options->spec.body = tri_slice_of(value);
        break;
    case TRI_FLAG_BODY_FILE:
        options->body_file = value;
        break;
    case TRI_FLAG_REQUEST_FILE:
        options->request_file = value;
        break;
    case TRI_FLAG_EXPECT_STATUS:
        return tri_value_statuses(value, &plan->expect, error);
    case TRI_FLAG_EXPECT_LENGTH:
        if (!tri_units_size(value, &number, error))
            return false;
        plan->expect.length = (int64_t)number;
        break;
    case TRI_FLAG_EXPECT_BODY:
        plan->expect.body = value;
        break;
    case TRI_FLAG_RESOLVE:
        options->resolve = value;
        break;
    case TRI_FLAG_UNIX_SOCKET:
        options->unix_path = value;
        break;
    case TRI_FLAG_SOURCE:
        free(plan->sources);
        plan->sources = NULL;
        return tri_sources_parse(value, &plan->sources, &plan->source_count, error);
    case TRI_FLAG_CA:
        plan->ca_file = value;
        plan->verify = true;
        break;
    case TRI_FLAG_VERIFY:
        plan->verify = true;
        break;
    case TRI_FLAG_WATCH:
        options->watch = value;
        break;
    case TRI_FLAG_SERVER:
        options->server = value;
        break;
    case TRI_FLAG_JSON:
        options->json = file_or_stdout(value);
        break;
    case TRI_FLAG_CSV:
        options->csv = file_or_stdout(value);
        break;
    case TRI_FLAG_HGRM:
        options->hgrm = file_or_stdout(value);
        break;
    case TRI_FLAG_HTML:
        options->html = value;
        break;
    case TRI_FLAG_SLO:
        options->has_slo = true;
        return tri_slo_parse(&options->slo, value, error);
    case TRI_FLAG_QUIET:
        options->quiet = true;
        break;
    case TRI_FLAG_ROUNDS:
        return tri_value_number(value, 1, 1000, &options->rounds, error);
    case TRI_FLAG_MODES:
        options->modes = value;
        break;
    case TRI_FLAG_SERVER_FLAGS:
        options->server_flags = value;
        break;
    case TRI_FLAG_PATH:
        options->path = value;
        if (*value == '/')
            break;
        tri_error_set(error, "\"%.40s\" is not a path (try /hello)", value);
        return false;
    case TRI_FLAG_HELP:
        options->help = true;
        break;
    case TRI_FLAG_VERSION:
        options->version = true;
        break;
    default:
        break;
    }
    return true;
}

bool tri_options_apply(struct tri_options *options, enum tri_flag_id id, const char *value,
                       struct tri_error *error)
{
    struct tri_error why = {0};
    bool is_load = id <= TRI_FLAG_GRACE || id == TRI_FLAG_INTERVAL;
    bool ok = is_load ? take_load(options, id, value, &why) : take_rest(options, id, value, &why);
    if (!ok)
        tri_error_set(error, "--%s: %s", tri_flags[id].name, why.text);
    return ok;
}
