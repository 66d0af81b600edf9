/*
 * waking.c - see waking.h. The step up is 19 times the step down: as often as it is late it is
 * early 19 times, and stays where it is on average.
 */
#include "loadtest/waking.h"

#include "server/base/clock.h"

#define LEAST_NS INT64_C(150000)
#define MOST_NS TRI_MILLISECOND
#define SHARE 0.2 /* of a CPU */
#define UP_NS 19000
#define DOWN_NS 1000

void tri_waking_init(struct tri_waking *waking, double rate, int64_t given_ns)
{
    double most_ns = rate > 0 ? SHARE / rate * TRI_SECOND : MOST_NS;
    *waking = (struct tri_waking){given_ns, given_ns, given_ns};
    if (given_ns >= 0)
        return;
    waking->least_ns = most_ns >= LEAST_NS ? LEAST_NS : 0;
    waking->most_ns = most_ns >= MOST_NS ? MOST_NS : waking->least_ns ? (int64_t)most_ns : 0;
    waking->early_ns = waking->least_ns;
}

void tri_waking_learn(struct tri_waking *waking, int64_t late_ns)
{
    int64_t early_ns = waking->early_ns + (late_ns > waking->early_ns ? UP_NS : -DOWN_NS);
    if (early_ns < waking->least_ns)
        early_ns = waking->least_ns;
    waking->early_ns = early_ns < waking->most_ns ? early_ns : waking->most_ns;
}
