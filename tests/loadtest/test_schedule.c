/*
 * test_schedule.c - arrivals come when the arithmetic says.
 */
#include "loadtest/schedule.h"

#include <math.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"

TestSuite(loadtest_schedule, .timeout = 20);

Test(loadtest_schedule, workers_share_a_constant_rate_evenly)
{
    struct tri_schedule_plan plan = {1000, 1000, TRI_SECOND, false, 1};
    struct tri_schedule schedules[3];
    for (uint32_t i = 0; i < 3; i++)
        tri_schedule_init(&schedules[i], &plan, i, 3);
    for (int64_t k = 0; k < 300; k++) {
        int64_t at_ns = tri_schedule_next(&schedules[k % 3]);
        cr_assert(le(i64, llabs(at_ns - k * TRI_MILLISECOND), 1));
    }
}

Test(loadtest_schedule, ramps_hold_the_rate_of_their_moment)
{
    struct tri_schedule_plan plan = {100, 1000, 10 * TRI_SECOND, false, 1};
    struct tri_schedule schedule;
    int64_t at_ns, count = 0, in_last = 0;
    tri_schedule_init(&schedule, &plan, 0, 1);
    while ((at_ns = tri_schedule_next(&schedule)) < 10 * TRI_SECOND) {
        count++;
        in_last += at_ns >= 9 * TRI_SECOND;
    }
    cr_assert(le(i64, llabs(count - 5500), 1));  /* the mean of both rates for ten seconds */
    cr_assert(le(i64, llabs(in_last - 955), 1)); /* 910 to 1,000 */
}

Test(loadtest_schedule, ramps_down_to_nothing_end)
{
    struct tri_schedule_plan plan = {100, 0, 10 * TRI_SECOND, false, 1};
    struct tri_schedule schedule;
    int count = 0;
    tri_schedule_init(&schedule, &plan, 0, 1);
    while (tri_schedule_next(&schedule) != TRI_NEVER && count < 1000)
        count++;
    cr_assert(le(i32, abs(count - 500), 1));
}

Test(loadtest_schedule, poisson_gaps_are_exponential)
{
    struct tri_schedule_plan plan = {1000, 1000, TRI_SECOND, true, 42};
    struct tri_schedule schedule;
    int64_t last_ns = 0;
    double sum = 0, squares = 0;
    const int gaps = 200000;
    tri_schedule_init(&schedule, &plan, 0, 1);
    for (int i = 0; i < gaps; i++) {
        int64_t at_ns = tri_schedule_next(&schedule);
        double gap = (double)(at_ns - last_ns) / 1e6;
        last_ns = at_ns;
        sum += gap;
        squares += gap * gap;
    }
    double mean = sum / gaps, deviation = sqrt(squares / gaps - mean * mean);
    cr_assert(epsilon_eq(dbl, mean, 1, 0.01)); /* ms; both are the same for an exponential */
    cr_assert(epsilon_eq(dbl, deviation, 1, 0.02));
}

Test(loadtest_schedule, a_seed_makes_the_same_schedule_again)
{
    struct tri_schedule_plan plan = {1000, 1000, TRI_SECOND, true, 7};
    struct tri_schedule a, b, other;
    int same = 0;
    tri_schedule_init(&a, &plan, 0, 2);
    tri_schedule_init(&b, &plan, 0, 2);
    tri_schedule_init(&other, &plan, 1, 2);
    for (int i = 0; i < 1000; i++) {
        int64_t at_ns = tri_schedule_next(&a);
        cr_assert(eq(i64, at_ns, tri_schedule_next(&b)));
        same += at_ns == tri_schedule_next(&other);
    }
    cr_assert(lt(i32, same, 10));
}
