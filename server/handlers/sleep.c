/*
 * sleep.c - a reply that is late on purpose, and waits the way the mode waits.
 *
 *     curl 'http://127.0.0.1:8080/sleep?ms=250'
 *
 * What it stands for is a call to a slow database. It names a time and returns; ten thousand
 * sleepers cost the `loop` mode ten thousand timers, not threads. Compare block.c.
 */
#include "server/base/clock.h"
#include "server/handlers/handlers.h"

struct nap {
    int64_t ms, until_ns;
};

static struct tri_next sleep_for(struct tri_exchange *x)
{
    struct nap *nap = x->state;
    if (!nap) {
        int64_t ms;
        if (!tri_query_number(x, "ms", 0, 600000, 100, &ms))
            return tri_next_done();
        x->state = nap = tri_arena_alloc(x->arena, sizeof(*nap));
        if (!nap)
            return tri_reply_exhausted(x);
        *nap = (struct nap){ms, x->now_ns + ms * TRI_MILLISECOND};
    }
    if (x->now_ns < nap->until_ns)
        return tri_next_at(nap->until_ns);
    return tri_reply_printf(x, TRI_STATUS_OK, "slept %lld ms\n", (long long)nap->ms);
}

const struct tri_handler tri_handler_sleep = {
    .name = "sleep",
    .handle = sleep_for,
    .methods = TRI_METHOD_GET,
    .summary = "replies after ms milliseconds, waiting as the mode does",
};
