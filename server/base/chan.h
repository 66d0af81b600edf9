/*
 * chan.h - channels: bounded queues between whoever waits, in the style of CSP.
 *
 * Items are copied in and out, `item_bytes` each, first in, first out. A select waits for the first
 * of several cases, each to send to a channel or to take from one; of those that are ready it takes
 * one in turn, so that none is starved.
 *
 * A channel does not know how to wait. tri_select_try() leaves the caller's waker (waker.h) with
 * all channels and returns; the caller waits in its own way, until it is woken, and tries again.
 * So a plain thread, a coroutine, and a connection that has neither can use the same channel.
 *
 * Who waits stands in line: each item wakes the longest waiting taker and no other, each place that
 * becomes free the longest waiting sender. It is only told, the item is not kept for it, so another
 * may be quicker; then it stands in line again.
 *
 * Why no wake-up is lost. Under the channel's lock, a case is put in line only while it is not
 * ready, and whatever makes it ready takes the first out of the line and wakes it, in one hold. So
 * a case in line is either not ready, or somebody before it was told and has yet to come. Who was
 * told comes and tries all its cases; if it leaves (tri_select_leave, or by another case) with the
 * channel still ready, it passes the word to the next in line.
 *
 * Locks and memory: each channel has a lock, and none is held while another is taken. Wakers are
 * called under it: after tri_select_leave() none of its calls is under way, and the cases and the
 * waker may go away. All calls are for any thread; each case belongs to one at a time.
 *
 * There is no channel without capacity: to meet, one side would have to be claimed by the other
 * while it stands in several lines, for which the word alone does not do.
 */
#pragma once

#include "server/base/list.h"
#include "server/base/waker.h"

#include <stdbool.h>
#include <stdint.h>

struct tri_chan; /* opaque */

enum tri_chan_result {
    TRI_CHAN_DONE,   /* the item was copied                                            */
    TRI_CHAN_LATER,  /* full, or empty                                                 */
    TRI_CHAN_CLOSED, /* nothing can be sent; nothing is left to take and nothing comes */
};

/* A channel for `capacity` items, 1 or more; NULL when out of memory. */
struct tri_chan *tri_chan_new(uint32_t capacity, uint32_t item_bytes);

/* What is left in it is forgotten. Nobody may use it or stand in line any more. */
void tri_chan_free(struct tri_chan *chan);

/* Now or not at all. */
enum tri_chan_result tri_chan_try_send(struct tri_chan *chan, const void *item);
enum tri_chan_result tri_chan_try_take(struct tri_chan *chan, void *item);

/* No more will be sent: wakes all. What is in it can still be taken. Safe to repeat. */
void tri_chan_close(struct tri_chan *chan);

/* --- select --- */

struct tri_case {
    struct tri_chan *chan;       /* borrowed */
    const void *from;            /* borrowed; the item to send, or NULL to take   */
    void *into;                  /* borrowed; where to copy the item that is taken */
    enum tri_chan_result result; /* of the case that was chosen: DONE or CLOSED    */

    /* the rest belongs to chan.c, under the channel's lock */
    struct tri_link link;    /* in line */
    struct tri_waker *waker; /* borrowed while it has a part in the channel; else NULL */
    bool told;               /* it was taken out of the line and woken */
};

static inline struct tri_case tri_case_send(struct tri_chan *chan, const void *item)
{
    return (struct tri_case){.chan = chan, .from = item};
}

static inline struct tri_case tri_case_take(struct tri_chan *chan, void *item)
{
    return (struct tri_case){.chan = chan, .into = item};
}

enum { TRI_SELECT_WAIT = -1, TRI_SELECT_LATE = -2, TRI_SELECT_ENDING = -3 };

/*
 * Do one of the cases that are ready; else stand in line for all of them.
 *   cases    fresh ones, or those of the call before; they stay where they are in memory
 *   waker    borrowed until the select is over: woken when trying again is worth while
 *   returns  the number of the case that was done, and the select is over; or TRI_SELECT_WAIT:
 *            try again later, or tri_select_leave()
 */
int tri_select_try(struct tri_case *cases, unsigned count, struct tri_waker *waker);

/* Give up. Safe on cases that stand nowhere. */
void tri_select_leave(struct tri_case *cases, unsigned count);

/* Somebody who can wait. */
struct tri_waiter {
    struct tri_waker waker;
    /* Return after a wake-up that came since the last call, or at the deadline; or sooner. */
    void (*wait)(struct tri_waiter *waiter, int64_t deadline_ns);
};

/*
 * Wait until one of the cases is done; returns its number, or TRI_SELECT_LATE at `deadline_ns`.
 */
int tri_chan_select(struct tri_case *cases, unsigned count, struct tri_waiter *waiter,
                    int64_t deadline_ns);
