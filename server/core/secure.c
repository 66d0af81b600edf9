/*
 * secure.c - the phase in which a connection agrees on keys, before the first byte of HTTP.
 *
 * A handshake computes for a good part of a millisecond, a hundred times what a request costs. A
 * mode that steps one connection after the other would let a burst of new clients hold up all who
 * are there already; so the handshakes of one turn may take so long and no longer, and who comes
 * behind is stepped again in the next, after the others.
 */
#include "server/core/step.h"

#include "server/base/clock.h"

#define TURN_NS (2 * TRI_MILLISECOND) /* for handshakes in one turn */

/* Is it the turn of others? */
static bool has_spent(struct tri_workspace *workspace)
{
    if (workspace->turn == 0)
        return false;
    if (workspace->turn != workspace->secure_turn) {
        workspace->secure_turn = workspace->turn;
        workspace->secure_ns = 0;
    }
    return workspace->secure_ns >= TURN_NS;
}

static enum tri_move wish(struct tri_step *step, unsigned bits)
{
    struct tri_conn *conn = step->conn;
    if (step->now_ns >= conn->deadline_ns)
        return tri_step_end(step);
    int64_t until_ns = bits & TRI_WISH_TURN ? step->now_ns : conn->deadline_ns;
    step->wish = (struct tri_wish){bits, until_ns};
    return TRI_MOVE_STOP;
}

enum tri_move tri_step_secure(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    struct tri_stream *stream = &conn->stream;
    struct tri_buf *in = step->in;
    if (has_spent(step->workspace))
        return wish(step, TRI_WISH_TURN);
    if (tri_service_is_draining(conn->service))
        tri_step_hurry(step, TRI_DRAIN_GRACE_NS);
    int64_t began_ns = tri_clock_now();
    enum tri_io io = stream->transport->handshake(stream, tri_buf_unread(in), &conn->peer);
    step->workspace->secure_ns += tri_clock_now() - began_ns;
    if (io != TRI_IO_PLAIN) /* else it is the beginning of a request */
        tri_buf_drop(in, tri_buf_len(in));
    switch (io) {
    case TRI_IO_AGAIN:
        return wish(step, TRI_WISH_READ | TRI_WISH_IDLE);
    case TRI_IO_CROSS:
        return wish(step, TRI_WISH_WRITE);
    case TRI_IO_PLAIN:
        if (conn->admission == TRI_ADMISSION_OPEN)
            conn->admission = TRI_ADMISSION_PLAIN;
        break;
    case TRI_IO_OK:
        break;
    case TRI_IO_EOF:
    case TRI_IO_FAILED:
        return tri_step_end(step);
    }
    conn->phase = TRI_PHASE_IDLE;
    if (conn->admission == TRI_ADMISSION_OPEN) /* the time for the first head begins now */
        conn->deadline_ns = tri_clock_after(step->now_ns, conn->service->limits.head_ns);
    return TRI_MOVE_GO;
}
