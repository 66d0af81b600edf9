/*
 * ticks.c - a reply that grows with time. See ticks.h.
 */
#include "server/handlers/ticks.h"

#include "server/base/assert.h"
#include "server/base/clock.h"

bool tri_ticks_start(struct tri_exchange *x, const struct tri_ticks *ticks)
{
    struct tri_ticks *state = tri_arena_alloc(x->arena, sizeof(*state));
    if (!state)
        return false;
    *state = *ticks;
    state->start_ns = state->due_ns = x->now_ns;
    x->state = state;
    return true;
}

/* Print the tick that is due and set when the next one is. */
static void tick(struct tri_ticks *ticks, int64_t now_ns)
{
    int64_t elapsed_ms = (now_ns - ticks->start_ns) / TRI_MILLISECOND;
    int len = ticks->print(ticks->text, ++ticks->printed, elapsed_ms);
    tri_assert(len > 0 && len < TRI_TICK_BYTES);
    ticks->unsent = (struct tri_slice){ticks->text, (size_t)len};
    ticks->due_ns += ticks->gap_ns;
    if (ticks->due_ns < now_ns)
        ticks->due_ns = now_ns;
}

struct tri_next tri_ticks_run(struct tri_exchange *x)
{
    struct tri_ticks *ticks = x->state;
    if (!tri_stream_has_begun(x) && !tri_stream_begin(x, TRI_STATUS_OK, ticks->type, -1))
        return tri_next_room();
    if (x->request->method == TRI_METHOD_HEAD)
        return tri_next_done();
    for (;;) {
        ticks->unsent = tri_slice_from(ticks->unsent, tri_stream_write(x, ticks->unsent));
        if (ticks->unsent.len > 0)
            return tri_next_room();
        bool is_last = ticks->count > 0 && ticks->printed == ticks->count;
        if (is_last || (ticks->ends_on_drain && x->draining))
            return tri_next_done();
        if (x->now_ns >= ticks->due_ns)
            tick(ticks, x->now_ns);
        else if (ticks->between)
            ticks->unsent = ticks->between(x, ticks->of);
        if (ticks->unsent.len == 0)
            return tri_next_at(ticks->due_ns);
    }
}
