/*
 * step.c - the input and output of one step; see step.h.
 */
#include "server/core/step.h"

#include "server/base/clock.h"

#define READ_BYTES 4096 /* the least room a read is given */

static int64_t span_ns(const struct tri_limits *limits, enum tri_phase phase)
{
    switch (phase) {
    case TRI_PHASE_IDLE:
        return limits->idle_ns;
    case TRI_PHASE_SECURE:
        return limits->handshake_ns;
    case TRI_PHASE_PROXY:
    case TRI_PHASE_HEAD:
        return limits->head_ns;
    case TRI_PHASE_HANDLE:
    case TRI_PHASE_SKIP:
        return limits->body_ns;
    case TRI_PHASE_LINGER:
        return limits->linger_ns;
    case TRI_PHASE_RUN:
    case TRI_PHASE_SEND:
    case TRI_PHASE_END:
    case TRI_PHASE_CLOSED:
        break; /* these wait for output alone, which has a deadline of its own */
    }
    return 0;
}

void tri_step_enter(struct tri_step *step, enum tri_phase phase)
{
    step->conn->phase = (uint8_t)phase;
    step->conn->deadline_ns =
        tri_clock_after(step->now_ns, span_ns(&step->conn->service->limits, phase));
}

/* What is left of a span when `bytes` have moved: they earn time at the least rate. */
static int64_t earn(const struct tri_limits *limits, int64_t left_ns, size_t bytes, int64_t span_ns)
{
    if (limits->rate_bytes == 0)
        return span_ns;
    left_ns += (int64_t)bytes * TRI_SECOND / limits->rate_bytes;
    return left_ns < span_ns ? left_ns : span_ns;
}

void tri_step_progress(struct tri_step *step, size_t bytes)
{
    struct tri_conn *conn = step->conn;
    const struct tri_limits *limits = &conn->service->limits;
    if (conn->deadline_ns == TRI_NEVER)
        return;
    int64_t left_ns = conn->deadline_ns - step->now_ns;
    if (left_ns < 0) /* the bytes were there in time, but the server was not */
        left_ns = 0;
    conn->deadline_ns = step->now_ns + earn(limits, left_ns, bytes, limits->body_ns);
}

void tri_step_sent(struct tri_step *step, size_t bytes)
{
    struct tri_conn *conn = step->conn;
    const struct tri_limits *limits = &conn->service->limits;
    int64_t left_ns = conn->write_left_ns; /* 0: the whole span, which cannot grow */
    if (conn->write_deadline_ns > 0)
        left_ns = conn->write_deadline_ns - step->now_ns;
    conn->write_deadline_ns = 0;
    step->moved_bytes += bytes;
    if (left_ns > 0 && limits->write_ns > 0)
        conn->write_left_ns = earn(limits, left_ns, bytes, limits->write_ns);
}

/*
 * A socket says that it is writable in large steps only, so the client may have taken a good part
 * of what lies in it: that is asked for when time is up, and earns time as well.
 */
bool tri_step_is_late(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    const struct tri_limits *limits = &conn->service->limits;
    if (conn->write_deadline_ns == 0 || step->now_ns < conn->write_deadline_ns)
        return false;
    uint32_t queued = conn->stream.transport->queued(&conn->stream);
    if (queued >= conn->queued_bytes)
        return true;
    int64_t left_ns = earn(limits, 0, conn->queued_bytes - queued, limits->write_ns);
    conn->queued_bytes = queued;
    conn->write_deadline_ns = tri_clock_after(step->now_ns, left_ns);
    return false;
}

void tri_step_hurry(struct tri_step *step, int64_t span_ns)
{
    int64_t end_ns = step->now_ns + span_ns;
    if (step->conn->deadline_ns > end_ns)
        step->conn->deadline_ns = end_ns;
}

size_t tri_step_input_cap(const struct tri_conn *conn)
{
    return TRI_WORKSPACE_INPUT_BYTES + conn->service->limits.head_bytes + READ_BYTES;
}

enum tri_move tri_step_end(struct tri_step *step)
{
    tri_conn_abort(step->conn);
    step->wish = (struct tri_wish){TRI_WISH_CLOSE, TRI_NEVER};
    return TRI_MOVE_STOP;
}

enum tri_move tri_step_blocked(struct tri_step *step, struct tri_slice unsent)
{
    struct tri_conn *conn = step->conn;
    if (tri_buf_len(&conn->out) == 0 && unsent.len > 0) {
        if (!tri_buf_add(&conn->out, unsent, unsent.len))
            return tri_step_end(step);
        step->workspace->out.len = 0;
    }
    if (conn->write_deadline_ns == 0) {
        int64_t fresh_ns = conn->service->limits.write_ns;
        int64_t left_ns = conn->write_left_ns > 0 ? conn->write_left_ns : fresh_ns;
        conn->write_deadline_ns = tri_clock_after(step->now_ns, left_ns);
        conn->queued_bytes = conn->stream.transport->queued(&conn->stream);
    }
    step->wish = (struct tri_wish){TRI_WISH_WRITE, conn->write_deadline_ns};
    return TRI_MOVE_STOP;
}

typedef enum tri_io write_verb(struct tri_stream *stream, struct tri_slice bytes, size_t *put);

static enum tri_move flush_by(struct tri_step *step, write_verb *write)
{
    struct tri_conn *conn = step->conn;
    struct tri_output *out = &step->workspace->out;
    bool kept = tri_buf_len(&conn->out) > 0;
    struct tri_slice left =
        kept ? tri_buf_unread(&conn->out) : (struct tri_slice){out->at, out->len};
    while (left.len > 0) {
        size_t put;
        enum tri_io io = write(&conn->stream, left, &put);
        if (io == TRI_IO_AGAIN)
            return tri_step_blocked(step, left);
        if (io != TRI_IO_OK)
            return tri_step_end(step);
        left = tri_slice_from(left, put);
        tri_step_sent(step, put);
        if (kept)
            tri_buf_drop(&conn->out, put);
    }
    if (kept) { /* the time the client took was not the phase's */
        tri_buf_free(&conn->out);
        tri_step_enter(step, (enum tri_phase)conn->phase);
    } else {
        out->len = 0;
    }
    return TRI_MOVE_GO;
}

enum tri_move tri_step_flush(struct tri_step *step)
{
    return flush_by(step, step->conn->stream.transport->write);
}

enum tri_move tri_step_flush_before_file(struct tri_step *step)
{
    return flush_by(step, step->conn->stream.transport->write_more);
}

enum tri_move tri_step_wait(struct tri_step *step, unsigned bits, int64_t deadline_ns)
{
    if (tri_step_flush(step) == TRI_MOVE_GO)
        step->wish = (struct tri_wish){bits, deadline_ns};
    return TRI_MOVE_STOP;
}

/* There is no more to be had now: wait for it, if there is time. */
static enum tri_move await_input(struct tri_step *step, bool *ret_expired)
{
    const struct tri_conn *conn = step->conn;
    unsigned idle = conn->phase == TRI_PHASE_IDLE ? TRI_WISH_IDLE : 0;
    *ret_expired = step->now_ns >= conn->deadline_ns;
    if (*ret_expired)
        return TRI_MOVE_GO;
    return tri_step_wait(step, TRI_WISH_READ | idle, conn->deadline_ns);
}

enum tri_move tri_step_receive(struct tri_step *step, bool *ret_expired)
{
    struct tri_conn *conn = step->conn;
    size_t got;
    if (step->read_dry)
        return await_input(step, ret_expired);
    *ret_expired = false;
    if (step->workspace->out.len > 0 && tri_step_flush(step) == TRI_MOVE_STOP)
        return TRI_MOVE_STOP;
    if (tri_buf_len(step->in) == 0) /* what the connection kept is used up */
        step->in = &step->workspace->in;
    struct tri_buf *in = step->in;
    if (!tri_buf_reserve(in, READ_BYTES,
                         tri_step_input_cap(conn))) /* the heap is exhausted: the cap leaves room */
        return tri_step_end(step);
    size_t room = tri_buf_space(in);
    switch (conn->stream.transport->read(&conn->stream, tri_buf_tail(in), room, &got)) {
    case TRI_IO_OK:
        tri_buf_added(in, got);
        step->moved_bytes += got;
        step->read_dry = got < room && !conn->stream.has_more;
        return TRI_MOVE_GO;
    case TRI_IO_AGAIN:
        step->read_dry = true;
        return TRI_MOVE_GO;
    case TRI_IO_EOF:
        conn->eof = true;
        return TRI_MOVE_GO;
    case TRI_IO_CROSS:
        *ret_expired = step->now_ns >= conn->deadline_ns;
        step->wish = (struct tri_wish){TRI_WISH_WRITE, conn->deadline_ns};
        return *ret_expired ? TRI_MOVE_GO : TRI_MOVE_STOP;
    case TRI_IO_PLAIN:
    case TRI_IO_FAILED:
        break;
    }
    return tri_step_end(step);
}
