/*
 * handle.c - the phase in which an inline or step handler is at work, and what it waits for: time,
 * room for output, more of the request's body.
 */
#include "server/core/step.h"

#include <string.h>

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/base/list.h"
#include "server/core/answer.h"

#define LOOK_NS (5 * TRI_SECOND) /* between two looks whether a client is gone */
#define CALL_BYTES 512           /* what one call of a handler counts against TRI_STEP_BYTES */

enum tri_move tri_step_more_body(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    struct tri_open *open = conn->open;
    struct tri_buf *in = step->in;
    const struct tri_refusal *refusal = &tri_refusal_body_cut;
    bool expired = false;
    size_t used = 0;
    switch (tri_parser_feed(open->parser, tri_buf_unread(in), &used)) {
    case TRI_PARSE_BODY:
        tri_buf_drop(in, used);
        open->piece_bytes = tri_parser_piece(open->parser);
        tri_step_progress(step, open->piece_bytes);
        return TRI_MOVE_GO;
    case TRI_PARSE_DONE:
        tri_buf_drop(in, used);
        open->x.body_done = true;
        return TRI_MOVE_GO;
    case TRI_PARSE_MORE:
        tri_buf_drop(in, used);
        if (conn->eof)
            break;
        if (tri_step_receive(step, &expired) == TRI_MOVE_STOP)
            return TRI_MOVE_STOP;
        if (!expired)
            return TRI_MOVE_GO;
        refusal = &tri_refusal_body_timeout;
        break;
    case TRI_PARSE_REFUSED:
        refusal = tri_parser_refusal(open->parser);
        break;
    case TRI_PARSE_HEAD:
        tri_assert_failed("a message has one head", __FILE__, __LINE__);
    }
    open->refusal = refusal;
    if (conn->phase != TRI_PHASE_SKIP)
        return tri_step_refuse(step, refusal);
    conn->must_linger = true; /* answered already; nothing behind this can be trusted */
    tri_step_enter(step, TRI_PHASE_END);
    return TRI_MOVE_GO;
}

/* RFC 9110 10.1.1: a client that asked is told to go on, once, when the handler wants the body. */
static void send_continue(struct tri_step *step)
{
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct tri_open *open = step->conn->open;
    struct tri_output *out = &step->workspace->out;
    size_t len = sizeof(line) - 1;
    if (!open->x.request->expect_continue || open->continue_sent || open->x.head_written ||
        out->room - out->len < len) /* no room: at the next call, after a flush */
        return;
    memcpy(out->at + out->len, line, len);
    out->len += len;
    open->continue_sent = true;
}

struct tri_next tri_step_call(struct tri_conn *conn)
{
    const struct tri_service *service = conn->service;
    const struct tri_handler *handler = conn->open->handler;
    if (service->around)
        service->around(conn, NULL);
    struct tri_next next = handler->handle(&conn->open->x);
    if (service->around)
        service->around(conn, handler);
    return next;
}

/*
 * No wake-up is lost: the flag is set before the mode is told, and cleared before the handler looks
 * for what it waits for (call). So whatever happens after that look finds the flag down, sets it,
 * and has the mode step the connection, which finds the flag up (tri_step_handle). A second one
 * meanwhile tells nobody, since the first has yet to be seen.
 */
static void wake(struct tri_waker *waker)
{
    struct tri_open *open = TRI_CONTAINER(waker, struct tri_open, x.waker);
    if (!atomic_exchange(&open->woken, true))
        open->conn->service->wake(open->conn);
}

void tri_open_arm(struct tri_open *open, struct tri_conn *conn)
{
    if (open->conn) /* since its first call others may be reading both */
        return;
    open->conn = conn;
    open->x.waker.wake = wake;
}

/* Call an inline or step handler once, with what there is of body and room. */
static void call(struct tri_step *step)
{
    struct tri_open *open = step->conn->open;
    struct tri_exchange *x = &open->x;
    struct tri_buf *in = step->in;
    struct tri_output *out = &step->workspace->out;
    size_t out_before = out->len;
    size_t piece_before = open->piece_bytes;

    tri_open_arm(open, step->conn);
    if (atomic_load_explicit(&open->woken, memory_order_relaxed))
        atomic_store(&open->woken, false);
    x->now_ns = step->now_ns;
    x->draining = tri_service_is_draining(step->conn->service);
    x->response.close |= x->draining; /* says so, if the head is not out yet */
    x->output = out;
    x->date = tri_workspace_date(step->workspace, step->now_ns);
    x->piece = (struct tri_slice){tri_buf_unread(in).at, open->piece_bytes};
    open->next = open->act ? open->act(x) : tri_step_call(step->conn);
    open->called = true;
    open->piece_bytes = x->piece.len;
    tri_buf_drop(in, piece_before - open->piece_bytes);
    step->moved_bytes += CALL_BYTES;

    /* A handler that used neither room nor body, and waits for what it has, would spin. */
    bool idle_call = out_before == 0 && out->len == 0 && open->piece_bytes == piece_before;
    bool bodiless = x->head_written && x->framing == TRI_FRAMING_NONE;
    tri_assert(!idle_call || bodiless || x->failed || open->next.kind == TRI_NEXT_DONE ||
               open->next.kind == TRI_NEXT_AT ||
               (open->next.kind == TRI_NEXT_BODY && open->piece_bytes == 0));
    if (open->act && (open->next.kind == TRI_NEXT_DONE || x->failed)) {
        open->act = NULL; /* the blocking handler goes on */
        step->conn->phase = TRI_PHASE_RUN;
        return;
    }
    if (!open->act && (open->next.kind == TRI_NEXT_DONE || bodiless || x->failed))
        tri_step_enter(step, TRI_PHASE_SEND);
    else if (open->next.kind == TRI_NEXT_BODY && !open->awaits_body)
        tri_step_enter(step, TRI_PHASE_HANDLE); /* the body's time begins when it is awaited */
    open->awaits_body = open->next.kind == TRI_NEXT_BODY;
}

/*
 * Wait for a time that the handler named. Who waits for no readiness is told of nothing, so every
 * few seconds it is asked whether the client is still there: one that is not would be kept as long
 * as the handler cares to sleep.
 */
static enum tri_move sleep_until(struct tri_step *step, int64_t at_ns)
{
    struct tri_stream *stream = &step->conn->stream;
    int64_t called_ns = step->conn->open->x.now_ns;
    int64_t looks = (step->now_ns - called_ns) / LOOK_NS; /* since the handler was called */
    int64_t next_look_ns = called_ns + (looks + 1) * LOOK_NS;
    if (looks > 0 && stream->transport->is_gone(stream))
        return tri_step_end(step);
    return tri_step_wait(step, 0, at_ns < next_look_ns ? at_ns : next_look_ns);
}

enum tri_move tri_step_handle(struct tri_step *step)
{
    struct tri_open *open = step->conn->open;
    if (open->called) {
        switch (open->next.kind) {
        case TRI_NEXT_AT: /* a drain is news, so it is told at once */
            if (step->now_ns < open->next.at_ns && !atomic_load(&open->woken) &&
                open->x.draining == tri_service_is_draining(step->conn->service))
                return sleep_until(step, open->next.at_ns);
            break;
        case TRI_NEXT_ROOM:
            if (tri_step_flush(step) == TRI_MOVE_STOP)
                return TRI_MOVE_STOP;
            break;
        case TRI_NEXT_BODY:
            if (open->piece_bytes > 0 || open->x.body_done)
                break;
            send_continue(step);
            return tri_step_more_body(step);
        case TRI_NEXT_DONE:
            break;
        }
    }
    call(step);
    return TRI_MOVE_GO;
}
