/*
 * test_faults.c - whatever a server does, it lands in its class, and nothing hangs.
 *
 * All runs end by a count of requests, so that no figure here depends on how busy the machine is.
 */
#include "loadtest/engine.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "loadtest/options.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "tests/loadtest/fake.h"

TestSuite(loadtest_faults, .timeout = 60);

static struct fake fake;

/* Run tri-load's engine with these flags (parted by blanks) against a path of the fake. */
static struct tri_result *run(const char *flags, const char *path)
{
    static char line[512], url[128];
    static struct tri_options options;
    struct tri_error error = {0};
    char *words[32] = {"tri-load"}, *rest = line;
    int count = 1;
    if (!fake.port)
        fake_open(&fake, 0);
    snprintf(line, sizeof(line), "%s", flags);
    for (char *word; (word = strsep(&rest, " "));)
        words[count++] = word;
    snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", fake.port, path);
    words[count++] = url;
    cr_assert(tri_options_parse(&options, count, words, &error), "%s", error.text);
    cr_assert(tri_options_finish(&options, url, &error), "%s", error.text);
    struct tri_result *result = tri_engine_run(&options.plan, NULL, NULL, &error);
    cr_assert(result != NULL, "%s", error.text);
    tri_plan_deinit(&options.plan);
    return result;
}

#define NO_FAULT TRI_FAULT_COUNT

/* A run whose requests all end in one way. */
struct row {
    const char *flags, *path;
    uint64_t requests;
    enum tri_fault fault; /* or NO_FAULT: they are answered */
};

/* So many requests, none left over, ended as they should and in no other way. */
static void check(const struct row *row)
{
    struct tri_result *result = run(row->flags, row->path);
    for (int i = 0; i < TRI_FAULT_COUNT; i++)
        cr_assert(eq(u64, result->total.counts.faults[i], i == (int)row->fault ? row->requests : 0),
                  "%s %s: %s", row->flags, row->path, tri_fault_word((enum tri_fault)i));
    if (row->fault == NO_FAULT) {
        cr_assert(eq(u64, result->total.counts.responses, row->requests), "%s", row->path);
        cr_assert(eq(u64, result->total.response.total, row->requests), "%s", row->path);
    }
    cr_assert(eq(u64, result->unfinished, 0), "%s %s", row->flags, row->path);
    tri_result_free(result);
}

#define CHECK(rows)                                                                                \
    for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++)                                  \
    check(&(rows)[i])

Test(loadtest_faults, proper_responses_of_every_form_are_answers)
{
    static const struct row rows[] = {
        {"-c4 -n400", "/ok", 400, NO_FAULT},      {"-c4 -n400", "/chunked", 400, NO_FAULT},
        {"-c4 -n400", "/interim", 400, NO_FAULT}, {"-c2 -n20", "/until-close", 20, NO_FAULT},
        {"-c2 -n10", "/head-cut", 10, NO_FAULT},
    };
    CHECK(rows);
}

Test(loadtest_faults, every_shape_of_load_is_answered)
{
    static const struct row rows[] = {
        {"-c2 -n20 --close", "/ok", 20, NO_FAULT},
        {"-c4 -n4000 --pipeline=16", "/ok", 4000, NO_FAULT},
        {"-c4 -n400 -R 100k", "/ok", 400, NO_FAULT},
        {"-c4 -n100 -R 1k --spin=10ms", "/ok", 100, NO_FAULT},
        {"-c4 -n400 --spin=1ms", "/ok", 400, NO_FAULT},
        {"-c4 -n40 -R 1k --close --arrivals=poisson", "/ok", 40, NO_FAULT},
        {"-c4 -n40 --think=1ms", "/ok", 40, NO_FAULT},
        {"-c8 -n800 --processes=2 -t2", "/ok", 800, NO_FAULT},
    };
    CHECK(rows);
}

Test(loadtest_faults, whatever_is_no_response_has_its_class)
{
    static const struct row rows[] = {
        {"-c2 -n4", "/short", 4, TRI_FAULT_SHORT_BODY},
        {"-c2 -n4", "/short-head", 4, TRI_FAULT_SHORT_BODY},
        {"-c2 -n4", "/wrong", 4, TRI_FAULT_INVALID},
        {"-c2 -n4", "/malformed", 4, TRI_FAULT_INVALID},
        {"-c2 -n2 --timeout=20s", "/endless-head", 2, TRI_FAULT_INVALID},
        {"-c2 -n2 --timeout=1500ms", "/endless-body", 2, TRI_FAULT_TIMEOUT},
        {"-c2 -n4", "/reset", 4, TRI_FAULT_RESET},
        {"-c2 -n4", "/close", 4, TRI_FAULT_CLOSED},
    };
    CHECK(rows);
}

Test(loadtest_faults, responses_that_are_not_wanted_have_their_class)
{
    static const struct row rows[] = {
        {"-c2 -n20", "/404", 20, TRI_FAULT_STATUS_4XX},
        {"-c2 -n20", "/503", 20, TRI_FAULT_STATUS_5XX},
        {"-c2 -n20 --expect-status=404", "/404", 20, NO_FAULT},
        {"-c2 -n20 --expect-status=200 --expect-length=5 --expect-body=ello", "/ok", 20, NO_FAULT},
        {"-c2 -n20 --expect-body=ello", "/chunked", 20, NO_FAULT},
        {"-c2 -n20 --expect-length=6", "/ok", 20, TRI_FAULT_UNEXPECTED},
        {"-c2 -n20 --expect-body=hella", "/ok", 20, TRI_FAULT_UNEXPECTED},
        {"-c2 -n20 --expect-status=204", "/ok", 20, TRI_FAULT_UNEXPECTED},
    };
    CHECK(rows);
}

Test(loadtest_faults, heads_that_are_known_are_compared_and_not_parsed)
{
    struct tri_result *result = run("-c2 -n1000", "/ok");
    cr_assert(le(u64, result->total.counts.parsed, 10));
    tri_result_free(result);
}

Test(loadtest_faults, bytes_that_nobody_asked_for_are_invalid)
{
    struct tri_result *result = run("-c1 -n1", "/extra");
    cr_assert(eq(u64, result->total.counts.faults[TRI_FAULT_INVALID], 1));
    tri_result_free(result);
}

Test(loadtest_faults, silence_times_out_and_counts_in_the_latencies)
{
    struct tri_result *result = run("-c2 -n2 --timeout=1500ms", "/never");
    cr_assert(eq(u64, result->total.counts.faults[TRI_FAULT_TIMEOUT], 2));
    cr_assert(eq(u64, result->total.response.total, 2));
    cr_assert(ge(i64, result->total.response.min_ns, 1500 * TRI_MILLISECOND));
    tri_result_free(result);
}

Test(loadtest_faults, nobody_there_is_refused)
{
    tri_result_free(run("-c1 -n1", "/ok"));
    fake_close(&fake);
    struct tri_result *result = run("-c2 -n4 --close", "/ok");
    cr_assert(eq(u64, result->total.counts.faults[TRI_FAULT_REFUSED], 4));
    tri_result_free(result);
}

Test(loadtest_faults, idle_connections_stay_open)
{
    struct tri_result *result = run("-c2 -n10 --idle=20", "/ok");
    cr_assert(eq(u64, tri_result_fault_count(result), 0));
    cr_assert(ge(u32, result->open_most, 20));
    tri_result_free(result);
}

/*
 * 1,000 requests a second for two seconds; for 400 ms of it nobody is answered. Delays only add to
 * what the arithmetic says, so that the bounds hold on any machine: of 2,000 arrivals 400 fall in
 * the stall, and the 20 that wait longest (1%) wait 380 ms at least.
 */
Test(loadtest_faults, who_waits_for_a_stalled_server_is_counted)
{
    struct tri_result *result = run("-c4 -d2s -R 1k --grace=20s", "/stall/400");
    cr_assert(eq(u64, result->total.response.total + result->unsent, 2000));
    cr_assert(le(u64, result->unsent, 100)); /* a machine that stands still at the end */
    cr_assert(eq(u64, result->unfinished, 0));
    cr_assert(
        ge(i64, tri_histogram_quantile(&result->total.response, 0.99), 375 * TRI_MILLISECOND));
    /* a client that waits before it sends sees four slow answers out of 2,000 */
    cr_assert(ge(i64, tri_histogram_quantile(&result->total.response, 0.99),
                 tri_histogram_quantile(&result->total.service, 0.99)));
    tri_result_free(result);
}

/* Each response has its own delay told apart, unless there is no stamp of its end. */
Test(loadtest_faults, whose_end_has_a_stamp_has_an_own_delay)
{
    static const struct {
        const char *flags, *path;
        uint64_t own, unstamped;
    } rows[] = {
        {"-c2 -n100", "/ok", 100, 0},
        {"-c2 -n100 --processes=2", "/ok", 100, 0},
        {"-c2 -n20 --close", "/ok", 20, 0},
        {"-c2 -n400 --pipeline=16", "/ok", 400, 0},
        {"-c2 -n100 -R 1k", "/ok", 100, 0},
        {"-c2 -n4", "/head-cut", 4, 0},
        {"-c2 -n20", "/until-close", 0, 20}, /* its end is no byte */
        {"-c2 -n100 --timestamps=user", "/ok", 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tri_result *result = run(rows[i].flags, rows[i].path);
        cr_assert(eq(u64, result->total.own.total, rows[i].own), "%s", rows[i].flags);
        cr_assert(eq(u64, result->total.counts.unstamped, rows[i].unstamped), "%s", rows[i].flags);
        cr_assert(eq(int, result->why_unstamped != NULL, i == 7));
        cr_assert(ge(i64, result->total.service.min_ns, 1)); /* no end before its send */
        cr_assert(le(i64, result->total.first.max_ns, result->total.service.max_ns));
        tri_result_free(result);
    }
}

/* Every delay that the server makes is in the times, and none is shorter than it. */
Test(loadtest_faults, delays_are_never_understated)
{
    struct tri_result *result = run("-c4 -n200", "/delay/5");
    cr_assert(ge(i64, result->total.service.min_ns, 5 * TRI_MILLISECOND));
    tri_result_free(result);
    result = run("-c1 -n100", "/bimodal/1/30");
    cr_assert(ge(i64, result->total.service.min_ns, 1 * TRI_MILLISECOND));
    cr_assert(ge(i64, tri_histogram_quantile(&result->total.service, 0.91), 30 * TRI_MILLISECOND));
    tri_result_free(result);
}
