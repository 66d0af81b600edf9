/*
 * options.c - the command line as a whole: getopt over the table of flags, then a plan that is
 * complete and whose parts go together.
 *
 *     preset -> apply each flag (apply.c) -> take the words -> settle -> [for each URL] finish
 *
 * wrk's letters mean what they mean there. Every refusal names flag, value and what would do.
 */
#include "loadtest/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "loadtest/apply.h"
#include "loadtest/flags.h"
#include "loadtest/response.h"
#include "loadtest/target.h"
#include "server/base/clock.h"
#include "server/base/cpus.h"
#include "server/base/error.h"

#define FIRST_ID 512 /* getopt's val of the first flag */
#define NAMES_MAX (TRI_FLAG_COUNT + 1)

static void fill_getopt(struct option *names, char *letters)
{
    static const int has_arg[] = {[TRI_FLAG_TAKES_NONE] = no_argument,
                                  [TRI_FLAG_TAKES_MAYBE] = optional_argument,
                                  [TRI_FLAG_TAKES_ONE] = required_argument};
    *letters++ = ':';
    for (int id = 0; id < TRI_FLAG_COUNT; id++) {
        int takes = has_arg[tri_flag_takes(&tri_flags[id])];
        names[id] = (struct option){tri_flags[id].name, takes, NULL, FIRST_ID + id};
        if (!tri_flags[id].letter)
            continue;
        *letters++ = (char)tri_flags[id].letter;
        if (takes == required_argument)
            *letters++ = ':';
    }
    *letters = '\0';
    names[TRI_FLAG_COUNT] = (struct option){0};
}

static int flag_of(int found)
{
    if (found >= FIRST_ID)
        return found - FIRST_ID;
    for (int id = 0; id < TRI_FLAG_COUNT; id++)
        if (tri_flags[id].letter && tri_flags[id].letter == found)
            return id;
    return -1;
}

static bool refuse_unknown(struct tri_error *error, const char *word)
{
    size_t len = strcspn(word, "=");
    const char *name = word + strspn(word, "-");
    for (int id = 0; id < TRI_FLAG_COUNT && len > 3; id++) /* the same beginning is a good guess */
        if (strncmp(tri_flags[id].name, name, 3) == 0) {
            tri_error_set(error, "%.*s: no such flag (did you mean --%s?)",
                          (int)(len < 60 ? len : 60), word, tri_flags[id].name);
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
        .spin_ns = -1,
        .wants_stamps = true,
        .timeout_ns = 30 * TRI_SECOND,
        .expect.length = -1,
    };
}

static unsigned stdout_users(const struct tri_options *options)
{
    const char *files[] = {options->json, options->csv, options->hgrm, options->html};
    unsigned users = 0;
    for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        users += files[i] && strcmp(files[i], "-") == 0;
    return users;
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
    else if (stdout_users(options) > 1)
        tri_error_set(error,
                      "--json, --csv, --hgrm: standard output is for one of them (name FILEs)");
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
    char letters[3 * TRI_FLAG_COUNT + 2];
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
            tri_error_set(error, "--%s: lacks its value (write --%s=%s)", tri_flags[id].name,
                          tri_flags[id].name, tri_flags[id].value);
            return false;
        }
        if (found == '?' && id >= 0 && optopt >= FIRST_ID) {
            tri_error_set(error, "--%s: takes no value", tri_flags[id].name);
            return false;
        }
        if (found == '?' || id < 0)
            return refuse_unknown(error, argv[optind - 1]);
        if (!tri_options_apply(options, (enum tri_flag_id)id, optarg, error))
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
