/*
 * stream.c - a reply of lines that come one by one, in chunks.
 *
 *     curl -N 'http://127.0.0.1:8080/stream?n=5&ms=500'
 */
#include <stdio.h>

#include "server/base/clock.h"
#include "server/handlers/handlers.h"
#include "server/handlers/ticks.h"

static int print(char text[static TRI_TICK_BYTES], int64_t number, int64_t elapsed_ms)
{
    return snprintf(text, TRI_TICK_BYTES, "line %lld after %lld ms\n", (long long)number,
                    (long long)elapsed_ms);
}

static struct tri_next stream(struct tri_exchange *x)
{
    if (!x->state) {
        int64_t count;
        int64_t ms;
        if (!tri_query_number(x, "n", 1, 100000, 10, &count) ||
            !tri_query_number(x, "ms", 0, 60000, 100, &ms))
            return tri_next_done();
        const struct tri_ticks ticks = {
            .count = count,
            .gap_ns = ms * TRI_MILLISECOND,
            .print = print,
            .type = TRI_SLICE("text/plain"),
        };
        if (!tri_ticks_start(x, &ticks))
            return tri_reply_exhausted(x);
    }
    return tri_ticks_run(x);
}

const struct tri_handler tri_handler_stream = {
    .name = "stream",
    .handle = stream,
    .methods = TRI_METHOD_GET,
    .summary = "n lines, one every ms milliseconds, in chunks",
};
