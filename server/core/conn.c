/*
 * conn.c - a connection's outside: opened, stepped, run, closed.
 *
 * Why: three modes must send identical bytes, so all of a connection's life happens in core, once,
 * and a mode supplies the only thing that differs: the waiting. A step calls the phases (phases.c)
 * until one has to wait; here is what surrounds that.
 *
 * Threads: owned by whoever steps it; nothing here locks.
 */
#include "server/core/conn.h"

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/core/answer.h"
#include "server/core/step.h"

/* --- opening and closing --- */

void tri_conn_open(struct tri_conn *conn, struct tri_stream stream, const struct tri_ip *peer,
                   struct tri_service *service, int64_t now_ns)
{
    *conn = (struct tri_conn){
        .stream = stream,
        .service = service,
        .peer = peer ? *peer : stream.transport->peer(&stream),
    };
    conn->deadline_ns =
        tri_clock_after(now_ns, stream.transport->handshake ? service->limits.handshake_ns
                                                            : service->limits.head_ns);
    tri_conn_admit(conn, now_ns);
}

struct tri_wish tri_conn_first_wish(const struct tri_conn *conn)
{
    bool has_something_to_say = conn->admission == TRI_ADMISSION_FULL ||
                                conn->admission == TRI_ADMISSION_SHARE ||
                                tri_service_is_draining(conn->service);
    if (has_something_to_say)
        return (struct tri_wish){TRI_WISH_TURN, 0};
    return (struct tri_wish){TRI_WISH_READ | TRI_WISH_IDLE, conn->deadline_ns};
}

void tri_conn_close_exchange(struct tri_conn *conn)
{
    struct tri_open *open = conn->open;
    if (!open)
        return;
    conn->open = NULL;
    conn->write_left_ns = 0; /* the next reply has its own time */
    tri_exchange_deinit(&open->x);
    struct tri_arena arena = open->arena; /* out of the memory that it is about to give back */
    tri_arena_reset(&arena);
}

void tri_conn_abort(struct tri_conn *conn)
{
    if (conn->phase == TRI_PHASE_CLOSED)
        return;
    if (conn->open && conn->open->straight) { /* its handler is still at work: see straight.c */
        conn->open->gone = true;
        return;
    }
    conn->phase = TRI_PHASE_CLOSED;
    tri_conn_close_exchange(conn);
    tri_buf_free(&conn->in);
    tri_buf_free(&conn->out);
    conn->stream.transport->close(&conn->stream);
    tri_conn_leave(conn);
}

/* The connection keeps what it has not used; the workspace is as it was. */
static void give_back(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    struct tri_buf *in = &step->workspace->in;
    size_t left = tri_buf_len(in);
    if (left > 0) {
        bool closed = conn->phase == TRI_PHASE_CLOSED;
        if (!closed && !tri_buf_add(&conn->in, tri_buf_unread(in), tri_step_input_cap(conn)))
            tri_step_end(step);
        tri_buf_drop(in, left);
    }
    step->workspace->out.len = 0;
    if (conn->open)
        conn->open->arena.pool = NULL;
    if (conn->in.bytes && tri_buf_len(&conn->in) == 0)
        tri_buf_free(&conn->in);
}

void tri_conn_land(struct tri_conn *conn, struct tri_workspace *workspace, struct tri_slice bytes,
                   bool is_dry)
{
    tri_assert(conn->phase == TRI_PHASE_IDLE && tri_buf_len(&conn->in) == 0);
    bool added = tri_buf_add(&workspace->in, bytes, TRI_WORKSPACE_INPUT_BYTES);
    tri_assert(added); /* the room was there from the beginning */
    workspace->in_is_dry = is_dry;
}

struct tri_wish tri_conn_step(struct tri_conn *conn, struct tri_workspace *workspace,
                              int64_t now_ns)
{
    struct tri_step step = {.conn = conn, .workspace = workspace, .now_ns = now_ns};
    step.in = tri_buf_len(&conn->in) > 0 ? &conn->in : &workspace->in;
    step.read_dry = workspace->in_is_dry;
    workspace->in_is_dry = false;
    tri_assert(conn->phase != TRI_PHASE_CLOSED);
    if (conn->open)
        conn->open->arena.pool = &workspace->pool;
    bool is_gone = conn->open && conn->open->gone;
    if (is_gone ||
        tri_step_is_late(&step)) /* a write would tell nothing: a socket's buffer may grow */
        tri_step_end(&step);
    else if (tri_buf_len(&conn->out) > 0 && tri_step_flush(&step) == TRI_MOVE_STOP)
        ;
    else if (conn->open && conn->open->straight)
        tri_step_act(&step);
    else
        while (tri_step_advance(&step) == TRI_MOVE_GO)
            continue;
    give_back(&step);
    return step.wish;
}

/* --- blocking handlers --- */

const struct tri_handler *tri_conn_running(const struct tri_conn *conn)
{
    return conn->open ? conn->open->handler : NULL;
}

void tri_conn_decline(struct tri_conn *conn)
{
    bool close = conn->open->x.response.close;
    tri_assert(conn->phase == TRI_PHASE_RUN);
    tri_answer_refusal(&conn->open->x, &tri_refusal_no_thread);
    conn->open->x.response.close = close; /* the request was sound: the connection may live on */
    conn->phase = TRI_PHASE_SEND;
}
