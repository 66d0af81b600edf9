/*
 * hub.h - one says something, and all who listen hear it.
 *
 *     speaker --tri_hub_say()--> hub --+--> [channel] --> subscriber, an open exchange
 *                                      +--> [channel] --> subscriber
 *                                      +--> [channel] --> subscriber
 *
 * What is said is one text in memory, formatted once, which all channels share by reference. Each
 * subscriber has a bounded channel of its own (base/chan.h): one that does not keep up loses what
 * finds its channel full, and is told how many texts that were, in the place where they are
 * missing. Nobody waits for a slow one.
 *
 * Locks: the hub's, which guards the list of subscribers and is held while a text goes round; below
 * it those of the channels, and of the modes that are told by their wakers.
 */
#pragma once

#include "server/base/chan.h"
#include "server/base/list.h"
#include "server/base/slice.h"
#include "server/base/waker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TRI_HUB_BACKLOG 64     /* texts that may wait for one subscriber */
#define TRI_HUB_SAY_BYTES 4096 /* of a text, before it is formatted       */

struct tri_text; /* shared by reference */

struct tri_hub {
    pthread_mutex_t lock;
    struct tri_link subscribers; /* under lock */
};

/* The value of a hub called `hub`. */
#define TRI_HUB(hub)                                                                               \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER,                                                                 \
        {                                                                                          \
            &(hub).subscribers, &(hub).subscribers                                                 \
        }                                                                                          \
    }

struct tri_hub_item {
    struct tri_text *text; /* a reference, owned */
    uint32_t lost;         /* texts before it    */
};

struct tri_subscriber {    /* embedded by its owner */
    struct tri_hub *hub;   /* borrowed; NULL: it does not listen */
    struct tri_link link;  /* in hub->subscribers */
    struct tri_chan *chan; /* owned */
    struct tri_case take;
    struct tri_hub_item item; /* taken, and not yet returned */
    struct tri_text *held;    /* a reference, owned: what was returned last */
    atomic_uint lost;         /* since the last text that found room */
    char note[48];
};

/* Listen from now on; false when out of memory. */
bool tri_hub_join(struct tri_hub *hub, struct tri_subscriber *subscriber);

/* Listen no more, and give everything back. Safe on one that does not. */
void tri_hub_leave(struct tri_subscriber *subscriber);

/*
 * What the subscriber has not heard yet, as one server-sent event: a text, or how many were lost.
 *   waker    borrowed until the subscriber leaves: woken when there is more
 *   returns  valid until the next call; empty: nothing now
 */
struct tri_slice tri_hub_hear(struct tri_subscriber *subscriber, struct tri_waker *waker);

/*
 * Say something, TRI_HUB_SAY_BYTES at most, to all who listen.
 *   *ret_reached  how many will hear it
 *   returns       false when out of memory
 */
bool tri_hub_say(struct tri_hub *hub, struct tri_slice words, unsigned *ret_reached);
