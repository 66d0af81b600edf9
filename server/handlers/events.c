/*
 * events.c - server-sent events for a browser's EventSource.
 *
 *     curl -N 'http://127.0.0.1:8080/events?ms=500'
 *
 * Goes on until the client leaves, n events have come, or the server drains; a browser then
 * connects again after the time that `retry:` names (HTML Living Standard 9.2).
 */
#include <stdio.h>

#include "server/base/clock.h"
#include "server/handlers/handlers.h"
#include "server/handlers/ticks.h"

static int print(char text[static TRI_TICK_BYTES], int64_t number, int64_t elapsed_ms)
{
    return snprintf(text, TRI_TICK_BYTES, "%sid: %lld\ndata: {\"n\":%lld,\"elapsed_ms\":%lld}\n\n",
                    number == 1 ? "retry: 2000\n" : "", (long long)number, (long long)number,
                    (long long)elapsed_ms);
}

static struct tri_next events(struct tri_exchange *x)
{
    if (!x->state) {
        int64_t count;
        int64_t ms;
        if (!tri_query_number(x, "n", 0, 1000000, 0, &count) ||
            !tri_query_number(x, "ms", 10, 60000, 1000, &ms))
            return tri_next_done();
        const struct tri_ticks ticks = {
            .count = count,
            .gap_ns = ms * TRI_MILLISECOND,
            .print = print,
            .type = TRI_SLICE("text/event-stream"),
            .ends_on_drain = true,
        };
        if (!tri_ticks_start(x, &ticks))
            return tri_reply_exhausted(x);
    }
    if (!tri_stream_has_begun(x)) /* a beginning that did not fit forgets its fields */
        tri_reply_field(x, TRI_SLICE("Cache-Control"), TRI_SLICE("no-store"));
    return tri_ticks_run(x);
}

const struct tri_handler tri_handler_events = {
    .name = "events",
    .handle = events,
    .methods = TRI_METHOD_GET,
    .summary = "server-sent events every ms milliseconds, n of them or without end",
};
