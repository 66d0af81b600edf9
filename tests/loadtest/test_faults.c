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

/* All of `requests` failed in one way and in no other. */
static void fails_as(const char *flags, const char *path, enum tri_fault fault, uint64_t requests)
{
    struct tri_result *result = run(flags, path);
    for (int i = 0; i < TRI_FAULT_COUNT; i++)
        cr_assert(eq(u64, result->total.counts.faults[i], i == (int)fault ? requests : 0), "%s: %s",
                  path, tri_fault_word((enum tri_fault)i));
    tri_result_free(result);
}

static void succeeds(const char *flags, const char *path, uint64_t requests)
{
    struct tri_result *result = run(flags, path);
    cr_assert(eq(u64, tri_result_fault_count(result), 0), "%s", path);
    cr_assert(eq(u64, result->total.counts.responses, requests), "%s", path);
    cr_assert(eq(u64, result->total.response.total, requests), "%s", path);
    cr_assert(eq(u64, result->unfinished, 0), "%s", path);
    tri_result_free(result);
}

Test(loadtest_faults, proper_responses_of_every_form_are_answers)
{
    succeeds("-c4 -n400", "/ok", 400);
    succeeds("-c4 -n400", "/chunked", 400);
    succeeds("-c4 -n400", "/interim", 400);
    succeeds("-c2 -n20", "/until-close", 20);
    succeeds("-c2 -n10", "/head-cut", 10);
    succeeds("-c2 -n20 --close", "/ok", 20);
    succeeds("-c4 -n4000 --pipeline=16", "/ok", 4000);
    succeeds("-c4 -n400 -R 100k", "/ok", 400);
    succeeds("-c4 -n40 -R 1k --close --arrivals=poisson", "/ok", 40);
    succeeds("-c4 -n40 --think=1ms", "/ok", 40);
}

Test(loadtest_faults, heads_that_are_known_are_compared_and_not_parsed)
{
    struct tri_result *result = run("-c2 -n1000", "/ok");
    cr_assert(le(u64, result->total.counts.parsed, 10));
    tri_result_free(result);
}

Test(loadtest_faults, bodies_that_end_early_are_short)
{
    fails_as("-c2 -n4", "/short", TRI_FAULT_SHORT_BODY, 4);
    fails_as("-c2 -n4", "/short-head", TRI_FAULT_SHORT_BODY, 4);
}

Test(loadtest_faults, what_is_no_http_is_invalid)
{
    fails_as("-c2 -n4", "/wrong", TRI_FAULT_INVALID, 4);
    fails_as("-c2 -n4", "/malformed", TRI_FAULT_INVALID, 4);
}

Test(loadtest_faults, bytes_that_nobody_asked_for_are_invalid)
{
    struct tri_result *result = run("-c1 -n1", "/extra");
    cr_assert(eq(u64, result->total.counts.faults[TRI_FAULT_INVALID], 1));
    tri_result_free(result);
}

Test(loadtest_faults, endless_heads_are_invalid_and_endless_bodies_time_out)
{
    fails_as("-c2 -n2 --timeout=20s", "/endless-head", TRI_FAULT_INVALID, 2);
    fails_as("-c2 -n2 --timeout=300ms", "/endless-body", TRI_FAULT_TIMEOUT, 2);
}

Test(loadtest_faults, silence_times_out_and_counts_in_the_latencies)
{
    struct tri_result *result = run("-c2 -n2 --timeout=300ms", "/never");
    cr_assert(eq(u64, result->total.counts.faults[TRI_FAULT_TIMEOUT], 2));
    cr_assert(eq(u64, result->total.response.total, 2));
    cr_assert(ge(i64, result->total.response.min_ns, 300 * TRI_MILLISECOND));
    tri_result_free(result);
}

Test(loadtest_faults, resets_and_closes_are_told_apart)
{
    fails_as("-c2 -n4", "/reset", TRI_FAULT_RESET, 4);
    fails_as("-c2 -n4", "/close", TRI_FAULT_CLOSED, 4);
}

Test(loadtest_faults, statuses_have_their_class)
{
    fails_as("-c2 -n20", "/404", TRI_FAULT_STATUS_4XX, 20);
    fails_as("-c2 -n20", "/503", TRI_FAULT_STATUS_5XX, 20);
    succeeds("-c2 -n20 --expect-status=404", "/404", 20);
}

Test(loadtest_faults, what_is_expected_is_compared)
{
    succeeds("-c2 -n20 --expect-status=200 --expect-length=5 --expect-body=ello", "/ok", 20);
    succeeds("-c2 -n20 --expect-body=ello", "/chunked", 20);
    fails_as("-c2 -n20 --expect-length=6", "/ok", TRI_FAULT_UNEXPECTED, 20);
    fails_as("-c2 -n20 --expect-body=hella", "/ok", TRI_FAULT_UNEXPECTED, 20);
    fails_as("-c2 -n20 --expect-status=204", "/ok", TRI_FAULT_UNEXPECTED, 20);
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

Test(loadtest_faults, several_processes_count_as_one)
{
    succeeds("-c8 -n800 --processes=2 -t2", "/ok", 800);
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
