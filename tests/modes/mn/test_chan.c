/*
 * test_chan.c - coroutines that hand work to each other through channels (base/chan.h).
 */
#include "server/base/chan.h"

#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"
#include "server/base/list.h"
#include "tests/modes/mn/actors.h"

enum { PAIRS = 40, ITEMS = 500 };

TestSuite(mn_chan, .timeout = 60);

struct waiting { /* on the coroutine's stack */
    struct tri_waiter waiter;
    struct tri_task *task;
};

static struct tri_chan *chan, *other;
static atomic_llong sum;
static atomic_int ended;

static void wake(struct tri_waker *waker)
{
    tri_task_wake(TRI_CONTAINER(waker, struct waiting, waiter.waker)->task);
}

static void wait(struct tri_waiter *waiter, int64_t deadline_ns)
{
    tri_task_wait(TRI_CONTAINER(waiter, struct waiting, waiter)->task, 0, deadline_ns);
}

static void send_all(struct actor *actor)
{
    struct waiting waiting = {{{wake}, wait}, &actor->task};
    for (int i = 1; i <= ITEMS; i++) {
        struct tri_case cases[] = {tri_case_send(chan, &i), tri_case_send(other, &i)};
        cr_assert(tri_chan_select(cases, 2, &waiting.waiter, TRI_NEVER) >= 0);
    }
    close(actor->fd);
    atomic_fetch_add(&ended, 1);
}

static void take_all(struct actor *actor)
{
    struct waiting waiting = {{{wake}, wait}, &actor->task};
    for (int i = 1; i <= ITEMS; i++) {
        int items[2];
        struct tri_case cases[] = {tri_case_take(chan, &items[0]), tri_case_take(other, &items[1])};
        int number = tri_chan_select(cases, 2, &waiting.waiter, TRI_NEVER);
        cr_assert(number >= 0);
        atomic_fetch_add(&sum, items[number]);
    }
    close(actor->fd);
    atomic_fetch_add(&ended, 1);
}

Test(mn_chan, hands_every_item_from_one_coroutine_to_another)
{
    int ends[2 * PAIRS];
    chan = tri_chan_new(2, sizeof(int));
    other = tri_chan_new(1, sizeof(int));
    open_scheduler(3, 0);
    for (int i = 0; i < 2 * PAIRS; i++)
        ends[i] = start_actor(i % 2 ? send_all : take_all, NULL);
    await_int(&ended, 2 * PAIRS);
    await_no_tasks();
    cr_assert(eq(i64, atomic_load(&sum), (int64_t)PAIRS * ITEMS * (ITEMS + 1) / 2));
    for (int i = 0; i < 2 * PAIRS; i++)
        close(ends[i]);
    close_scheduler();
    tri_chan_free(chan);
    tri_chan_free(other);
}

static void take_late(struct actor *actor)
{
    struct waiting waiting = {{{wake}, wait}, &actor->task};
    int item;
    struct tri_case takes = tri_case_take(chan, &item);
    int64_t deadline_ns = tri_clock_now() + 20 * TRI_MILLISECOND;
    int number = tri_chan_select(&takes, 1, &waiting.waiter, deadline_ns);
    atomic_store(&actor->noted, number == TRI_SELECT_LATE && tri_clock_now() >= deadline_ns);
    atomic_fetch_add(&actor->steps, 1);
    tri_task_rest(&actor->task, 0, TRI_NEVER);
}

Test(mn_chan, a_select_of_a_coroutine_has_a_deadline)
{
    struct actor *actor;
    chan = tri_chan_new(1, sizeof(int));
    open_scheduler(1, 0);
    int end = start_actor(take_late, &actor);
    await_int(&actor->steps, 1);
    cr_assert(eq(i64, atomic_load(&actor->noted), 1));
    close(end);
    close(actor->fd);
    close_scheduler();
    tri_chan_free(chan);
}
