/*
 * block.c - straight-line code that blocks its thread, as a classic database driver would.
 *
 *     curl 'http://127.0.0.1:8080/block?ms=250'
 *
 * The flag TRI_WAITS says so, and each mode answers in its own way: `threads` lets the
 * connection's thread block, `loop` hands it to a pool (or stalls, with --offload=0), `mn` gives
 * the other coroutines another thread. Compare sleep.c, which never blocks.
 */
#include <errno.h>
#include <time.h>

#include "server/base/clock.h"
#include "server/handlers/handlers.h"

static struct tri_next block(struct tri_exchange *x)
{
    int64_t ms;
    if (!tri_query_number(x, "ms", 0, 60000, 100, &ms))
        return tri_next_done();
    int64_t until_ns = tri_clock_now() + ms * TRI_MILLISECOND;
    struct timespec until = {.tv_sec = until_ns / TRI_SECOND, .tv_nsec = until_ns % TRI_SECOND};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ; /* the time to wake up at is absolute, so nothing is lost */
    return tri_reply_printf(x, TRI_STATUS_OK, "blocked %lld ms\n", (long long)ms);
}

const struct tri_handler tri_handler_block = {
    .name = "block",
    .handle = block,
    .flags = TRI_WAITS,
    .methods = TRI_METHOD_GET,
    .summary = "blocks its thread for ms milliseconds",
};
