/*
 * schedule.h - when each request of an open loop is meant to be sent, fixed before the first one.
 *
 * Why: a client that waits for the server before it decides when to send asks it only when it is
 * able to answer, and never sees the queue that real clients would stand in (coordinated
 * omission). Here time of arrival is a function of the arrival's number and the seed alone.
 *
 * The rate may change linearly over the run. Arrivals of one worker of many are every
 * `stride`-th of the whole schedule when constant, and a Poisson process of their own share when
 * not: the sum of such is the Poisson process that was asked for.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct tri_schedule {
    double rate, rate_end; /* arrivals a second of the whole run, at its begin and its end */
    double span_s;         /* over which the rate changes */
    bool poisson;
    uint32_t offset, stride; /* which of so many workers */
    uint64_t count;          /* arrivals taken */
    double position;         /* expected number of arrivals of the whole run until the next one */
    uint64_t random;         /* state of the generator */
};

struct tri_schedule_plan {
    double rate, rate_end;
    int64_t span_ns;
    bool poisson;
    uint64_t seed;
};

void tri_schedule_init(struct tri_schedule *schedule, const struct tri_schedule_plan *plan,
                       uint32_t worker, uint32_t workers);

/* Nanoseconds from time zero to the next arrival, which is then taken. TRI_NEVER: there is none. */
int64_t tri_schedule_next(struct tri_schedule *schedule);

/* A number in [0, 1) out of a state that must not be 0 (xorshift64*). */
double tri_random(uint64_t *state);

/* A state from a seed, different for each `stream`. */
uint64_t tri_random_seed(uint64_t seed, uint64_t stream);
