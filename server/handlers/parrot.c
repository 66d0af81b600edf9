/*
 * parrot.c - echo.c in straight lines: what comes is said again, `ms` later.
 *
 *     curl --data-binary @file 'http://127.0.0.1:8080/parrot?ms=10'
 *
 * The same reply as from echo.c, the same limits and the same back-pressure, since each call that
 * waits is run as a step. What differs is how it reads, and what it holds while it waits: a stack.
 */
#include "server/base/clock.h"
#include "server/handlers/handlers.h"
#include "server/http/straight.h"

enum { PIECE_BYTES = 4096 };

static struct tri_next parrot(struct tri_exchange *x)
{
    char piece[PIECE_BYTES];
    int64_t ms;
    ssize_t got;
    if (!tri_query_number(x, "ms", 0, 60000, 0, &ms))
        return tri_next_done();
    got = tri_read(x, piece, sizeof(piece)); /* first, since 100 Continue goes before the reply */
    if (got < 0 || !tri_stream_begin(x, TRI_STATUS_OK, TRI_SLICE("application/octet-stream"),
                                     x->request->content_length))
        return tri_next_done();
    while (got > 0) {
        if (ms > 0 && !tri_sleep(x, x->now_ns + ms * TRI_MILLISECOND))
            break;
        if (!tri_write(x, (struct tri_slice){piece, (size_t)got}))
            break;
        got = tri_read(x, piece, sizeof(piece));
    }
    return tri_next_done();
}

const struct tri_handler tri_handler_parrot = {
    .name = "parrot",
    .handle = parrot,
    .flags = TRI_WAITS,
    .methods = TRI_METHOD_GET | TRI_METHOD_POST | TRI_METHOD_PUT,
    .summary = "sends back the body you send, ms milliseconds late, in straight-line code",
};
