/*
 * stress_chan.c - senders and takers at random channels, for ThreadSanitizer and for long runs.
 *
 *     stress_chan [rounds]      exit code 1, or an assertion, on failure
 *
 * Each select chooses among all channels, small ones, so that lines form on both sides; some give
 * up after a moment, and come again. In the end each item must have been taken once, and those that
 * one sender put into one channel in its order. A lost wake-up shows as a select that does not end:
 * nobody waits for longer than a deadline that is never reached otherwise.
 */
#include "server/base/chan.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/base/list.h"

enum { CHANS = 3, SENDERS = 4, TAKERS = 4, ITEMS = 10000 };
#define STUCK_NS (20 * TRI_SECOND)

struct item {
    unsigned sender, number;
};

struct thread {
    struct tri_waiter waiter;
    pthread_mutex_t lock;
    pthread_cond_t woken_cond;
    bool woken; /* under lock */
    unsigned seed, index, taken;
    pthread_t id;
};

static struct tri_chan *chans[CHANS];
static pthread_mutex_t ledger_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char seen[SENDERS][ITEMS]; /* under ledger_lock */

static unsigned draw(struct thread *thread, unsigned below)
{
    thread->seed = thread->seed * 1664525 + 1013904223;
    return (thread->seed >> 8) % below;
}

static void wake(struct tri_waker *waker)
{
    struct thread *thread = TRI_CONTAINER(waker, struct thread, waiter.waker);
    pthread_mutex_lock(&thread->lock);
    thread->woken = true;
    pthread_cond_signal(&thread->woken_cond);
    pthread_mutex_unlock(&thread->lock);
}

static void wait(struct tri_waiter *waiter, int64_t deadline_ns)
{
    struct thread *thread = TRI_CONTAINER(waiter, struct thread, waiter);
    struct timespec until = {deadline_ns / TRI_SECOND, deadline_ns % TRI_SECOND};
    int failed = 0;
    pthread_mutex_lock(&thread->lock);
    while (!thread->woken && failed == 0)
        failed =
            pthread_cond_clockwait(&thread->woken_cond, &thread->lock, CLOCK_MONOTONIC, &until);
    thread->woken = false;
    pthread_mutex_unlock(&thread->lock);
}

/* One select; now and then one with little patience, which is repeated. The case that was done. */
static int choose(struct thread *thread, struct tri_case *cases)
{
    for (;;) {
        bool is_short = draw(thread, 8) == 0;
        int64_t now_ns = tri_clock_now();
        int64_t deadline_ns = now_ns + (is_short ? draw(thread, 50) * 1000 : STUCK_NS);
        int number = tri_chan_select(cases, CHANS, &thread->waiter, deadline_ns);
        tri_assert(number >= 0 || (number == TRI_SELECT_LATE && is_short)); /* else it was lost */
        if (number >= 0)
            return number;
    }
}

static void *send(void *argument)
{
    struct thread *thread = argument;
    for (unsigned i = 0; i < ITEMS; i++) {
        const struct item item = {thread->index, i};
        struct tri_case cases[CHANS];
        for (int c = 0; c < CHANS; c++)
            cases[c] = tri_case_send(chans[c], &item);
        tri_assert(cases[choose(thread, cases)].result == TRI_CHAN_DONE);
    }
    return NULL;
}

/* From whichever channel has something, when one of them has been closed; -1: none has. */
static int take_rest(struct item *items, bool *ret_over)
{
    *ret_over = true;
    for (int c = 0; c < CHANS; c++) {
        enum tri_chan_result result = tri_chan_try_take(chans[c], &items[c]);
        if (result == TRI_CHAN_DONE)
            return c;
        *ret_over &= result == TRI_CHAN_CLOSED;
    }
    return -1;
}

/* Take until all channels are closed and empty. */
static void *take(void *argument)
{
    struct thread *thread = argument;
    unsigned latest[CHANS][SENDERS] = {{0}};
    for (bool is_over = false; !is_over;) {
        struct item items[CHANS];
        struct tri_case cases[CHANS];
        for (int c = 0; c < CHANS; c++)
            cases[c] = tri_case_take(chans[c], &items[c]);
        int number = choose(thread, cases);
        if (cases[number].result == TRI_CHAN_CLOSED)
            number = take_rest(items, &is_over);
        if (number < 0)
            continue;
        is_over = false;
        struct item item = items[number];
        tri_assert(item.sender < SENDERS && item.number < ITEMS);
        tri_assert(item.number + 1 > latest[number][item.sender]); /* in its sender's order */
        latest[number][item.sender] = item.number + 1;
        thread->taken++;
        pthread_mutex_lock(&ledger_lock);
        tri_assert(seen[item.sender][item.number]++ == 0);
        pthread_mutex_unlock(&ledger_lock);
    }
    return NULL;
}

static void start(struct thread *thread, void *(*run)(void *), unsigned index, unsigned seed)
{
    *thread = (struct thread){.waiter = {{wake}, wait}, .index = index, .seed = seed};
    pthread_mutex_init(&thread->lock, NULL);
    pthread_cond_init(&thread->woken_cond, NULL);
    tri_assert(pthread_create(&thread->id, NULL, run, thread) == 0);
}

static void play(unsigned round)
{
    static struct thread senders[SENDERS], takers[TAKERS];
    unsigned taken = 0;
    for (unsigned c = 0; c < CHANS; c++) {
        chans[c] = tri_chan_new(1 + (round + c) % 3, sizeof(struct item));
        tri_assert(chans[c]);
    }
    for (unsigned i = 0; i < TAKERS; i++)
        start(&takers[i], take, i, round * 100 + i);
    for (unsigned i = 0; i < SENDERS; i++)
        start(&senders[i], send, i, round * 100 + 50 + i);
    for (unsigned i = 0; i < SENDERS; i++)
        pthread_join(senders[i].id, NULL);
    for (unsigned c = 0; c < CHANS; c++)
        tri_chan_close(chans[c]);
    for (unsigned i = 0; i < TAKERS; i++) {
        pthread_join(takers[i].id, NULL);
        taken += takers[i].taken;
    }
    tri_assert(taken == SENDERS * ITEMS);
    for (unsigned i = 0; i < SENDERS * ITEMS; i++)
        seen[i / ITEMS][i % ITEMS] = 0;
    for (unsigned c = 0; c < CHANS; c++)
        tri_chan_free(chans[c]);
}

int main(int argc, char *argv[])
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    for (unsigned round = 1; round <= rounds; round++) {
        int64_t began_ns = tri_clock_now();
        play(round);
        printf("%d senders, %d takers, round %u: %lld ms\n", SENDERS, TAKERS, round,
               (long long)((tri_clock_now() - began_ns) / TRI_MILLISECOND));
    }
    return 0;
}
