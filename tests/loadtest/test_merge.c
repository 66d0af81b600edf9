/*
 * test_merge.c - tallies of workers that are not in step become intervals, and the sum is right.
 */
#include "loadtest/merge.h"

#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"

TestSuite(loadtest_merge, .timeout = 10);

#define SECOND TRI_SECOND

static struct tri_plan plan = {.interval_ns = SECOND, .duration_ns = 10 * SECOND};
static struct tri_merge merge;
static struct tri_result *result;
static unsigned told; /* intervals that the observer saw */

static void see(void *context, const struct tri_interval *interval)
{
    (void)context;
    (void)interval;
    told++;
}

static const struct tri_observer observer = {.interval = see};

static void open_merge(uint32_t workers)
{
    result = tri_result_new();
    cr_assert(result && tri_merge_init(&merge, &plan, workers, result));
}

static void close_merge(void)
{
    tri_merge_deinit(&merge);
    tri_result_free(result);
}

/* A worker hands over `responses` of one microsecond each. */
static void hand_over(uint32_t worker, uint64_t responses, int64_t until_ns)
{
    struct tri_tally *tally = malloc(sizeof(*tally));
    tri_tally_init(tally);
    tally->counts.responses = responses;
    tri_histogram_add_many(&tally->response, 1000, responses);
    tri_merge_add(&merge, worker, tally, until_ns);
    free(tally);
}

Test(loadtest_merge, an_interval_is_closed_when_all_workers_have_passed_it)
{
    open_merge(2);
    hand_over(0, 10, SECOND);
    tri_merge_close(&merge, false, &observer);
    cr_assert(eq(u32, result->interval_count, 0));
    hand_over(1, 5, SECOND);
    tri_merge_close(&merge, false, &observer);
    cr_assert(eq(u32, result->interval_count, 1));
    cr_assert(eq(u32, told, 1));
    cr_assert(eq(u64, result->intervals[0].counts.responses, 15));
    cr_assert(eq(i64, result->intervals[0].from_ns, 0));
    cr_assert(eq(i64, result->intervals[0].until_ns, SECOND));
    cr_assert(eq(i64, result->intervals[0].p99_ns, 1000));
    close_merge();
}

Test(loadtest_merge, what_is_counted_before_the_measuring_is_in_no_interval)
{
    open_merge(1);
    struct tri_tally *tally = malloc(sizeof(*tally));
    tri_tally_init(tally);
    tally->counts.responses = 100;
    tally->counts.faults[TRI_FAULT_REFUSED] = 3;
    tri_histogram_add(&tally->response, 1000);
    tri_histogram_add(&tally->connect, 1000);
    tri_merge_add(&merge, 0, tally, 0);
    free(tally);
    tri_merge_close(&merge, true, &observer);
    cr_assert(eq(u32, result->interval_count, 0));
    cr_assert(eq(u64, result->total.counts.responses, 0));
    cr_assert(eq(u64, result->total.response.total, 0));
    cr_assert(eq(u64, result->total.connect.total, 1)); /* when most connections are made */
    cr_assert(eq(u64, tri_result_fault_count(result), 3));
    close_merge();
}

Test(loadtest_merge, workers_out_of_step_lose_nothing)
{
    open_merge(2);
    for (int i = 1; i <= 8; i++) /* one is far ahead: more intervals than may be open */
        hand_over(0, 1, i * SECOND);
    tri_merge_close(&merge, false, &observer);
    cr_assert(eq(u32, result->interval_count, 0));
    hand_over(1, 100, 7 * SECOND); /* the other slept through seven */
    tri_merge_close(&merge, false, &observer);
    cr_assert(eq(u32, result->interval_count, 7));
    hand_over(1, 1000, 2 * SECOND); /* for an interval that is closed: the oldest open one */
    hand_over(1, 10000, 8 * SECOND);
    tri_merge_close(&merge, true, &observer);
    cr_assert(eq(u32, result->interval_count, 8));
    cr_assert(eq(u64, result->total.counts.responses, 11108));
    uint64_t sum = 0;
    for (uint32_t i = 0; i < result->interval_count; i++)
        sum += result->intervals[i].counts.responses;
    cr_assert(eq(u64, sum, 11108));
    close_merge();
}

Test(loadtest_merge, the_last_interval_ends_when_the_last_worker_did)
{
    open_merge(1);
    hand_over(0, 4, SECOND);
    hand_over(0, 2, SECOND + SECOND / 4);
    tri_merge_close(&merge, true, NULL);
    cr_assert(eq(u32, result->interval_count, 2));
    cr_assert(eq(i64, result->intervals[1].from_ns, SECOND));
    cr_assert(eq(i64, result->intervals[1].until_ns, SECOND + SECOND / 4));
    close_merge();
}

Test(loadtest_merge, the_last_interval_waits_for_the_grace)
{
    open_merge(1);
    for (int i = 1; i <= 10; i++) {
        hand_over(0, 1, i * SECOND);
        tri_merge_close(&merge, false, &observer);
    }
    cr_assert(eq(u32, result->interval_count, 9));
    hand_over(0, 1, 10 * SECOND); /* late responses belong to it */
    tri_merge_close(&merge, true, &observer);
    cr_assert(eq(u32, result->interval_count, 10));
    cr_assert(eq(u64, result->intervals[9].counts.responses, 2));
    close_merge();
}
