/*
 * ticks.h - what /stream and /events share: a text per tick, written as there is time and room.
 *
 *     due? --no--> tri_next_at(due)          full? --yes--> tri_next_room()
 *
 * Invariant: a tick that came late because the client did not read is not made up for by a burst.
 */
#pragma once

#include "server/base/slice.h"
#include "server/http/exchange.h"

#include <stdbool.h>
#include <stdint.h>

#define TRI_TICK_BYTES 128 /* the longest text of one tick */

/*
 * Print tick `number` (from 1), `elapsed_ms` after the first one.
 *   returns  bytes, less than TRI_TICK_BYTES
 */
typedef int tri_tick_print(char text[static TRI_TICK_BYTES], int64_t number, int64_t elapsed_ms);

struct tri_ticks {         /* lives in x->state */
    int64_t count;         /* ticks in all, 0: until the server drains */
    int64_t gap_ns;        /* from one to the next */
    tri_tick_print *print; /* borrowed */
    struct tri_slice type; /* static */
    bool ends_on_drain;
    /*
     * Something else to be sent while no tick is due, or NULL. Returns a text that is valid until
     * the next call; empty: nothing now, and x->waker is woken when there is something.
     */
    struct tri_slice (*between)(struct tri_exchange *x, void *of);
    void *of; /* borrowed; for between */

    /* the rest belongs to ticks.c */
    int64_t start_ns, due_ns, printed;
    struct tri_slice unsent; /* of `text` */
    char text[TRI_TICK_BYTES];
};

/* Put `ticks` into x->state and make the first tick due now; false when out of memory. */
bool tri_ticks_start(struct tri_exchange *x, const struct tri_ticks *ticks);

/* Do what can be done now. Call it from the handler, every time, with the state started above. */
struct tri_next tri_ticks_run(struct tri_exchange *x);
