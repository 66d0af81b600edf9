/*
 * hub.c - one says something, and all who listen hear it; see hub.h.
 */
#include "server/handlers/hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/assert.h"

/* --- texts: server-sent events, each in memory once --- */

struct tri_text {
    atomic_uint references;
    size_t len;
    char bytes[];
};

static void drop(struct tri_text *text)
{
    if (text && atomic_fetch_sub(&text->references, 1) == 1)
        free(text);
}

/* The first line of `words`, which then begin behind its end: LF, CR or CRLF, as the format has it.
 */
static struct tri_slice next_line(struct tri_slice *words)
{
    size_t len = 0;
    while (len < words->len && words->at[len] != '\n' && words->at[len] != '\r')
        len++;
    struct tri_slice line = {words->at, len};
    bool is_pair = len + 1 < words->len && words->at[len] == '\r' && words->at[len + 1] == '\n';
    size_t end = len + (len < words->len) + is_pair;
    *words = end > 0 ? tri_slice_from(*words, end) : *words;
    return line;
}

/* A line of data for each line: else what one says could end the event, or name another field. */
static struct tri_text *format(struct tri_slice words)
{
    static const char data[] = "data: ";
    const size_t name = sizeof(data) - 1;
    struct tri_text *text = malloc(sizeof(*text) + (words.len + 1) * (name + 1) + words.len + 1);
    if (!text)
        return NULL;
    atomic_init(&text->references, 1);
    char *at = text->bytes;
    do {
        struct tri_slice line = next_line(&words);
        memcpy(at, data, name);
        if (line.len > 0)
            memcpy(at + name, line.at, line.len);
        at += name + line.len;
        *at++ = '\n';
    } while (words.len > 0);
    *at++ = '\n';
    text->len = (size_t)(at - text->bytes);
    return text;
}

/* --- speaking --- */

/* Under the hub's lock, so that the count of what was lost has one writer who adds. */
static bool hand(struct tri_subscriber *subscriber, struct tri_text *text)
{
    struct tri_hub_item item = {text, atomic_exchange(&subscriber->lost, 0)};
    atomic_fetch_add(&text->references, 1);
    if (tri_chan_try_send(subscriber->chan, &item) == TRI_CHAN_DONE)
        return true;
    atomic_fetch_add(&subscriber->lost, item.lost + 1);
    drop(text);
    return false;
}

bool tri_hub_say(struct tri_hub *hub, struct tri_slice words, unsigned *ret_reached)
{
    tri_assert(words.len <= TRI_HUB_SAY_BYTES);
    struct tri_text *text = format(words);
    *ret_reached = 0;
    if (!text)
        return false;
    pthread_mutex_lock(&hub->lock);
    for (struct tri_link *at = hub->subscribers.next; at != &hub->subscribers; at = at->next)
        *ret_reached += hand(TRI_CONTAINER(at, struct tri_subscriber, link), text);
    pthread_mutex_unlock(&hub->lock);
    drop(text);
    return true;
}

/* --- listening --- */

bool tri_hub_join(struct tri_hub *hub, struct tri_subscriber *subscriber)
{
    *subscriber = (struct tri_subscriber){.hub = hub};
    subscriber->chan = tri_chan_new(TRI_HUB_BACKLOG, sizeof(struct tri_hub_item));
    if (!subscriber->chan) {
        subscriber->hub = NULL;
        return false;
    }
    subscriber->take = tri_case_take(subscriber->chan, &subscriber->item);
    pthread_mutex_lock(&hub->lock);
    tri_list_add(&hub->subscribers, &subscriber->link);
    pthread_mutex_unlock(&hub->lock);
    return true;
}

void tri_hub_leave(struct tri_subscriber *subscriber)
{
    struct tri_hub *hub = subscriber->hub;
    if (!hub)
        return;
    pthread_mutex_lock(&hub->lock); /* nobody hands it anything from here on */
    tri_list_remove(&subscriber->link);
    pthread_mutex_unlock(&hub->lock);
    subscriber->hub = NULL;
    tri_select_leave(&subscriber->take, 1);
    do { /* what it took but did not hear, then what it did not take */
        drop(subscriber->item.text);
        subscriber->item.text = NULL;
    } while (tri_chan_try_take(subscriber->chan, &subscriber->item) == TRI_CHAN_DONE);
    drop(subscriber->held);
    tri_chan_free(subscriber->chan);
}

static struct tri_slice note_lost(struct tri_subscriber *subscriber, unsigned lost)
{
    int len =
        snprintf(subscriber->note, sizeof(subscriber->note), "event: lost\ndata: %u\n\n", lost);
    return (struct tri_slice){subscriber->note, (size_t)len};
}

struct tri_slice tri_hub_hear(struct tri_subscriber *subscriber, struct tri_waker *waker)
{
    struct tri_hub_item *item = &subscriber->item;
    drop(subscriber->held);
    subscriber->held = NULL;
    if (!item->text && tri_select_try(&subscriber->take, 1, waker) != 0) {
        unsigned lost = atomic_exchange(&subscriber->lost, 0);
        return lost > 0 ? note_lost(subscriber, lost) : (struct tri_slice){"", 0};
    }
    if (item->lost > 0) { /* its text comes with the next call */
        unsigned lost = item->lost;
        item->lost = 0;
        return note_lost(subscriber, lost);
    }
    subscriber->held = item->text;
    item->text = NULL;
    return (struct tri_slice){subscriber->held->bytes, subscriber->held->len};
}
