/*
 * test_clock.c - deadlines saturate instead of wrapping into the past.
 */
#include "server/base/clock.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(base_clock, .timeout = 5);

Test(base_clock, never_goes_back)
{
    int64_t before = tri_clock_now();
    for (int i = 0; i < 1000; i++) {
        int64_t now = tri_clock_now();
        cr_assert(ge(i64, now, before));
        before = now;
    }
}

Test(base_clock, after_adds_and_saturates)
{
    cr_assert(eq(i64, tri_clock_after(5, 10), 15));
    cr_assert(eq(i64, tri_clock_after(5, 0), TRI_NEVER));
    cr_assert(eq(i64, tri_clock_after(5, -1), TRI_NEVER));
    cr_assert(eq(i64, tri_clock_after(5, TRI_NEVER), TRI_NEVER));
    cr_assert(eq(i64, tri_clock_after(5, TRI_NEVER - 4), TRI_NEVER));
    cr_assert(eq(i64, tri_clock_after(5, TRI_NEVER - 5), TRI_NEVER));
    cr_assert(eq(i64, tri_clock_after(5, TRI_NEVER - 6), TRI_NEVER - 1));
}
