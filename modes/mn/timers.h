/*
 * timers.h - which deadline comes first: a min-heap whose entries know their place.
 *
 *     heap    [ at_ns | timer ] [ at_ns | timer ] ...      times lie beside each other: sifting
 *                          |                               touches no timer but to note its place
 *     timer   { place } <--+
 *
 * Four children per node: half the levels of a binary heap, and siblings share a cache line.
 * Add, move and remove cost O(log n), the earliest O(1). Memory for `capacity` timers is reserved
 * at once (and committed as it is touched), so nothing here can fail later.
 *
 * Threads: nothing here locks; a processor guards its timers by a lock of its own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct tri_timer {
    uint32_t place; /* 1 + its index in the heap; 0: not in one */
};

struct tri_timers {
    struct tri_timer_entry *heap; /* owned */
    uint32_t count;
    uint32_t capacity;
};

bool tri_timers_init(struct tri_timers *timers, uint32_t capacity);
void tri_timers_deinit(struct tri_timers *timers);

/* Fire `timer` at `at_ns`: adds it, or moves it when it is there already. */
void tri_timers_set(struct tri_timers *timers, struct tri_timer *timer, int64_t at_ns);

/* No-op when it is not in the heap. */
void tri_timers_remove(struct tri_timers *timers, struct tri_timer *timer);

/* When it will fire; TRI_NEVER when it is not in the heap. */
int64_t tri_timers_at(const struct tri_timers *timers, const struct tri_timer *timer);

/* When the first one fires; TRI_NEVER when there is none. */
int64_t tri_timers_next(const struct tri_timers *timers);

/* The first one if its time is `now_ns` or before, else NULL; it stays in the heap. */
struct tri_timer *tri_timers_due(const struct tri_timers *timers, int64_t now_ns);
