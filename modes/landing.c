/*
 * landing.c - waiting in recv(2); see landing.h.
 */
#include "modes/landing.h"

#include <errno.h>

#include "modes/wake.h"
#include "server/base/clock.h"

#define LEAST_NS (100 * TRI_MILLISECOND) /* the rounding of shorter time-outs would show */

/* Tell the socket, once, if its transport can be read around. */
static bool let_wait(struct tri_conn *conn, int64_t most_ns)
{
    struct tri_stream *stream = &conn->stream;
    const struct tri_transport *transport = stream->transport;
    return stream->may_wait || (transport->let_wait && transport->let_wait(stream, most_ns));
}

bool tri_landing_wait(struct tri_landing *landing, struct tri_conn *conn, struct tri_wish wish,
                      int64_t now_ns)
{
    int64_t idle_ns = conn->service->limits.idle_ns; /* 0: no deadline */
    int64_t most_ns = idle_ns / 4 * 3;
    bool is_between = wish.bits == (TRI_WISH_READ | TRI_WISH_IDLE) && conn->served > 0;
    if (!is_between || wish.deadline_ns - now_ns <= most_ns || (idle_ns > 0 && most_ns < LEAST_NS))
        return false;
    if (!let_wait(conn, most_ns))
        return false;
    ssize_t n = tri_wake_recv(conn->stream.fd, landing->bytes, sizeof(landing->bytes));
    landing->len = n > 0 ? (size_t)n : 0;
    return n >= 0 || errno != EAGAIN; /* an end or an error is seen by the step's own read */
}

void tri_landing_hand_over(struct tri_landing *landing, struct tri_conn *conn,
                           struct tri_workspace *workspace)
{
    if (landing->len > 0)
        tri_conn_land(conn, workspace, (struct tri_slice){landing->bytes, landing->len},
                      landing->len < sizeof(landing->bytes));
    landing->len = 0;
}
