/*
 * phases.c - one HTTP/1.1 connection as a state machine that never waits.
 *
 * Why: three modes must send identical bytes, so all of a connection's life happens here, once,
 * and a mode supplies the only thing that differs: the waiting.
 *
 *     IDLE --bytes--> HEAD --routed--> HANDLE --reply--> SEND --sent--> SKIP --whole--> IDLE
 *                      |          \--> RUN ------------->|               |
 *                      +--refused----------------------->+               +--last--> END --> LINGER
 *
 * Each phase is one function below; a step calls them until one has to wait (step.h).
 * Invariant: at most one exchange is open, and the input may already hold the next request.
 * Threads: owned by whoever steps it; nothing here locks.
 */
#include "server/core/step.h"

#include <string.h>

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/core/answer.h"
#include "server/core/hosts.h"
#include "server/core/router.h"

#define DRAIN_GRACE_NS (250 * TRI_MILLISECOND) /* for the first request of a new connection */
#define LOOK_NS (5 * TRI_SECOND)               /* between two looks whether a client is gone */
#define CALL_BYTES 512 /* what one call of a handler counts against TRI_STEP_BYTES */

/*
 * Answer with a refusal and interpret nothing more (RFC 9112 11.2). Once a reply has begun it is
 * too late for that: then the connection ends, and the client sees a reply cut short.
 */
static enum tri_move refuse(struct tri_step *step, const struct tri_refusal *refusal)
{
    struct tri_conn *conn = step->conn;
    struct tri_buf *in = tri_step_input(step);
    if (conn->open->x.head_written) {
        tri_step_enter(step, TRI_PHASE_END);
        return TRI_MOVE_GO;
    }
    const struct tri_request *request = tri_parser_request(conn->open->parser);
    if (request->method != TRI_METHOD_NONE) /* a refused HEAD is answered without a body, too */
        conn->open->x.request = request;
    tri_answer_refusal(&conn->open->x, refusal);
    tri_buf_drop(in, tri_buf_len(in));
    conn->open->piece_bytes = 0;
    conn->open->sent_bytes = 0;
    conn->must_linger = true;
    tri_step_enter(step, TRI_PHASE_SEND);
    return TRI_MOVE_GO;
}

static enum tri_move open_exchange(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    const struct tri_limits *limits = &conn->service->limits;
    int64_t first_deadline_ns = conn->deadline_ns;
    struct tri_arena arena;
    tri_arena_init(&arena, &step->workspace->pool, limits->arena_bytes);
    struct tri_open *open = tri_arena_alloc(&arena, sizeof(*open));
    if (!open)
        return tri_step_end(step);
    memset(open, 0, sizeof(*open));
    open->arena = arena;
    open->parser = tri_parser_new(&open->arena, limits);
    if (!open->parser) {
        arena = open->arena;
        tri_arena_reset(&arena);
        return tri_step_end(step);
    }
    tri_exchange_init(&open->x, NULL, &open->arena);
    conn->open = open;
    tri_step_enter(step, TRI_PHASE_HEAD);
    if (conn->served == 0) /* the first head's time began when the client connected */
        conn->deadline_ns = first_deadline_ns;
    return conn->over_limit ? refuse(step, &tri_refusal_too_many) : TRI_MOVE_GO;
}

static enum tri_move idle(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    bool expired;
    if (tri_buf_len(tri_step_input(step)) > 0 || conn->over_limit)
        return open_exchange(step);
    bool leaves = step->read_dry && tri_service_is_draining(conn->service);
    if (conn->eof || (leaves && conn->served > 0)) {
        tri_step_enter(step, TRI_PHASE_END);
        return TRI_MOVE_GO;
    }
    if (leaves) { /* it has just come: its first request is on its way */
        int64_t grace_ns = step->now_ns + DRAIN_GRACE_NS;
        conn->deadline_ns = conn->deadline_ns < grace_ns ? conn->deadline_ns : grace_ns;
    }
    if (tri_step_receive(step, &expired) == TRI_MOVE_STOP)
        return TRI_MOVE_STOP;
    return expired ? tri_step_end(step) : TRI_MOVE_GO;
}

/* The head is complete: find who answers, and whether this is the last exchange. */
static enum tri_move route(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    struct tri_open *open = conn->open;
    struct tri_request *request = tri_parser_request(open->parser);
    uint32_t last = conn->service->limits.requests_per_connection;
    struct tri_matched matched = {.handler = NULL};

    open->x.request = request;
    open->x.response.close = !request->keep_alive || tri_service_is_draining(conn->service) ||
                             (last > 0 && conn->served + 1 >= last);

    const struct tri_router *router = tri_hosts_find(conn->service->hosts, request->host);
    enum tri_match match = tri_router_find(router, request, &matched);
    if (request->target.form == TRI_TARGET_ASTERISK || request->method == TRI_METHOD_CONNECT) {
        match = TRI_MATCH_NO_METHOD; /* of the server as a whole, not of a path */
        matched.allowed = TRI_ANSWER_METHODS;
    }
    if (match != TRI_MATCH_FOUND) {
        tri_answer_unrouted(&open->x, match, matched.allowed);
        tri_step_enter(step, TRI_PHASE_SEND);
        return TRI_MOVE_GO;
    }
    bool blocking = (matched.handler->flags & (TRI_WAITS | TRI_CPU)) != 0;
    open->handler = matched.handler;
    open->x.context = matched.context;
    tri_step_enter(step, blocking ? TRI_PHASE_RUN : TRI_PHASE_HANDLE);
    return TRI_MOVE_GO;
}

static enum tri_move head(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    struct tri_buf *in = tri_step_input(step);
    bool expired;
    size_t used = 0;
    enum tri_parse parsed = tri_parser_feed(conn->open->parser, tri_buf_unread(in), &used);
    if (parsed == TRI_PARSE_REFUSED)
        return refuse(step, tri_parser_refusal(conn->open->parser));
    tri_buf_drop(in, used);
    if (parsed == TRI_PARSE_HEAD)
        return route(step);
    if (conn->eof)
        return refuse(step, &tri_refusal_head_cut);
    if (tri_step_receive(step, &expired) == TRI_MOVE_STOP)
        return TRI_MOVE_STOP;
    return expired ? refuse(step, &tri_refusal_head_timeout) : TRI_MOVE_GO;
}

/*
 * Move on in the request's body, while a handler wants it or while it is skipped.
 *   returns  GO: there is a piece, or the body is done, or the phase has changed, or try again
 */
static enum tri_move more_body(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    struct tri_open *open = conn->open;
    struct tri_buf *in = tri_step_input(step);
    const struct tri_refusal *refusal = &tri_refusal_body_cut;
    bool expired = false;
    size_t used = 0;
    switch (tri_parser_feed(open->parser, tri_buf_unread(in), &used)) {
    case TRI_PARSE_BODY:
        tri_buf_drop(in, used);
        open->piece_bytes = tri_parser_piece(open->parser);
        tri_step_enter(step, (enum tri_phase)conn->phase); /* progress: the time starts anew */
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
        tri_assert(!"a message has one head");
    }
    if (conn->phase != TRI_PHASE_SKIP)
        return refuse(step, refusal);
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

/* Call an inline or step handler once, with what there is of body and room. */
static void call(struct tri_step *step)
{
    struct tri_open *open = step->conn->open;
    struct tri_exchange *x = &open->x;
    struct tri_buf *in = tri_step_input(step);
    struct tri_output *out = &step->workspace->out;
    size_t out_before = out->len;
    size_t piece_before = open->piece_bytes;

    x->now_ns = step->now_ns;
    x->draining = tri_service_is_draining(step->conn->service);
    x->response.close |= x->draining; /* says so, if the head is not out yet */
    x->output = out;
    x->date = tri_workspace_date(step->workspace, step->now_ns);
    x->piece = (struct tri_slice){tri_buf_unread(in).at, open->piece_bytes};
    open->next = open->handler->handle(x);
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
    if (open->next.kind == TRI_NEXT_DONE || bodiless || x->failed)
        tri_step_enter(step, TRI_PHASE_SEND);
    else if (open->next.kind == TRI_NEXT_BODY)
        tri_step_enter(step, TRI_PHASE_HANDLE); /* the body's time begins when it is awaited */
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

static enum tri_move handle(struct tri_step *step)
{
    struct tri_open *open = step->conn->open;
    if (open->called) {
        switch (open->next.kind) {
        case TRI_NEXT_AT: /* a drain is news, so it is told at once */
            if (step->now_ns < open->next.at_ns &&
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
            return more_body(step);
        case TRI_NEXT_DONE:
            break;
        }
    }
    call(step);
    return TRI_MOVE_GO;
}

static enum tri_move run(struct tri_step *step)
{
    return tri_step_wait(step, TRI_WISH_RUN, TRI_NEVER);
}

static enum tri_move send_reply(struct tri_step *step)
{
    struct tri_exchange *x = &step->conn->open->x;
    return x->failed ? refuse(step, &tri_refusal_memory) : tri_step_send(step);
}

/* The reply is out; read what is left of the request, then be ready for the next. */
static enum tri_move skip(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    struct tri_open *open = conn->open;
    open->skipped_bytes += open->piece_bytes;
    tri_buf_drop(tri_step_input(step), open->piece_bytes);
    open->piece_bytes = 0;

    bool whole = open->x.body_done || tri_parser_body_left(open->parser) == 0;
    bool last = open->x.response.close || open->skipped_bytes > conn->service->limits.drain_bytes;
    if (!whole && !last)
        return more_body(step);
    conn->served++;
    /* A client that did not want to end here may be sending its next request already. */
    const struct tri_request *request = open->x.request;
    bool expects_more =
        request && last && (request->keep_alive || request->method == TRI_METHOD_CONNECT);
    conn->must_linger |= !whole || expects_more;
    tri_conn_close_exchange(conn);
    tri_step_enter(step, last ? TRI_PHASE_END : TRI_PHASE_IDLE);
    return TRI_MOVE_GO;
}

/*
 * Close so that the client can still read the last reply: a socket closed with bytes unread sends
 * a reset, which destroys what the client has not read yet (RFC 9112 9.6).
 */
static enum tri_move finish(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    if (tri_step_flush(step) == TRI_MOVE_STOP)
        return TRI_MOVE_STOP;
    tri_conn_close_exchange(conn);
    conn->must_linger |= tri_buf_len(tri_step_input(step)) > 0;
    if (!conn->must_linger || conn->eof)
        return tri_step_end(step);
    conn->stream.transport->shut(&conn->stream);
    tri_step_enter(step, TRI_PHASE_LINGER);
    return TRI_MOVE_GO;
}

static enum tri_move linger(struct tri_step *step)
{
    struct tri_buf *in = tri_step_input(step);
    bool expired;
    tri_buf_drop(in, tri_buf_len(in));
    if (step->conn->eof || step->now_ns >= step->conn->deadline_ns)
        return tri_step_end(step);
    return tri_step_receive(step, &expired);
}

enum tri_move tri_step_advance(struct tri_step *step)
{
    static enum tri_move (*const phases[])(struct tri_step *) = {
        [TRI_PHASE_IDLE] = idle,  [TRI_PHASE_HEAD] = head,       [TRI_PHASE_HANDLE] = handle,
        [TRI_PHASE_RUN] = run,    [TRI_PHASE_SEND] = send_reply, [TRI_PHASE_SKIP] = skip,
        [TRI_PHASE_END] = finish, [TRI_PHASE_LINGER] = linger,
    };
    if (step->moved_bytes >= TRI_STEP_BYTES)
        return tri_step_wait(step, TRI_WISH_TURN, step->now_ns);
    return phases[step->conn->phase](step);
}
