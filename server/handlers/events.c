/*
 * events.c - server-sent events for a browser's EventSource, and whatever somebody has to say.
 *
 *     curl -N 'http://127.0.0.1:8080/events?ms=500'
 *     curl -d 'hello' http://127.0.0.1:8080/events
 *
 * GET subscribes: it goes on until the client leaves, n events have come, or the server drains; a
 * browser then connects again after the time that `retry:` names (HTML Living Standard 9.2). In
 * between come the messages that others POST; the reply to those is the number of subscribers that
 * will hear them. One who does not keep up loses some, and gets an event "lost" with their number.
 *
 * Each process has a hub of its own (hub.h): with several, a message reaches the subscribers of
 * the process that it came to.
 */
#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/handlers/handlers.h"
#include "server/handlers/hub.h"
#include "server/handlers/ticks.h"

static struct tri_hub hub = TRI_HUB(hub);

/* --- GET: listen --- */

static int print(char text[static TRI_TICK_BYTES], int64_t number, int64_t elapsed_ms)
{
    return snprintf(text, TRI_TICK_BYTES, "%sid: %lld\ndata: {\"n\":%lld,\"elapsed_ms\":%lld}\n\n",
                    number == 1 ? "retry: 2000\n" : "", (long long)number, (long long)number,
                    (long long)elapsed_ms);
}

static void leave(void *of)
{
    tri_hub_leave(of);
}

static struct tri_slice hear(struct tri_exchange *x, void *of)
{
    return tri_hub_hear(of, &x->waker);
}

/* Until the exchange ends; NULL when out of memory. */
static struct tri_subscriber *join(struct tri_exchange *x)
{
    struct tri_subscriber *subscriber = tri_arena_alloc(x->arena, sizeof(*subscriber));
    if (!subscriber || !tri_hub_join(&hub, subscriber))
        return NULL;
    return tri_exchange_defer(x, (struct tri_hold){leave, subscriber}) ? subscriber : NULL;
}

static struct tri_next subscribe(struct tri_exchange *x)
{
    if (!x->state) {
        int64_t count;
        int64_t ms;
        if (!tri_query_number(x, "n", 0, 1000000, 0, &count) ||
            !tri_query_number(x, "ms", 10, 60000, 1000, &ms))
            return tri_next_done();
        bool is_head = x->request->method == TRI_METHOD_HEAD; /* which hears nothing */
        struct tri_subscriber *subscriber = is_head ? NULL : join(x);
        if (!subscriber && !is_head)
            return tri_reply_exhausted(x);
        const struct tri_ticks ticks = {
            .count = count,
            .gap_ns = ms * TRI_MILLISECOND,
            .print = print,
            .type = TRI_SLICE("text/event-stream"),
            .ends_on_drain = true,
            .between = hear,
            .of = subscriber,
        };
        if (!tri_ticks_start(x, &ticks))
            return tri_reply_exhausted(x);
    }
    if (!tri_stream_has_begun(x)) /* a beginning that did not fit forgets its fields */
        tri_reply_field(x, TRI_SLICE("Cache-Control"), TRI_SLICE("no-store"));
    return tri_ticks_run(x);
}

/* --- POST: speak --- */

struct speech {
    size_t len;
    char words[TRI_HUB_SAY_BYTES];
};

static struct tri_next refuse_long(struct tri_exchange *x)
{
    return tri_reply_error(x, TRI_STATUS_CONTENT_TOO_LARGE,
                           TRI_SLICE("413 Content Too Large: say it in 4096 bytes\n"));
}

static struct tri_next speak(struct tri_exchange *x)
{
    struct speech *speech = x->state;
    struct tri_slice piece = tri_body_piece(x);
    unsigned reached;
    if (!speech) {
        if (x->request->content_length > TRI_HUB_SAY_BYTES)
            return refuse_long(x);
        x->state = speech = tri_arena_alloc(x->arena, sizeof(*speech));
        if (!speech)
            return tri_reply_exhausted(x);
        speech->len = 0;
    }
    if (piece.len > sizeof(speech->words) - speech->len)
        return refuse_long(x);
    if (piece.len > 0)
        memcpy(speech->words + speech->len, piece.at, piece.len);
    speech->len += piece.len;
    tri_body_take(x, piece.len);
    if (!tri_body_is_done(x))
        return tri_next_body();
    if (!tri_hub_say(&hub, (struct tri_slice){speech->words, speech->len}, &reached))
        return tri_reply_exhausted(x);
    return tri_reply_printf(x, TRI_STATUS_OK, "%u\n", reached);
}

static struct tri_next events(struct tri_exchange *x)
{
    return x->request->method == TRI_METHOD_POST ? speak(x) : subscribe(x);
}

const struct tri_handler tri_handler_events = {
    .name = "events",
    .handle = events,
    .methods = TRI_METHOD_GET | TRI_METHOD_POST,
    .summary = "server-sent events every ms milliseconds, and in between what others POST",
};
