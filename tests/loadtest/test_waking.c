/*
 * test_waking.c - how early a thread wakes up follows how late it was, and is worth its CPU.
 */
#include "loadtest/waking.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"

TestSuite(loadtest_waking, .timeout = 10);

Test(loadtest_waking, what_was_given_stays)
{
    static const int64_t given_ns[] = {0, 10000, TRI_SECOND};
    struct tri_waking waking;
    for (unsigned i = 0; i < 3; i++) {
        tri_waking_init(&waking, 100, given_ns[i]);
        for (unsigned k = 0; k < 100; k++) {
            tri_waking_learn(&waking, k % 2 ? 0 : 10 * TRI_SECOND);
            cr_assert(eq(i64, waking.early_ns, given_ns[i]));
        }
    }
}

Test(loadtest_waking, it_costs_a_fifth_of_a_cpu_at_most)
{
    static const struct {
        double rate;
        int64_t least_ns, most_ns;
    } rows[] = {{0, 150000, 1000000},   {100, 150000, 1000000}, {200, 150000, 1000000},
                {1000, 150000, 200000}, {1300, 150000, 153846}, {1400, 0, 0}};
    struct tri_waking waking;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tri_waking_init(&waking, rows[i].rate, -1);
        cr_assert(eq(i64, waking.early_ns, rows[i].least_ns), "%.0f/s", rows[i].rate);
        for (unsigned k = 0; k < 1000; k++)
            tri_waking_learn(&waking, TRI_SECOND);
        cr_assert(eq(i64, waking.early_ns, rows[i].most_ns), "%.0f/s", rows[i].rate);
        for (unsigned k = 0; k < 1000; k++)
            tri_waking_learn(&waking, 0);
        cr_assert(eq(i64, waking.early_ns, rows[i].least_ns), "%.0f/s", rows[i].rate);
    }
}

/* Late by 200 to 400 us, evenly: 19 of 20 are no later than 390. */
Test(loadtest_waking, nearly_all_are_in_time)
{
    struct tri_waking waking;
    unsigned in_time = 0;
    tri_waking_init(&waking, 100, -1);
    for (unsigned i = 0; i < 11000; i++) {
        int64_t late_ns = 200000 + (int64_t)(i * 7919 % 200000);
        in_time += i >= 1000 && late_ns <= waking.early_ns;
        tri_waking_learn(&waking, late_ns);
    }
    cr_assert(ge(u32, in_time, 9300));
    cr_assert(le(u32, in_time, 9700));
}
