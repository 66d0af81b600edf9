/*
 * timers.c - a 4-ary min-heap. Node i has the children 4i+1 .. 4i+4 and the parent (i-1)/4.
 *
 * Invariants: heap[i].at_ns is not before its parent's; heap[i].timer->place == i + 1.
 */
#include "modes/mn/timers.h"

#include <stdlib.h>

#include "server/base/assert.h"
#include "server/base/clock.h"

enum { CHILDREN = 4 };

struct tri_timer_entry {
    int64_t at_ns;
    struct tri_timer *timer; /* borrowed */
};

bool tri_timers_init(struct tri_timers *timers, uint32_t capacity)
{
    *timers = (struct tri_timers){.capacity = capacity};
    timers->heap = calloc(capacity, sizeof(*timers->heap));
    return timers->heap != NULL;
}

void tri_timers_deinit(struct tri_timers *timers)
{
    free(timers->heap);
    *timers = (struct tri_timers){0};
}

static void place(struct tri_timers *timers, uint32_t at, struct tri_timer_entry entry)
{
    timers->heap[at] = entry;
    entry.timer->place = at + 1;
}

/* Put `entry` at the hole `at` or above it. */
static void sift_up(struct tri_timers *timers, uint32_t at, struct tri_timer_entry entry)
{
    while (at > 0) {
        uint32_t parent = (at - 1) / CHILDREN;
        if (timers->heap[parent].at_ns <= entry.at_ns)
            break;
        place(timers, at, timers->heap[parent]);
        at = parent;
    }
    place(timers, at, entry);
}

/* Put `entry` at the hole `at` or below it. */
static void sift_down(struct tri_timers *timers, uint32_t at, struct tri_timer_entry entry)
{
    for (;;) {
        uint32_t first = at * CHILDREN + 1, least = first;
        if (first >= timers->count)
            break;
        for (uint32_t i = first + 1; i < first + CHILDREN && i < timers->count; i++)
            if (timers->heap[i].at_ns < timers->heap[least].at_ns)
                least = i;
        if (entry.at_ns <= timers->heap[least].at_ns)
            break;
        place(timers, at, timers->heap[least]);
        at = least;
    }
    place(timers, at, entry);
}

void tri_timers_set(struct tri_timers *timers, struct tri_timer *timer, int64_t at_ns)
{
    struct tri_timer_entry entry = {at_ns, timer};
    if (timer->place == 0) {
        tri_assert(timers->count < timers->capacity);
        sift_up(timers, timers->count++, entry);
    } else if (at_ns < timers->heap[timer->place - 1].at_ns) {
        sift_up(timers, timer->place - 1, entry);
    } else {
        sift_down(timers, timer->place - 1, entry);
    }
}

void tri_timers_remove(struct tri_timers *timers, struct tri_timer *timer)
{
    if (timer->place == 0)
        return;
    uint32_t hole = timer->place - 1;
    struct tri_timer_entry last = timers->heap[--timers->count];
    timer->place = 0;
    if (last.timer == timer)
        return;
    if (hole > 0 && last.at_ns < timers->heap[(hole - 1) / CHILDREN].at_ns)
        sift_up(timers, hole, last);
    else
        sift_down(timers, hole, last);
}

int64_t tri_timers_at(const struct tri_timers *timers, const struct tri_timer *timer)
{
    return timer->place == 0 ? TRI_NEVER : timers->heap[timer->place - 1].at_ns;
}

int64_t tri_timers_next(const struct tri_timers *timers)
{
    return timers->count == 0 ? TRI_NEVER : timers->heap[0].at_ns;
}

struct tri_timer *tri_timers_due(const struct tri_timers *timers, int64_t now_ns)
{
    return tri_timers_next(timers) <= now_ns ? timers->heap[0].timer : NULL;
}
