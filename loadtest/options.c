/*
 * options.c - flags from flags.def; wrk's letters mean what they mean there.
 */
#include "loadtest/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "loadtest/response.h"
#include "loadtest/target.h"
#include "server/base/clock.h"
#include "server/base/cpus.h"
#include "server/base/error.h"
#include "server/base/units.h"

enum flag_id {
#define SECTION(title)
#define FLAG(id, letter, name, value, meaning) FLAG_##id,
#include "loadtest/flags.def"
    FLAG_COUNT
#undef FLAG
};

static const struct flag {
    int letter;
    const char *name, *value, *meaning;
} flags[FLAG_COUNT] = {
#define FLAG(id, letter, name, value, meaning) {letter, name, value, meaning},
#include "loadtest/flags.def"
#undef FLAG
#undef SECTION
};

#define FIRST_ID 512 /* getopt's val of the first flag */
#define NAMES_MAX (2 * FLAG_COUNT + 2)

static bool refuse(struct tri_error *error, enum flag_id id, const struct tri_error *why)
{
    tri_error_set(error, "--%s: %s", flags[id].name, why->text);
    return false;
}

/* --- values --- */

static bool take_duration(const char *text, int64_t *ret_ns, struct tri_error *error)
{
    size_t digits = strspn(text, "0123456789");
    char with_unit[32];
    if (digits && !text[digits] && digits < 20) { /* as wrk has it */
        snprintf(with_unit, sizeof(with_unit), "%ss", text);
        text = with_unit;
    }
    return tri_units_duration(text, ret_ns, error);
}

static bool take_positive(const char *text, int64_t *ret_ns, struct tri_error *error)
{
    int64_t ns;
    if (!take_duration(text, &ns, error))
        return false;
    if (ns == 0) {
        tri_error_set(error, "\"%.40s\" is nothing (try 10s)", text);
        return false;
    }
    *ret_ns = ns;
    return true;
}

static bool take_number(const char *text, uint64_t least, uint64_t most, unsigned *ret_number,
                        struct tri_error *error)
{
    uint64_t number;
    if (!tri_units_count(text, &number, error))
        return false;
    if (number < least || number > most) {
        tri_error_set(error, "\"%.40s\" is out of range (try %llu to %llu)", text,
                      (unsigned long long)least, (unsigned long long)most);
        return false;
    }
    *ret_number = (unsigned)number;
    return true;
}

/* "1,10,100,1k" */
static bool take_counts(struct tri_options *options, const char *text, struct tri_error *error)
{
    options->count_count = 0;
    for (const char *at = text;;) {
        char word[32];
        size_t len = strcspn(at, ",");
        snprintf(word, sizeof(word), "%.*s", (int)len, at);
        if (options->count_count == TRI_COUNTS_MAX) {
            tri_error_set(error, "more than %d numbers", TRI_COUNTS_MAX);
            return false;
        }
        if (!take_number(word, 0, TRI_CONNECTIONS_MAX, &options->counts[options->count_count],
                         error))
            return false;
        options->count_count++;
        if (!at[len])
            break;
        at += len + 1;
    }
    options->plan.connections = options->counts[0];
    return true;
}

/* "5k" or "1k:50k" */
static bool take_rate(struct tri_plan *plan, const char *text, struct tri_error *error)
{
    char first[32];
    uint64_t from, to;
    size_t len = strcspn(text, ":");
    snprintf(first, sizeof(first), "%.*s", (int)len, text);
    if (!tri_units_count(first, &from, error))
        return false;
    to = from;
    if (text[len] && !tri_units_count(text + len + 1, &to, error))
        return false;
    if (from + to == 0 || from > 100000000 || to > 100000000) {
        tri_error_set(error, "\"%.40s\" is out of range (try 1 to 100m)", text);
        return false;
    }
    plan->rate = (double)from;
    plan->rate_end = (double)to;
    return true;
}

static bool take_think(struct tri_plan *plan, const char *text, struct tri_error *error)
{
    char first[32];
    size_t len = strcspn(text, "-");
    snprintf(first, sizeof(first), "%.*s", (int)len, text);
    if (!take_duration(first, &plan->think_least_ns, error))
        return false;
    plan->think_most_ns = plan->think_least_ns;
    if (!text[len])
        return true;
    if (!take_duration(text + len + 1, &plan->think_most_ns, error))
        return false;
    if (plan->think_most_ns >= plan->think_least_ns)
        return true;
    tri_error_set(error, "\"%.40s\" goes backwards (try 50ms-150ms)", text);
    return false;
}

/* One of a few words. */
static bool take_word(const char *text, const char *const *words, unsigned count, int *ret_at,
                      struct tri_error *error)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(text, words[i]) == 0) {
            *ret_at = (int)i;
            return true;
        }
    tri_error_set(error, "\"%.40s\" is neither %s nor %s%s%s", text, words[0], words[1],
                  count > 2 ? " nor " : "", count > 2 ? words[2] : "");
    return false;
}

static bool take_statuses(struct tri_expectation *expect, const char *text, struct tri_error *error)
{
    const char *at = text;
    expect->status_count = 0;
    for (;;) {
        char *end;
        unsigned long status = strtoul(at, &end, 10);
        if (end == at || status < 100 || status > 599 || (*end && *end != ',') ||
            expect->status_count == 16) {
            tri_error_set(error, "\"%.40s\" is not a list of statuses (try 200,304)", text);
            return false;
        }
        expect->statuses[expect->status_count++] = (uint16_t)status;
        if (!*end)
            return true;
        at = end + 1;
    }
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

/* --- one flag --- */

static const char *file_or_stdout(const char *value)
{
    return value && *value ? value : "-";
}

/* What shapes the load. */
static bool take_load(struct tri_options *options, enum flag_id id, const char *value,
                      struct tri_error *error)
{
    static const char *const arrivals[] = {"constant", "poisson"};
    static const char *const kinds[] = {"head", "body", "read"};
    struct tri_plan *plan = &options->plan;
    bool ok = true;
    int at = 0;
    switch ((int)id) {
    case FLAG_CONNECTIONS:
        return take_counts(options, value, error);
    case FLAG_DURATION:
        options->has_duration = true;
        return take_positive(value, &plan->duration_ns, error);
    case FLAG_REQUESTS:
        ok = tri_units_count(value, &plan->requests, error);
        if (ok && plan->requests == 0)
            tri_error_set(error, "\"0\" is nothing (try 10k)");
        return ok && plan->requests;
    case FLAG_THREADS:
        options->has_threads = true;
        return take_number(value, 1, TRI_WORKERS_MAX, &plan->threads, error);
    case FLAG_PROCESSES:
        return take_number(value, 0, TRI_WORKERS_MAX, &plan->processes, error);
    case FLAG_RATE:
        return take_rate(plan, value, error);
    case FLAG_ARRIVALS:
        ok = take_word(value, arrivals, 2, &at, error);
        plan->poisson = at == 1;
        return ok;
    case FLAG_SEED:
        return tri_units_count(value, &plan->seed, error);
    case FLAG_PIPELINE:
        return take_number(value, 1, TRI_PIPELINE_MAX, &plan->pipeline, error);
    case FLAG_CLOSE:
        return plan->close = true;
    case FLAG_THINK:
        return take_think(plan, value, error);
    case FLAG_RAMP:
        return take_positive(value, &plan->ramp_ns, error);
    case FLAG_IDLE:
        return take_number(value, 0, TRI_CONNECTIONS_MAX, &plan->idle, error);
    case FLAG_SLOW:
        return take_number(value, 0, TRI_CONNECTIONS_MAX, &plan->slow, error);
    case FLAG_SLOW_KIND:
        ok = take_word(value, kinds, 3, &at, error);
        plan->slow_kind = (enum tri_slow)at;
        return ok;
    case FLAG_SLOW_EVERY:
        return take_positive(value, &plan->slow_every_ns, error);
    case FLAG_WARMUP:
        return take_duration(value, &plan->warmup_ns, error);
    case FLAG_TIMEOUT:
        return take_positive(value, &plan->timeout_ns, error);
    case FLAG_GRACE:
        options->has_grace = true;
        return take_duration(value, &plan->grace_ns, error);
    case FLAG_INTERVAL:
        options->has_interval = true;
        return take_positive(value, &plan->interval_ns, error);
    default:
        return false;
    }
}

/* What is asked, of whom, and what is told. */
static bool take_rest(struct tri_options *options, enum flag_id id, const char *value,
                      struct tri_error *error)
{
    struct tri_plan *plan = &options->plan;
    uint64_t number;
    switch ((int)id) {
    case FLAG_HEADER:
        return take_field(&options->spec, value, error);
    case FLAG_METHOD:
        return take_method(options, value, error);
    case FLAG_BODY:
        options->spec.body = tri_slice_of(value);
        break;
    case FLAG_BODY_FILE:
        options->body_file = value;
        break;
    case FLAG_REQUEST_FILE:
        options->request_file = value;
        break;
    case FLAG_EXPECT_STATUS:
        return take_statuses(&plan->expect, value, error);
    case FLAG_EXPECT_LENGTH:
        if (!tri_units_size(value, &number, error))
            return false;
        plan->expect.length = (int64_t)number;
        break;
    case FLAG_EXPECT_BODY:
        plan->expect.body = value;
        break;
    case FLAG_RESOLVE:
        options->resolve = value;
        break;
    case FLAG_UNIX_SOCKET:
        options->unix_path = value;
        break;
    case FLAG_SOURCE:
        free(plan->sources);
        plan->sources = NULL;
        return tri_sources_parse(value, &plan->sources, &plan->source_count, error);
    case FLAG_CA:
        plan->ca_file = value;
        plan->verify = true;
        break;
    case FLAG_VERIFY:
        plan->verify = true;
        break;
    case FLAG_WATCH:
        options->watch = value;
        break;
    case FLAG_SERVER:
        options->server = value;
        break;
    case FLAG_JSON:
        options->json = file_or_stdout(value);
        break;
    case FLAG_CSV:
        options->csv = file_or_stdout(value);
        break;
    case FLAG_HGRM:
        options->hgrm = file_or_stdout(value);
        break;
    case FLAG_HTML:
        options->html = value;
        break;
    case FLAG_SLO:
        options->has_slo = true;
        return tri_slo_parse(&options->slo, value, error);
    case FLAG_QUIET:
        options->quiet = true;
        break;
    case FLAG_ROUNDS:
        return take_number(value, 1, 1000, &options->rounds, error);
    case FLAG_MODES:
        options->modes = value;
        break;
    case FLAG_SERVER_FLAGS:
        options->server_flags = value;
        break;
    case FLAG_PATH:
        options->path = value;
        if (*value == '/')
            break;
        tri_error_set(error, "\"%.40s\" is not a path (try /hello)", value);
        return false;
    case FLAG_HELP:
        options->help = true;
        break;
    case FLAG_VERSION:
        options->version = true;
        break;
    default:
        break;
    }
    return true;
}

static bool take_flag(struct tri_options *options, enum flag_id id, const char *value,
                      struct tri_error *error)
{
    struct tri_error why = {0};
    bool is_load = id <= FLAG_GRACE || id == FLAG_INTERVAL;
    bool ok = is_load ? take_load(options, id, value, &why) : take_rest(options, id, value, &why);
    return ok || refuse(error, id, &why);
}

/* --- the whole line --- */

static void fill_getopt(struct option *names, char *letters)
{
    *letters++ = ':';
    for (int id = 0; id < FLAG_COUNT; id++) {
        bool is_optional = flags[id].value && flags[id].value[0] == '[';
        int takes = !flags[id].value ? no_argument
                    : is_optional    ? optional_argument
                                     : required_argument;
        names[id] = (struct option){flags[id].name, takes, NULL, FIRST_ID + id};
        if (!flags[id].letter)
            continue;
        *letters++ = (char)flags[id].letter;
        if (takes == required_argument)
            *letters++ = ':';
    }
    *letters = '\0';
    names[FLAG_COUNT] = (struct option){0};
}

static int flag_of(int found)
{
    if (found >= FIRST_ID)
        return found - FIRST_ID;
    for (int id = 0; id < FLAG_COUNT; id++)
        if (flags[id].letter && flags[id].letter == found)
            return id;
    return -1;
}

static bool refuse_unknown(struct tri_error *error, const char *word)
{
    size_t len = strcspn(word, "=");
    const char *name = word + strspn(word, "-");
    for (int id = 0; id < FLAG_COUNT && len > 3; id++) /* the same beginning is a good guess */
        if (strncmp(flags[id].name, name, 3) == 0) {
            tri_error_set(error, "%.*s: no such flag (did you mean --%s?)",
                          (int)(len < 60 ? len : 60), word, flags[id].name);
            return false;
        }
    tri_error_set(error, "%.*s: no such flag (--help lists them)", (int)(len < 60 ? len : 60),
                  word);
    return false;
}

static enum tri_command command_of(const char *word)
{
    static const char *const words[] = {"run", "sweep", "compare", "diff"};
    for (int i = 1; word && i < 4; i++)
        if (strcmp(word, words[i]) == 0)
            return (enum tri_command)i;
    return TRI_COMMAND_RUN;
}

static void preset(struct tri_options *options)
{
    unsigned cpus = tri_cpus_usable();
    *options = (struct tri_options){.path = "/hello", .modes = "threads,loop,mn"};
    options->plan = (struct tri_plan){
        .connections = 10,
        .slow_every_ns = 100 * TRI_MILLISECOND,
        .threads = cpus > 1 ? cpus / 2 : 1,
        .pipeline = 1,
        .seed = 1,
        .timeout_ns = 30 * TRI_SECOND,
        .expect.length = -1,
    };
}

/* What only shows when all flags are known. */
static bool settle(struct tri_options *options, struct tri_error *error)
{
    struct tri_plan *plan = &options->plan;
    unsigned all = plan->connections + plan->idle + plan->slow;
    bool is_many = options->command == TRI_COMMAND_SWEEP || options->command == TRI_COMMAND_COMPARE;
    if (!options->has_duration && !plan->requests)
        plan->duration_ns = is_many ? 3 * TRI_SECOND : 10 * TRI_SECOND;
    if (!options->has_grace && tri_plan_is_open(plan))
        plan->grace_ns = TRI_SECOND;
    if (!options->has_interval) {
        plan->interval_ns = plan->duration_ns ? plan->duration_ns / 10 : TRI_SECOND;
        if (plan->interval_ns > TRI_SECOND)
            plan->interval_ns = TRI_SECOND;
    }
    if (plan->interval_ns < TRI_MILLISECOND * 10)
        plan->interval_ns = TRI_MILLISECOND * 10;
    if (!options->rounds)
        options->rounds = options->command == TRI_COMMAND_COMPARE ? 3 : 1;
    if (!is_many && options->count_count > 1)
        tri_error_set(error, "--connections: a list is for sweep and compare (try one number)");
    else if (is_many && (plan->idle || plan->slow))
        tri_error_set(error, "--idle and --slow: are not for sweep and compare");
    else if (all == 0)
        tri_error_set(error, "--connections: 0 without --idle or --slow is no load (try 10)");
    else if (plan->rate_end > 0 && plan->rate != plan->rate_end && !plan->duration_ns)
        tri_error_set(error, "--rate: a ramp ends with the run (add --duration=10s)");
    else if (plan->think_most_ns && (tri_plan_is_open(plan) || plan->pipeline > 1))
        tri_error_set(error, "--think: is for a closed loop without --pipeline");
    else if (plan->close && plan->pipeline > 1)
        tri_error_set(error, "--pipeline: has no meaning with --close (leave one out)");
    else if (plan->connections == 0 && tri_plan_is_open(plan))
        tri_error_set(error, "--rate: there is no connection that asks (try --connections=10)");
    else if (plan->connections == 0 && plan->requests)
        tri_error_set(error, "--requests: there is no connection that asks (try --connections=10)");
    else if (plan->slow_kind == TRI_SLOW_BODY && plan->slow && !options->spec.body.len &&
             !options->body_file && !options->request_file)
        tri_error_set(error, "--slow-kind=body: there is no body (add --body=TEXT)");
    else
        return true;
    return false;
}

static bool take_words(struct tri_options *options, int argc, char *argv[], struct tri_error *error)
{
    options->words = argv + optind;
    options->word_count = argc - optind;
    bool is_url = options->command == TRI_COMMAND_RUN || options->command == TRI_COMMAND_SWEEP;
    if (options->help || options->version)
        return true;
    if (is_url && options->word_count != 1) {
        tri_error_set(error,
                      options->word_count
                          ? "\"%.60s\": one URL is enough (--help lists the flags)"
                          : "there is no URL%.0s (try tri-load http://127.0.0.1:8080/)",
                      options->word_count ? options->words[1] : "");
        return false;
    }
    if (options->command == TRI_COMMAND_DIFF && options->word_count != 2) {
        tri_error_set(error, "diff compares two files (try tri-load diff A.json B.json)");
        return false;
    }
    if (is_url)
        options->url = options->words[0];
    return true;
}

bool tri_options_parse(struct tri_options *options, int argc, char *argv[], struct tri_error *error)
{
    struct option names[NAMES_MAX];
    char letters[3 * FLAG_COUNT + 2];
    preset(options);
    options->command = command_of(argc > 1 ? argv[1] : NULL);
    if (options->command != TRI_COMMAND_RUN) {
        argc--;
        argv++;
    }
    fill_getopt(names, letters);
    opterr = 0;
    optind = 0;
    for (;;) {
        int found = getopt_long(argc, argv, letters, names, NULL);
        if (found < 0)
            break;
        int id = flag_of(found == ':' || found == '?' ? optopt : found);
        if (found == ':' && id >= 0) {
            tri_error_set(error, "--%s: lacks its value (write --%s=%s)", flags[id].name,
                          flags[id].name, flags[id].value);
            return false;
        }
        if (found == '?' && id >= 0 && optopt >= FIRST_ID) {
            tri_error_set(error, "--%s: takes no value", flags[id].name);
            return false;
        }
        if (found == '?' || id < 0)
            return refuse_unknown(error, argv[optind - 1]);
        if (!take_flag(options, (enum flag_id)id, optarg, error))
            return false;
    }
    return take_words(options, argc, argv, error) &&
           (options->help || options->version || options->command == TRI_COMMAND_DIFF ||
            settle(options, error));
}

static bool build_requests(struct tri_options *options, struct tri_error *error)
{
    struct tri_plan *plan = &options->plan;
    char *bytes = NULL;
    size_t len = 0;
    bool ok;
    if (options->request_file) {
        struct tri_error why = {0};
        ok = tri_file_read(options->request_file, &bytes, &len, &why) &&
             tri_requests_from_text(plan, (struct tri_slice){bytes, len}, &options->spec, &why);
        if (!ok)
            tri_error_set(error, "--request-file: %.80s: %.200s", options->request_file, why.text);
    } else if (options->body_file) {
        ok = tri_file_read(options->body_file, &bytes, &len, error);
        options->spec.body = (struct tri_slice){bytes, len};
        ok = ok && tri_requests_from_spec(plan, &options->spec, error);
        options->spec.body = (struct tri_slice){0};
    } else {
        ok = tri_requests_from_spec(plan, &options->spec, error);
    }
    free(bytes);
    return ok;
}

bool tri_options_finish(struct tri_options *options, const char *url, struct tri_error *error)
{
    struct tri_plan *plan = &options->plan;
    plan->url = url;
    if (plan->threads > plan->connections + plan->idle + plan->slow)
        plan->threads = plan->connections + plan->idle + plan->slow;
    if (!tri_expectation_prepare(&plan->expect)) {
        tri_error_os(error, "--expect-body");
        return false;
    }
    return tri_target_parse(&plan->target, url, error) &&
           tri_target_resolve(&plan->target, options->unix_path, options->resolve, error) &&
           build_requests(options, error);
}

/* --- help --- */

#define COLUMN 34
#define WIDTH 96

static void print_wrapped(FILE *to, const char *text)
{
    int at = COLUMN;
    while (*text) {
        int len = (int)strcspn(text, " ");
        if (at > COLUMN && at + 1 + len > WIDTH) {
            fprintf(to, "\n%*s", COLUMN, "");
            at = COLUMN;
        } else if (at > COLUMN) {
            fputc(' ', to);
            at++;
        }
        fprintf(to, "%.*s", len, text);
        at += len;
        text += len + (text[len] == ' ');
    }
    fputc('\n', to);
}

static void print_flag(FILE *to, const struct flag *flag)
{
    bool is_optional = flag->value && flag->value[0] == '[';
    char letter[8] = "    ";
    if (flag->letter)
        snprintf(letter, sizeof(letter), "-%c, ", flag->letter);
    int at = fprintf(to, "  %s--%s%s%s", letter, flag->name, !flag->value || is_optional ? "" : "=",
                     flag->value ? flag->value : "");
    if (at < COLUMN - 1)
        fprintf(to, "%*s", COLUMN - at, "");
    else
        fprintf(to, "\n%*s", COLUMN, "");
    print_wrapped(to, flag->meaning);
}

void tri_options_help(FILE *to)
{
    fputs("Usage: tri-load [FLAGS] URL                     measure a server\n"
          "       tri-load sweep [FLAGS] URL               its scaling curve, by connections\n"
          "       tri-load compare [FLAGS] [NAME='COMMAND {port}' ...]\n"
          "                                                several servers side by side; without\n"
          "                                                names the modes of tri-httpd\n"
          "       tri-load diff A.json B.json              two stored results\n"
          "TIME is 1500ms, 15s or 2m; N is 64, 10k or 1m. In [ ] stands the default.\n",
          to);
#define SECTION(title) fputs("\n" title ":\n", to);
#define FLAG(id, letter, name, value, meaning) print_flag(to, &flags[FLAG_##id]);
#include "loadtest/flags.def"
#undef FLAG
#undef SECTION
    fputs(
        "\nLatency is given twice. Service time runs from the send to the last byte. Response "
        "time\n"
        "runs from when the request was meant to be sent: in an open loop a slow server is "
        "charged\n"
        "for those who had to wait because of it. The first line of a report says which loop it "
        "was.\n"
        "\nExit codes: 0 all went well, 1 no result, 2 a mistake in the flags, 3 an objective of\n"
        "--slo was missed, 130 interrupted (after a report of what there was). A result that the\n"
        "self-check does not trust keeps its exit code, and says so.\n"
        "\nExamples:\n"
        "  tri-load -c64 -d10s http://127.0.0.1:8080/hello\n"
        "  tri-load -c200 --rate=5k --arrivals=poisson --slo='p99<10ms' http://127.0.0.1:8080/\n"
        "  tri-load sweep --connections=1,10,100,1k,10k http://127.0.0.1:8080/hello\n"
        "  tri-load compare --modes=threads,loop,mn --connections=64 --html=modes.html\n",
        to);
}
