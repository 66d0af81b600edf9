/*
 * chan.c - bounded queues, and standing in line for them; see chan.h.
 */
#include "server/base/chan.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/assert.h"
#include "server/base/clock.h"

struct tri_chan {
    pthread_mutex_t lock;            /* guards all that changes */
    struct tri_link takers, senders; /* of tri_case.link: who stands in line, longest first */
    uint32_t capacity, item_bytes;
    uint32_t first, count; /* of the ring */
    bool closed;
    _Alignas(16) char items[];
};

struct tri_chan *tri_chan_new(uint32_t capacity, uint32_t item_bytes)
{
    tri_assert(capacity > 0 && item_bytes > 0);
    struct tri_chan *chan = malloc(sizeof(*chan) + (size_t)capacity * item_bytes);
    if (!chan)
        return NULL;
    *chan = (struct tri_chan){.capacity = capacity, .item_bytes = item_bytes};
    pthread_mutex_init(&chan->lock, NULL);
    tri_link_init(&chan->takers);
    tri_link_init(&chan->senders);
    return chan;
}

void tri_chan_free(struct tri_chan *chan)
{
    if (!chan)
        return;
    tri_assert(tri_list_is_empty(&chan->takers) && tri_list_is_empty(&chan->senders));
    pthread_mutex_destroy(&chan->lock);
    free(chan);
}

/* --- under the lock --- */

static char *item_at(struct tri_chan *chan, uint32_t number)
{
    uint64_t place = ((uint64_t)chan->first + number) % chan->capacity;
    return chan->items + place * chan->item_bytes;
}

static bool can_send(const struct tri_chan *chan)
{
    return chan->closed || chan->count < chan->capacity;
}

static bool can_take(const struct tri_chan *chan)
{
    return chan->closed || chan->count > 0;
}

/* The first in line is told, and stands in line no more. False: there is nobody. */
static bool tell_first(struct tri_link *line)
{
    if (tri_list_is_empty(line))
        return false;
    struct tri_case *first = TRI_CONTAINER(line->next, struct tri_case, link);
    tri_list_remove(&first->link);
    first->told = true;
    first->waker->wake(first->waker);
    return true;
}

static enum tri_chan_result send(struct tri_chan *chan, const void *item)
{
    if (chan->closed)
        return TRI_CHAN_CLOSED;
    if (chan->count == chan->capacity)
        return TRI_CHAN_LATER;
    memcpy(item_at(chan, chan->count++), item, chan->item_bytes);
    tell_first(&chan->takers);
    return TRI_CHAN_DONE;
}

static enum tri_chan_result take(struct tri_chan *chan, void *item)
{
    if (chan->count == 0)
        return chan->closed ? TRI_CHAN_CLOSED : TRI_CHAN_LATER;
    memcpy(item, item_at(chan, 0), chan->item_bytes);
    chan->first = (chan->first + 1) % chan->capacity;
    chan->count--;
    tell_first(&chan->senders);
    return TRI_CHAN_DONE;
}

/* --- one channel --- */

enum tri_chan_result tri_chan_try_send(struct tri_chan *chan, const void *item)
{
    pthread_mutex_lock(&chan->lock);
    enum tri_chan_result result = send(chan, item);
    pthread_mutex_unlock(&chan->lock);
    return result;
}

enum tri_chan_result tri_chan_try_take(struct tri_chan *chan, void *item)
{
    pthread_mutex_lock(&chan->lock);
    enum tri_chan_result result = take(chan, item);
    pthread_mutex_unlock(&chan->lock);
    return result;
}

void tri_chan_close(struct tri_chan *chan)
{
    pthread_mutex_lock(&chan->lock);
    chan->closed = true;
    while (tell_first(&chan->takers) || tell_first(&chan->senders))
        continue;
    pthread_mutex_unlock(&chan->lock);
}

/* --- select --- */

/* Do a case if it is ready, else stand in line for it, unless it does already. */
static bool try_case(struct tri_case *one, struct tri_waker *waker, bool stands_in_line)
{
    struct tri_chan *chan = one->chan;
    pthread_mutex_lock(&chan->lock);
    one->result = one->from ? send(chan, one->from) : take(chan, one->into);
    bool is_done = one->result != TRI_CHAN_LATER;
    if (!is_done && stands_in_line && (!one->waker || one->told)) {
        one->waker = waker;
        one->told = false;
        tri_list_add(one->from ? &chan->senders : &chan->takers, &one->link);
    }
    pthread_mutex_unlock(&chan->lock);
    return is_done;
}

static void leave(struct tri_case *one)
{
    struct tri_chan *chan = one->chan;
    if (!one->waker) /* its own to read: only try_case and this write it */
        return;
    pthread_mutex_lock(&chan->lock);
    if (!one->told)
        tri_list_remove(&one->link);
    else if (one->from ? can_send(chan) : can_take(chan))
        tell_first(one->from ? &chan->senders : &chan->takers);
    one->waker = NULL;
    one->told = false;
    pthread_mutex_unlock(&chan->lock);
}

void tri_select_leave(struct tri_case *cases, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        leave(&cases[i]);
}

int tri_select_try(struct tri_case *cases, unsigned count, struct tri_waker *waker)
{
    static atomic_uint turns; /* where to begin to look: whose turn it is to be the first */
    unsigned first = count > 1 ? atomic_fetch_add_explicit(&turns, 1, memory_order_relaxed) : 0;
    for (unsigned i = 0; i < 2 * count; i++) { /* all once, before standing in line for any */
        unsigned number = (first + i) % count;
        if (try_case(&cases[number], waker, i >= count)) {
            tri_select_leave(cases, count);
            return (int)number;
        }
    }
    return TRI_SELECT_WAIT;
}

int tri_chan_select(struct tri_case *cases, unsigned count, struct tri_waiter *waiter,
                    int64_t deadline_ns)
{
    int number;
    while ((number = tri_select_try(cases, count, &waiter->waker)) == TRI_SELECT_WAIT) {
        if (tri_clock_now() >= deadline_ns) {
            tri_select_leave(cases, count);
            return TRI_SELECT_LATE;
        }
        waiter->wait(waiter, deadline_ns);
    }
    return number;
}
