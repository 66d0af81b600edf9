/*
 * straight.c - calls that wait, each a step handler that is run to its end; see straight.h.
 */
#include "server/http/straight.h"

#include <string.h>

#include "server/base/assert.h"

static bool run_step(struct tri_exchange *x, tri_handle *step, void *state)
{
    tri_assert(x->run_step); /* else the handler has no flag that lets it wait */
    return x->run_step(x, step, state);
}

static struct tri_next sleep_step(struct tri_exchange *x)
{
    const int64_t *until_ns = x->state;
    return x->now_ns < *until_ns ? tri_next_at(*until_ns) : tri_next_done();
}

bool tri_sleep(struct tri_exchange *x, int64_t until_ns)
{
    return run_step(x, sleep_step, &until_ns);
}

struct reading {
    char *bytes; /* borrowed */
    size_t room, got;
};

static struct tri_next read_step(struct tri_exchange *x)
{
    struct reading *reading = x->state;
    struct tri_slice piece = tri_body_piece(x);
    if (piece.len == 0)
        return tri_body_is_done(x) ? tri_next_done() : tri_next_body();
    reading->got = piece.len < reading->room ? piece.len : reading->room;
    memcpy(reading->bytes, piece.at, reading->got);
    tri_body_take(x, reading->got);
    return tri_next_done();
}

ssize_t tri_read(struct tri_exchange *x, char *bytes, size_t room)
{
    struct reading reading = {bytes, room, 0};
    tri_assert(room > 0);
    return run_step(x, read_step, &reading) ? (ssize_t)reading.got : -1;
}

static struct tri_next write_step(struct tri_exchange *x)
{
    struct tri_slice *left = x->state;
    if (left->len > 0)
        *left = tri_slice_from(*left, tri_stream_write(x, *left));
    bool takes_more = x->framing != TRI_FRAMING_NONE && x->stream_left > 0;
    return left->len > 0 && takes_more ? tri_next_room() : tri_next_done();
}

bool tri_write(struct tri_exchange *x, struct tri_slice bytes)
{
    return run_step(x, write_step, &bytes) && bytes.len == 0;
}

struct selecting {
    struct tri_case *cases; /* borrowed */
    unsigned count;
    int64_t deadline_ns;
    bool draining; /* known before */
    int result;
};

static struct tri_next select_step(struct tri_exchange *x)
{
    struct selecting *selecting = x->state;
    selecting->result = tri_select_try(selecting->cases, selecting->count, &x->waker);
    if (selecting->result >= 0)
        return tri_next_done();
    if (x->draining != selecting->draining)
        selecting->result = TRI_SELECT_ENDING;
    else if (x->now_ns >= selecting->deadline_ns)
        selecting->result = TRI_SELECT_LATE;
    else
        return tri_next_at(selecting->deadline_ns);
    return tri_next_done();
}

int tri_select(struct tri_exchange *x, struct tri_case *cases, unsigned count, int64_t deadline_ns)
{
    struct selecting selecting = {cases, count, deadline_ns, x->draining, TRI_SELECT_WAIT};
    run_step(x, select_step, &selecting);
    if (selecting.result >= 0)
        return selecting.result;
    tri_select_leave(cases, count); /* before the exchange may end, and the waker with it */
    return selecting.result == TRI_SELECT_LATE ? TRI_SELECT_LATE : TRI_SELECT_ENDING;
}
