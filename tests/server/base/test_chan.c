/*
 * test_chan.c - channels and selects, one after the other; stress_chan.c has the threads.
 */
#include "server/base/chan.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"

TestSuite(base_chan, .timeout = 10);

struct counter {
    struct tri_waiter waiter;
    int wakes, waits;
};

static void count_wake(struct tri_waker *waker)
{
    TRI_CONTAINER(waker, struct counter, waiter.waker)->wakes++;
}

static void count_wait(struct tri_waiter *waiter, int64_t deadline_ns)
{
    (void)deadline_ns;
    TRI_CONTAINER(waiter, struct counter, waiter)->waits++;
}

static struct counter counter(void)
{
    return (struct counter){.waiter = {{count_wake}, count_wait}};
}

Test(base_chan, keeps_items_in_order_up_to_its_capacity)
{
    struct tri_chan *chan = tri_chan_new(3, sizeof(int));
    for (int turn = 0; turn < 5; turn++) { /* the ring goes round */
        int item;
        for (int i = 0; i < 3; i++)
            cr_assert(eq(int, tri_chan_try_send(chan, &i), TRI_CHAN_DONE));
        cr_assert(eq(int, tri_chan_try_send(chan, &turn), TRI_CHAN_LATER));
        for (int i = 0; i < 3; i++) {
            cr_assert(eq(int, tri_chan_try_take(chan, &item), TRI_CHAN_DONE));
            cr_assert(eq(int, item, i));
        }
        cr_assert(eq(int, tri_chan_try_take(chan, &item), TRI_CHAN_LATER));
    }
    tri_chan_free(chan);
}

Test(base_chan, a_closed_one_gives_what_it_has_and_takes_nothing)
{
    struct tri_chan *chan = tri_chan_new(2, sizeof(int));
    int item = 7;
    tri_chan_try_send(chan, &item);
    tri_chan_close(chan);
    cr_assert(eq(int, tri_chan_try_send(chan, &item), TRI_CHAN_CLOSED));
    item = 0;
    cr_assert(eq(int, tri_chan_try_take(chan, &item), TRI_CHAN_DONE));
    cr_assert(eq(int, item, 7));
    cr_assert(eq(int, tri_chan_try_take(chan, &item), TRI_CHAN_CLOSED));
    tri_chan_free(chan);
}

Test(base_chan, each_item_wakes_the_longest_waiting_taker_and_no_other)
{
    struct tri_chan *chan = tri_chan_new(4, sizeof(int));
    struct counter waiters[3] = {counter(), counter(), counter()};
    struct tri_case cases[3];
    int items[3];
    for (int i = 0; i < 3; i++) {
        cases[i] = tri_case_take(chan, &items[i]);
        cr_assert(eq(int, tri_select_try(&cases[i], 1, &waiters[i].waiter.waker), TRI_SELECT_WAIT));
    }
    for (int i = 0; i < 3; i++) {
        tri_chan_try_send(chan, &i);
        for (int w = 0; w < 3; w++)
            cr_assert(eq(int, waiters[w].wakes, w <= i));
    }
    for (int i = 0; i < 3; i++) {
        cr_assert(eq(int, tri_select_try(&cases[i], 1, &waiters[i].waiter.waker), 0));
        cr_assert(eq(int, items[i], i));
    }
    tri_chan_free(chan);
}

Test(base_chan, a_place_that_becomes_free_wakes_a_sender)
{
    struct tri_chan *chan = tri_chan_new(1, sizeof(int));
    struct counter waiter = counter();
    int one = 1, two = 2, item;
    tri_chan_try_send(chan, &one);
    struct tri_case sends = tri_case_send(chan, &two);
    cr_assert(eq(int, tri_select_try(&sends, 1, &waiter.waiter.waker), TRI_SELECT_WAIT));
    tri_chan_try_take(chan, &item);
    cr_assert(eq(int, waiter.wakes, 1));
    cr_assert(eq(int, tri_select_try(&sends, 1, &waiter.waiter.waker), 0));
    tri_chan_try_take(chan, &item);
    cr_assert(eq(int, item, 2));
    tri_chan_free(chan);
}

Test(base_chan, who_was_told_and_goes_elsewhere_passes_the_word_on)
{
    struct tri_chan *a = tri_chan_new(1, sizeof(int)), *b = tri_chan_new(1, sizeof(int));
    struct counter first = counter(), second = counter();
    int items[3], one = 1;
    struct tri_case both[] = {tri_case_take(a, &items[0]), tri_case_take(b, &items[1])};
    struct tri_case only = tri_case_take(a, &items[2]);
    cr_assert(eq(int, tri_select_try(both, 2, &first.waiter.waker), TRI_SELECT_WAIT));
    cr_assert(eq(int, tri_select_try(&only, 1, &second.waiter.waker), TRI_SELECT_WAIT));
    tri_chan_try_send(a, &one);
    cr_assert(eq(int, first.wakes, 1));
    cr_assert(eq(int, second.wakes, 0));
    tri_select_leave(both, 2);
    cr_assert(eq(int, second.wakes, 1));
    cr_assert(eq(int, tri_select_try(&only, 1, &second.waiter.waker), 0));
    tri_chan_free(a);
    tri_chan_free(b);
}

Test(base_chan, who_was_told_but_came_too_late_stands_in_line_again)
{
    struct tri_chan *chan = tri_chan_new(1, sizeof(int));
    struct counter waiter = counter();
    int item, one = 1;
    struct tri_case takes = tri_case_take(chan, &item);
    cr_assert(eq(int, tri_select_try(&takes, 1, &waiter.waiter.waker), TRI_SELECT_WAIT));
    tri_chan_try_send(chan, &one);
    tri_chan_try_take(chan, &one); /* somebody was quicker */
    cr_assert(eq(int, tri_select_try(&takes, 1, &waiter.waiter.waker), TRI_SELECT_WAIT));
    tri_chan_try_send(chan, &one);
    cr_assert(eq(int, waiter.wakes, 2));
    cr_assert(eq(int, tri_select_try(&takes, 1, &waiter.waiter.waker), 0));
    tri_chan_free(chan);
}

Test(base_chan, closing_wakes_all_who_stand_in_line)
{
    struct tri_chan *chan = tri_chan_new(1, sizeof(int));
    struct counter waiters[2] = {counter(), counter()};
    struct tri_case cases[2];
    int items[2];
    for (int i = 0; i < 2; i++) {
        cases[i] = tri_case_take(chan, &items[i]);
        tri_select_try(&cases[i], 1, &waiters[i].waiter.waker);
    }
    tri_chan_close(chan);
    for (int i = 0; i < 2; i++) {
        cr_assert(eq(int, waiters[i].wakes, 1));
        cr_assert(eq(int, tri_select_try(&cases[i], 1, &waiters[i].waiter.waker), 0));
        cr_assert(eq(int, cases[i].result, TRI_CHAN_CLOSED));
    }
    tri_chan_free(chan);
}

Test(base_chan, of_several_that_are_ready_each_gets_its_turn)
{
    struct tri_chan *chans[3];
    struct counter waiter = counter();
    int chosen[3] = {0}, items[3], one = 1;
    for (int i = 0; i < 3; i++)
        chans[i] = tri_chan_new(300, sizeof(int));
    for (int turn = 0; turn < 300; turn++) {
        struct tri_case cases[3];
        for (int i = 0; i < 3; i++) {
            tri_chan_try_send(chans[i], &one);
            cases[i] = tri_case_take(chans[i], &items[i]);
        }
        chosen[tri_chan_select(cases, 3, &waiter.waiter, 0)]++;
    }
    for (int i = 0; i < 3; i++) {
        cr_assert(ge(int, chosen[i], 90));
        tri_chan_free(chans[i]);
    }
    cr_assert(eq(int, waiter.waits, 0));
}

Test(base_chan, a_select_is_late_at_its_deadline_and_leaves_nothing_behind)
{
    struct tri_chan *chan = tri_chan_new(1, sizeof(int));
    struct counter waiter = counter();
    int item;
    struct tri_case takes = tri_case_take(chan, &item);
    int64_t deadline_ns = tri_clock_now() + 5 * TRI_MILLISECOND;
    cr_assert(eq(int, tri_chan_select(&takes, 1, &waiter.waiter, deadline_ns), TRI_SELECT_LATE));
    cr_assert(ge(i64, tri_clock_now(), deadline_ns));
    cr_assert(gt(int, waiter.waits, 0));
    item = 1;
    tri_chan_try_send(chan, &item);
    cr_assert(eq(int, waiter.wakes, 0));
    tri_chan_free(chan);
}
