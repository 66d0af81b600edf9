/*
 * schedule.c - arrivals by inversion of the expected count; see schedule.h.
 *
 * The expected number of arrivals until t is N(t) = a t + (b - a) t^2 / 2D for a rate that goes
 * from a to b within D. The k-th arrival is where N(t) = k; for Poisson arrivals k grows by
 * exponentially distributed steps instead of by ones.
 */
#include "loadtest/schedule.h"

#include <math.h>

#include "server/base/clock.h"

uint64_t tri_random_seed(uint64_t seed, uint64_t stream)
{
    /* splitmix64: streams that are neighbours have nothing in common */
    uint64_t z = seed + (stream + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return z ? z : 1;
}

double tri_random(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return (double)((x * UINT64_C(0x2545f4914f6cdd1d)) >> 11) / 9007199254740992.0;
}

void tri_schedule_init(struct tri_schedule *schedule, const struct tri_schedule_plan *plan,
                       uint32_t worker, uint32_t workers)
{
    *schedule = (struct tri_schedule){
        .rate = plan->rate,
        .rate_end = plan->rate_end,
        .span_s = (double)plan->span_ns / 1e9,
        .poisson = plan->poisson,
        .offset = worker,
        .stride = workers,
        .random = tri_random_seed(plan->seed, worker),
    };
}

/* Where N(t) = position; negative when that is never. */
static double time_of(const struct tri_schedule *schedule, double position)
{
    double a = schedule->rate, growth = 0;
    if (schedule->span_s > 0)
        growth = (schedule->rate_end - schedule->rate) / schedule->span_s;
    if (growth == 0)
        return a > 0 ? position / a : -1;
    double at_end = (schedule->rate + schedule->rate_end) / 2 * schedule->span_s;
    if (position > at_end) /* beyond the ramp the rate stays */
        return schedule->rate_end > 0 ? schedule->span_s + (position - at_end) / schedule->rate_end
                                      : -1;
    double inside = a * a + 2 * growth * position;
    if (inside < 0)
        return -1;
    /* the form that does not subtract two nearly equal numbers */
    double denominator = a + sqrt(inside);
    return denominator > 0 ? 2 * position / denominator : 0;
}

int64_t tri_schedule_next(struct tri_schedule *schedule)
{
    if (schedule->poisson)
        schedule->position += -log(1 - tri_random(&schedule->random)) * schedule->stride;
    else
        schedule->position = (double)schedule->count * schedule->stride + schedule->offset;
    schedule->count++;
    double at_s = time_of(schedule, schedule->position);
    return at_s < 0 || at_s > 1e9 ? TRI_NEVER : (int64_t)(at_s * 1e9);
}
