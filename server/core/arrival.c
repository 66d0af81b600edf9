/*
 * arrival.c - who comes, and whether they may stay.
 *
 * A connection is admitted once, when it comes: the server may be full, or its client may have its
 * share of connections already. Whoever is turned away is told so (503, 429) with Retry-After,
 * and takes no seat while it reads that; the local health check is answered even then. Behind a
 * load balancer that is trusted and speaks the PROXY protocol, the client is known only when that
 * header has been read.
 */
#include "server/core/step.h"

#include "server/base/clock.h"
#include "server/core/clients.h"
#include "server/net/proxy.h"

/*
 * Connections from this one on are restrained. The kernel keeps up to 4 MiB for a client that does
 * not read, so 2,000 of those use up the memory of TCP for everybody (net.ipv4.tcp_mem); but to
 * keep less costs a sender of large files several times the CPU time on a fast network.
 */
#define CROWD 128

#define LOCAL_HEAD_NS TRI_SECOND /* a health check of a full server says at once what it wants */

static void seat(struct tri_conn *conn)
{
    struct tri_service *service = conn->service;
    unsigned before = atomic_fetch_add_explicit(&service->seated, 1, memory_order_relaxed);
    conn->seated = true;
    if (service->limits.connections > 0 && before >= service->limits.connections)
        conn->admission =
            tri_ip_is_loopback(&conn->peer) ? TRI_ADMISSION_LOCAL : TRI_ADMISSION_FULL;
}

static void unseat(struct tri_conn *conn)
{
    if (conn->seated)
        atomic_fetch_sub_explicit(&conn->service->seated, 1, memory_order_relaxed);
    conn->seated = false;
}

/* Count the connection as one of its client's, unless a proxy that is trusted speaks for many. */
static void count(struct tri_conn *conn, int64_t now_ns)
{
    struct tri_service *service = conn->service;
    if (!service->clients || tri_service_trusts(service, &conn->peer))
        return;
    conn->counted = tri_clients_enter(service->clients, &conn->peer, now_ns);
    if (!conn->counted)
        conn->admission = TRI_ADMISSION_SHARE;
}

void tri_conn_admit(struct tri_conn *conn, int64_t now_ns)
{
    struct tri_service *service = conn->service;
    bool has_header = service->proxy_protocol && tri_service_trusts(service, &conn->peer);
    if (atomic_fetch_add_explicit(&service->open, 1, memory_order_relaxed) >= CROWD)
        conn->stream.transport->restrain(&conn->stream);
    seat(conn);
    if (conn->admission != TRI_ADMISSION_OPEN)
        conn->deadline_ns = tri_clock_after(now_ns, LOCAL_HEAD_NS);
    conn->phase = conn->stream.transport->handshake ? TRI_PHASE_SECURE : TRI_PHASE_IDLE;
    if (has_header)
        conn->phase = TRI_PHASE_PROXY;
    else if (conn->admission == TRI_ADMISSION_OPEN)
        count(conn, now_ns);
    if (conn->admission != TRI_ADMISSION_OPEN)
        unseat(conn);
}

void tri_conn_leave(struct tri_conn *conn)
{
    if (conn->counted)
        tri_clients_leave(conn->service->clients, &conn->peer);
    unseat(conn);
    atomic_fetch_sub_explicit(&conn->service->open, 1, memory_order_release);
}

enum tri_move tri_step_meet(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    struct tri_buf *in = step->in;
    struct tri_ip client;
    bool expired;
    size_t used = 0;
    switch (tri_proxy_parse(tri_buf_unread(in), &used, &client)) {
    case TRI_PROXY_MORE:
        if (conn->eof)
            return tri_step_end(step);
        if (step->read_dry && tri_service_is_draining(conn->service))
            tri_step_hurry(step, TRI_DRAIN_GRACE_NS);
        if (tri_step_receive(step, &expired) == TRI_MOVE_STOP)
            return TRI_MOVE_STOP;
        return expired ? tri_step_end(step) : TRI_MOVE_GO;
    case TRI_PROXY_MALFORMED: /* no HTTP was spoken yet, so there is no answer in HTTP either */
        return tri_step_end(step);
    case TRI_PROXY_DONE:
        break;
    }
    tri_buf_drop(in, used);
    if (tri_ip_is_known(&client)) { /* else it is the proxy itself, LOCAL: a check of its own */
        conn->peer = client;
        if (conn->admission == TRI_ADMISSION_OPEN)
            count(conn, step->now_ns);
        else if (!tri_ip_is_loopback(&client))
            conn->admission = TRI_ADMISSION_FULL;
        if (conn->admission != TRI_ADMISSION_OPEN)
            unseat(conn);
    }
    /* Without a new deadline: the time of what follows runs since accept. */
    conn->phase = conn->stream.transport->handshake ? TRI_PHASE_SECURE : TRI_PHASE_IDLE;
    return TRI_MOVE_GO;
}
