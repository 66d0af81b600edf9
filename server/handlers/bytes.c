/*
 * bytes.c - as many bytes as asked for, made up as the client takes them.
 *
 *     curl 'http://127.0.0.1:8080/bytes?n=1000000' | tail
 *
 * Lines of 64 bytes, the last one cut; byte i depends on i only, so a client can check them.
 */
#include "server/handlers/handlers.h"

#define LINE "0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXY\n"
#define LINES_8 LINE LINE LINE LINE LINE LINE LINE LINE
#define PATTERN LINES_8 LINES_8 LINES_8 LINES_8 LINES_8 LINES_8 LINES_8 LINES_8 /* 4 KiB */

#define MOST (INT64_C(1) << 30)

struct progress {
    int64_t total, sent;
};

static struct tri_next bytes(struct tri_exchange *x)
{
    static const char pattern[] = PATTERN;
    static const int64_t size = sizeof(pattern) - 1;
    struct progress *progress = x->state;
    if (!progress) {
        int64_t total;
        if (!tri_query_number(x, "n", 0, MOST, 1024, &total))
            return tri_next_done();
        x->state = progress = tri_arena_alloc(x->arena, sizeof(*progress));
        if (!progress)
            return tri_reply_exhausted(x);
        *progress = (struct progress){.total = total};
    }
    if (!tri_stream_has_begun(x) &&
        !tri_stream_begin(x, TRI_STATUS_OK, TRI_SLICE("text/plain"), progress->total))
        return tri_next_room();
    if (x->request->method == TRI_METHOD_HEAD)
        return tri_next_done();
    while (progress->sent < progress->total) {
        int64_t start = progress->sent % size;
        int64_t left = progress->total - progress->sent;
        size_t len = (size_t)(left < size - start ? left : size - start);
        size_t accepted = tri_stream_write(x, (struct tri_slice){pattern + start, len});
        progress->sent += (int64_t)accepted;
        if (accepted < len)
            return tri_next_room();
    }
    return tri_next_done();
}

const struct tri_handler tri_handler_bytes = {
    .name = "bytes",
    .handle = bytes,
    .methods = TRI_METHOD_GET,
    .summary = "n bytes of text, up to 1 GiB, as fast as you take them",
};
