/*
 * test_tally.c - counts go from worker to reporter whole: none is lost, none is counted twice.
 */
#include "loadtest/tally.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(loadtest_tally, .timeout = 30);

#define INTERVALS 2000
#define EACH 50 /* responses at least, in each interval */

static struct tri_box *open_box(void)
{
    struct tri_box *box = calloc(1, sizeof(*box)); /* as fresh shared memory is */
    cr_assert(box != NULL);
    tri_box_init(box);
    return box;
}

Test(loadtest_tally, a_fresh_box_is_empty)
{
    struct tri_box *box = open_box();
    const struct tri_tally *tally = tri_box_tally(box);
    cr_assert(tri_box_take(box) == NULL);
    cr_assert(eq(u64, tally->response.total, 0));
    cr_assert(eq(i64, tri_histogram_quantile(&tally->response, 0.5), 0));
    free(box);
}

Test(loadtest_tally, a_worker_goes_on_in_the_other_tally_while_one_is_read)
{
    struct tri_box *box = open_box();
    tri_box_tally(box)->counts.responses = 7;
    cr_assert(tri_box_publish(box, 1000));
    cr_assert(eq(u64, tri_box_tally(box)->counts.responses, 0));
    const struct tri_tally *taken = tri_box_take(box);
    cr_assert(taken != NULL);
    cr_assert(eq(u64, taken->counts.responses, 7));
    cr_assert(eq(i64, taken->until_ns, 1000));
    free(box);
}

Test(loadtest_tally, an_interval_grows_longer_while_the_reporter_is_slow)
{
    struct tri_box *box = open_box();
    tri_box_tally(box)->counts.responses = 1;
    cr_assert(tri_box_publish(box, 1));
    tri_box_tally(box)->counts.responses = 2;
    cr_assert(not(tri_box_publish(box, 2)));
    tri_box_tally(box)->counts.responses++;
    tri_box_take(box);
    tri_box_return(box);
    cr_assert(tri_box_publish(box, 3));
    cr_assert(eq(u64, tri_box_take(box)->counts.responses, 3));
    free(box);
}

Test(loadtest_tally, a_returned_tally_is_empty_again)
{
    struct tri_box *box = open_box();
    tri_box_tally(box)->counts.faults[TRI_FAULT_RESET] = 3;
    tri_histogram_add(&tri_box_tally(box)->pacing, 5000);
    cr_assert(tri_box_publish(box, 1));
    cr_assert(tri_box_take(box) != NULL);
    tri_box_return(box);
    cr_assert(tri_box_take(box) == NULL);
    cr_assert(tri_box_publish(box, 2)); /* the other one */
    cr_assert(eq(u64, tri_counts_faults(&tri_box_tally(box)->counts), 0));
    cr_assert(eq(u64, tri_box_tally(box)->pacing.total, 0));
    free(box);
}

static void *work(void *context)
{
    struct tri_box *box = context;
    uint64_t all = 0;
    for (int interval = 0; interval < INTERVALS;) {
        for (int i = 0; i < EACH; i++, all++) {
            tri_box_tally(box)->counts.responses++;
            tri_histogram_add(&tri_box_tally(box)->response, (int64_t)(all % 1000));
        }
        interval += tri_box_publish(box, interval + 1);
    }
    atomic_store(&box->live_responses, all);
    atomic_store_explicit(&box->done, true, memory_order_release);
    return NULL;
}

Test(loadtest_tally, nothing_is_lost_between_two_threads)
{
    struct tri_box *box = open_box();
    struct tri_tally *sum = malloc(sizeof(*sum));
    pthread_t thread;
    bool is_done;
    int64_t last = 0;
    tri_tally_init(sum);
    cr_assert(pthread_create(&thread, NULL, work, box) == 0);
    do {
        struct tri_tally *tally;
        is_done = atomic_load_explicit(&box->done, memory_order_acquire);
        while ((tally = tri_box_take(box))) {
            cr_assert(eq(i64, tally->until_ns, ++last)); /* in order, each once */
            tri_tally_merge(sum, tally);
            tri_box_return(box);
        }
    } while (!is_done);
    pthread_join(thread, NULL);
    cr_assert(eq(i64, last, INTERVALS));
    cr_assert(eq(u64, sum->counts.responses, atomic_load(&box->live_responses)));
    cr_assert(eq(u64, sum->response.total, sum->counts.responses));
    free(sum);
    free(box);
}

Test(loadtest_tally, every_count_adds_up)
{
    /* all members are 64-bit counts: whoever adds one and forgets it in the sum is found here */
    union {
        struct tri_counts counts;
        uint64_t numbers[sizeof(struct tri_counts) / sizeof(uint64_t)];
    } one, sum = {.numbers = {0}};
    for (size_t i = 0; i < sizeof(one.numbers) / sizeof(one.numbers[0]); i++)
        one.numbers[i] = i + 1;
    tri_counts_add(&sum.counts, &one.counts);
    tri_counts_add(&sum.counts, &one.counts);
    for (size_t i = 0; i < sizeof(one.numbers) / sizeof(one.numbers[0]); i++)
        cr_assert(eq(u64, sum.numbers[i], 2 * (i + 1)), "count %zu", i);
}

Test(loadtest_tally, faults_have_words_of_their_own)
{
    for (int i = 0; i < TRI_FAULT_COUNT; i++)
        for (int k = 0; k < i; k++)
            cr_assert(
                strcmp(tri_fault_word((enum tri_fault)i), tri_fault_word((enum tri_fault)k)) != 0);
}
