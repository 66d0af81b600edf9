/*
 * test_timers.c - the heap against a table that is searched from end to end.
 */
#include "modes/mn/timers.h"

#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"

enum { COUNT = 200 };

TestSuite(mn_timers, .timeout = 20);

static struct tri_timers timers;
static struct tri_timer pool[COUNT];
static int64_t model[COUNT]; /* TRI_NEVER: not set */

static int64_t earliest(void)
{
    int64_t least = TRI_NEVER;
    for (int i = 0; i < COUNT; i++)
        if (model[i] < least)
            least = model[i];
    return least;
}

static void assert_agree(void)
{
    cr_assert(eq(i64, tri_timers_next(&timers), earliest()));
    for (int i = 0; i < COUNT; i++)
        cr_assert(eq(i64, tri_timers_at(&timers, &pool[i]), model[i]), "timer %d", i);
}

static void open_timers(void)
{
    cr_assert(tri_timers_init(&timers, COUNT));
    for (int i = 0; i < COUNT; i++)
        model[i] = TRI_NEVER;
}

Test(mn_timers, have_no_next_when_empty)
{
    open_timers();
    cr_assert(eq(i64, tri_timers_next(&timers), TRI_NEVER));
    cr_assert(eq(ptr, tri_timers_due(&timers, TRI_NEVER - 1), NULL));
    tri_timers_remove(&timers, &pool[0]);
    tri_timers_deinit(&timers);
}

Test(mn_timers, are_due_at_their_time_and_not_before)
{
    open_timers();
    tri_timers_set(&timers, &pool[0], 100);
    cr_assert(eq(ptr, tri_timers_due(&timers, 99), NULL));
    cr_assert(eq(ptr, tri_timers_due(&timers, 100), &pool[0]));
    cr_assert(eq(ptr, tri_timers_due(&timers, 101), &pool[0]));
    tri_timers_deinit(&timers);
}

Test(mn_timers, agree_with_a_table_whatever_is_done_to_them)
{
    open_timers();
    srandom(1);
    for (int turn = 0; turn < 20000; turn++) {
        int i = (int)(random() % COUNT);
        if (random() % 4 == 0) {
            tri_timers_remove(&timers, &pool[i]);
            model[i] = TRI_NEVER;
        } else {
            model[i] = random() % 500; /* many are equal */
            tri_timers_set(&timers, &pool[i], model[i]);
        }
        if (turn % 16 == 0)
            assert_agree();
    }
    tri_timers_deinit(&timers);
}

Test(mn_timers, come_out_in_order)
{
    open_timers();
    srandom(2);
    for (int i = 0; i < COUNT; i++)
        tri_timers_set(&timers, &pool[i], random() % 1000);
    int64_t last = 0;
    for (int i = 0; i < COUNT; i++) {
        struct tri_timer *first = tri_timers_due(&timers, 1000);
        cr_assert(ne(ptr, first, NULL));
        cr_assert(ge(i64, tri_timers_at(&timers, first), last));
        last = tri_timers_at(&timers, first);
        tri_timers_remove(&timers, first);
    }
    cr_assert(eq(i64, tri_timers_next(&timers), TRI_NEVER));
    tri_timers_deinit(&timers);
}
