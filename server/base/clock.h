/*
 * clock.h - monotonic time in nanoseconds, the only time that deadlines are made of.
 *
 * Why: absolute int64_t nanoseconds add, compare and cross layers without a unit mistake, and a
 * clock that never jumps cannot fire a deadline early. Read it once per step and pass it on.
 */
#pragma once

#include <stdint.h>
#include <time.h>

#define TRI_NEVER INT64_MAX
#define TRI_MILLISECOND INT64_C(1000000)
#define TRI_SECOND INT64_C(1000000000)

/* CLOCK_MONOTONIC now, in nanoseconds. */
static inline int64_t tri_clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * TRI_SECOND + now.tv_nsec;
}

/* now + span, saturating at TRI_NEVER; a span of 0 or less means "no deadline". */
static inline int64_t tri_clock_after(int64_t now_ns, int64_t span_ns)
{
    return span_ns <= 0 || span_ns >= TRI_NEVER - now_ns ? TRI_NEVER : now_ns + span_ns;
}
