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
 * PROXY (arrival.c) and SECURE (secure.c) come before the first IDLE where they are asked for;
 * HANDLE is in handle.c, SEND in send.c. Each phase is one function; a step calls them until one
 * has to wait (step.h). Where the next phase is all but certain its function is called at once,
 * which for a request that came in one piece halves the work between phases. Invariant: at most one
 * exchange is open, and the input may already hold the next request. Threads: owned by whoever
 * steps it; nothing here locks.
 */
#include "server/core/step.h"

#include <string.h>

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/core/answer.h"
#include "server/core/clients.h"
#include "server/core/hosts.h"
#include "server/core/router.h"
#include "server/http/forwarded.h"

#define TURNED_AWAY_LINGER_NS (250 * TRI_MILLISECOND)

/* Once a reply has begun it is too late to refuse: the client sees a reply cut short. */
enum tri_move tri_step_refuse(struct tri_step *step, const struct tri_refusal *refusal)
{
    struct tri_conn *conn = step->conn;
    struct tri_buf *in = step->in;
    if (conn->open->x.head_written) {
        conn->must_linger = true;
        conn->cut = true;
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
    conn->open->part = 0;
    conn->open->refused = true;
    conn->must_linger = true;
    tri_step_enter(step, TRI_PHASE_SEND);
    return TRI_MOVE_GO;
}

static const struct tri_secured *secured(struct tri_conn *conn)
{
    const struct tri_transport *transport = conn->stream.transport;
    return transport->secured ? transport->secured(&conn->stream) : NULL;
}

static enum tri_move head(struct tri_step *step);

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
    memset(open, 0, offsetof(struct tri_open, x));
    open->arena = arena;
    open->parser = tri_parser_new(&open->arena, limits);
    if (!open->parser) {
        arena = open->arena;
        tri_arena_reset(&arena);
        return tri_step_end(step);
    }
    tri_exchange_init(&open->x, NULL, &open->arena);
    open->x.secured = secured(conn);
    open->x.is_secure = open->x.secured != NULL;
    open->x.response.policy = tri_policy_for(conn->service->policy, open->x.is_secure);
    conn->open = open;
    tri_step_enter(step, TRI_PHASE_HEAD);
    if (conn->served == 0) /* the first head's time began when the client connected */
        conn->deadline_ns = first_deadline_ns;
    if (conn->admission == TRI_ADMISSION_FULL)
        return tri_step_refuse(step, &tri_refusal_too_many);
    if (conn->admission == TRI_ADMISSION_SHARE)
        return tri_step_refuse(step, &tri_refusal_share);
    return head(step);
}

static enum tri_move leave(struct tri_step *step)
{
    tri_step_enter(step, TRI_PHASE_END);
    return TRI_MOVE_GO;
}

static enum tri_move idle(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    bool expired;
    bool is_turned_away =
        conn->admission == TRI_ADMISSION_FULL || conn->admission == TRI_ADMISSION_SHARE;
    if (tri_buf_len(step->in) > 0 || is_turned_away)
        return open_exchange(step);
    bool leaves = step->read_dry && tri_service_is_draining(conn->service);
    if (conn->eof || (leaves && conn->served > 0))
        return leave(step);
    if (leaves) /* it has just come: its first request is on its way */
        tri_step_hurry(step, TRI_DRAIN_GRACE_NS);
    if (tri_step_receive(step, &expired) == TRI_MOVE_STOP)
        return TRI_MOVE_STOP;
    if (expired && conn->admission == TRI_ADMISSION_LOCAL)
        return open_exchange(step); /* to hear that the server is full */
    if (expired)
        return leave(step);
    return tri_buf_len(step->in) > 0 ? open_exchange(step) : TRI_MOVE_GO;
}

static bool is_local(const struct tri_exchange *x, const struct tri_handler *handler)
{
    return handler && (handler->flags & TRI_ALWAYS) && tri_ip_is_loopback(&x->client);
}

/*
 * May this request be answered now, by this handler? Else the reply says why not; a client that
 * asks too fast may ask again, on the same connection.
 */
static bool is_welcome(struct tri_step *step, const struct tri_handler *handler)
{
    struct tri_conn *conn = step->conn;
    struct tri_exchange *x = &conn->open->x;
    struct tri_clients *clients = conn->service->clients;
    uint32_t retry_s;
    if (is_local(x, handler))
        return true;
    if (conn->admission == TRI_ADMISSION_LOCAL) {
        tri_answer_refusal(x, &tri_refusal_too_many);
        return false;
    }
    if (clients && !tri_clients_ask(clients, &x->client, step->now_ns, &retry_s)) {
        tri_answer_too_fast(x, retry_s);
        return false;
    }
    return true;
}

/*
 * Is this connection not the one to ask on: is it plain where TLS is wanted, or did it not show the
 * certificate that this host wants to see? The reply says so.
 */
static bool is_elsewhere(struct tri_step *step, const struct tri_router *router,
                         const struct tri_handler *handler)
{
    struct tri_exchange *x = &step->conn->open->x;
    uint16_t https_port = step->conn->service->https_port;
    unsigned guard = x->secured ? x->secured->guard : 0;
    if (https_port > 0 && !x->is_secure && !is_local(x, handler) &&
        tri_answer_to_https(x, https_port))
        return true;
    if (!tri_router_admits(router, guard)) {
        tri_answer_refusal(x, &tri_refusal_guarded);
        return true;
    }
    if (x->secured && tri_router_believes(router, guard))
        x->client_name = x->secured->peer_name;
    return false;
}

/* The head is complete: find who answers, and whether this is the last exchange. */
static enum tri_move route(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    struct tri_open *open = conn->open;
    struct tri_service *service = conn->service;
    struct tri_request *request = tri_parser_request(open->parser);
    uint32_t last = service->limits.requests_per_connection;
    struct tri_matched matched;

    open->x.request = request;
    open->x.is_secure |= tri_forwarded_is_secure(&request->fields, &conn->peer, service->trusted,
                                                 service->trusted_count);
    open->x.client = tri_forwarded_client(&request->fields, &conn->peer, service->trusted,
                                          service->trusted_count);
    open->x.response.close = !request->keep_alive || tri_service_is_draining(service) ||
                             conn->admission != TRI_ADMISSION_OPEN ||
                             (last > 0 && conn->served + 1 >= last);

    const struct tri_router *router = tri_hosts_find(service->hosts, request->host);
    enum tri_match match = tri_router_find(router, request, &matched);
    open->x.response.policy = tri_policy_for(matched.policy, open->x.is_secure);
    if (request->target.is_https && !open->x.is_secure)
        return tri_step_refuse(step, &tri_refusal_https);
    bool is_anywhere = request->target.form == TRI_TARGET_ASTERISK ||
                       request->method == TRI_METHOD_CONNECT ||
                       (request->method == TRI_METHOD_TRACE && match == TRI_MATCH_NO_PATH);
    if (is_anywhere) {
        match = TRI_MATCH_NO_METHOD; /* of the server as a whole, not of a path */
        matched.allowed = TRI_ANSWER_METHODS;
    }
    bool answered =
        !is_welcome(step, matched.handler) || is_elsewhere(step, router, matched.handler);
    if (!answered && match != TRI_MATCH_FOUND)
        tri_answer_unrouted(&open->x, match, matched.allowed);
    if (answered || match != TRI_MATCH_FOUND) {
        tri_step_enter(step, TRI_PHASE_SEND);
        return TRI_MOVE_GO;
    }
    bool blocking = (matched.handler->flags & (TRI_WAITS | TRI_CPU)) != 0;
    open->handler = matched.handler;
    open->x.context = matched.context;
    tri_step_enter(step, blocking ? TRI_PHASE_RUN : TRI_PHASE_HANDLE);
    return blocking ? TRI_MOVE_GO : tri_step_handle(step);
}

static enum tri_move head(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    struct tri_buf *in = step->in;
    bool expired;
    size_t used = 0;
    enum tri_parse parsed = tri_parser_feed(conn->open->parser, tri_buf_unread(in), &used);
    bool is_all_there_is = parsed != TRI_PARSE_MORE || step->read_dry;
    if (conn->admission == TRI_ADMISSION_PLAIN && is_all_there_is)
        return tri_step_refuse(step, &tri_refusal_plain); /* whole, wrong or cut */
    if (parsed == TRI_PARSE_REFUSED)
        return tri_step_refuse(step, tri_parser_refusal(conn->open->parser));
    tri_buf_drop(in, used);
    if (parsed == TRI_PARSE_HEAD)
        return route(step);
    if (conn->eof)
        return tri_step_refuse(step, &tri_refusal_head_cut);
    if (tri_step_receive(step, &expired) == TRI_MOVE_STOP)
        return TRI_MOVE_STOP;
    if (!expired)
        return TRI_MOVE_GO;
    bool is_full = conn->admission == TRI_ADMISSION_LOCAL;
    return tri_step_refuse(step, is_full ? &tri_refusal_too_many : &tri_refusal_head_timeout);
}

static enum tri_move run(struct tri_step *step)
{
    return tri_step_wait(step, TRI_WISH_RUN, TRI_NEVER);
}

/* The reply is out; read what is left of the request, then be ready for the next. */
static enum tri_move skip(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    struct tri_open *open = conn->open;
    open->skipped_bytes += open->piece_bytes;
    tri_buf_drop(step->in, open->piece_bytes);
    open->piece_bytes = 0;

    bool whole = open->x.body_done || tri_parser_body_left(open->parser) == 0;
    bool last = open->x.response.close || open->skipped_bytes > conn->service->limits.drain_bytes;
    if (!whole && !last)
        return tri_step_more_body(step);
    conn->served++;
    /*
     * A client that did not want to end here may be sending its next request already, and over TLS
     * even one that did sends bytes when it ends its side (RFC 8446 6.1).
     */
    const struct tri_request *request = open->x.request;
    bool sends_more =
        last && (open->x.secured ||
                 (request && (request->keep_alive || request->method == TRI_METHOD_CONNECT)));
    conn->must_linger |= !whole || sends_more;
    tri_conn_close_exchange(conn);
    tri_step_enter(step, last ? TRI_PHASE_END : TRI_PHASE_IDLE);
    return TRI_MOVE_GO;
}

static enum tri_move send_reply(struct tri_step *step)
{
    struct tri_open *open = step->conn->open;
    if (!open->x.failed) {
        enum tri_move move = tri_step_send(step);
        return step->conn->phase == TRI_PHASE_SKIP ? skip(step) : move;
    }
    if (!open->refused)
        return tri_step_refuse(step, &tri_refusal_memory);
    tri_step_enter(step, TRI_PHASE_END); /* not even that can be said: its head is too large */
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
    conn->must_linger |= tri_buf_len(step->in) > 0;
    if (conn->stream.transport->farewell && !conn->cut)
        conn->stream.transport->farewell(&conn->stream);
    if (!conn->must_linger || conn->eof)
        return tri_step_end(step);
    bool is_turned_away = conn->admission != TRI_ADMISSION_OPEN;
    if (is_turned_away &&
        tri_service_is_crowded(conn->service)) /* others wait to be told the same */
        return tri_step_end(step);
    conn->stream.transport->shut(&conn->stream);
    tri_step_enter(step, TRI_PHASE_LINGER);
    if (is_turned_away)
        tri_step_hurry(step, TURNED_AWAY_LINGER_NS);
    return TRI_MOVE_GO;
}

static enum tri_move linger(struct tri_step *step)
{
    struct tri_buf *in = step->in;
    bool expired;
    tri_buf_drop(in, tri_buf_len(in));
    if (step->conn->eof || step->now_ns >= step->conn->deadline_ns)
        return tri_step_end(step);
    return tri_step_receive(step, &expired);
}

enum tri_move tri_step_advance(struct tri_step *step)
{
    static enum tri_move (*const phases[])(struct tri_step *) = {
        [TRI_PHASE_SECURE] = tri_step_secure,
        [TRI_PHASE_IDLE] = idle,
        [TRI_PHASE_HEAD] = head,
        [TRI_PHASE_HANDLE] = tri_step_handle,
        [TRI_PHASE_RUN] = run,
        [TRI_PHASE_SEND] = send_reply,
        [TRI_PHASE_SKIP] = skip,
        [TRI_PHASE_END] = finish,
        [TRI_PHASE_LINGER] = linger,
        [TRI_PHASE_PROXY] = tri_step_meet,
    };
    if (step->moved_bytes >= TRI_STEP_BYTES)
        return tri_step_wait(step, TRI_WISH_TURN, step->now_ns);
    return phases[step->conn->phase](step);
}
