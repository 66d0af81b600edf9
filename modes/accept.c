/*
 * accept.c - accepting with manners; see accept.h.
 */
#include "modes/accept.h"

#include <errno.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/net/tls.h"

#define PAUSE_NS (100 * TRI_MILLISECOND)

/* One more, unless there are far too many, or descriptors or memory have run out. */
static enum tri_accept accept_one(struct tri_acceptor *acceptor, unsigned listener, int *ret_fd,
                                  struct tri_ip *ret_peer)
{
    const struct tri_server *server = acceptor->server;
    const struct tri_service *service = &server->service;
    const atomic_uint *counted = acceptor->open ? acceptor->open : &service->open;
    unsigned open = atomic_load_explicit(counted, memory_order_relaxed);
    unsigned most = service->limits.connections;
    const char *reason = "max_connections";
    if (most == 0 || open < most + TRI_TURNED_AWAY_MAX) {
        enum tri_accept outcome =
            tri_listener_accept(server->listeners[listener].fds[server->share], ret_fd, ret_peer);
        if (outcome != TRI_ACCEPT_EXHAUSTED)
            return outcome;
        reason = strerrorname_np(errno);
    }
    int64_t now_ns = tri_clock_now();
    acceptor->resume_ns = now_ns + PAUSE_NS;
    if (tri_log_rate_due(&acceptor->rate, now_ns))
        tri_log(TRI_LOG_WARN, "accept_paused", " reason=%s open=%u", reason ? reason : "?", open);
    return TRI_ACCEPT_EXHAUSTED;
}

bool tri_accept_batch(struct tri_acceptor *acceptor, unsigned listener, int most,
                      void (*take)(void *context, const struct tri_visitor *visitor), void *context)
{
    const struct tri_server *server = acceptor->server;
    bool is_tls = server->listeners[listener].is_tls;
    enum tri_accept outcome = TRI_ACCEPT_OK;
    struct tri_visitor visitor;
    int fd;
    while (most-- > 0 &&
           (outcome = accept_one(acceptor, listener, &fd, &visitor.peer)) == TRI_ACCEPT_OK) {
        visitor.stream = is_tls ? tri_stream_tls(fd, server->tls) : tri_stream_plain(fd);
        take(context, &visitor);
    }
    return outcome != TRI_ACCEPT_EXHAUSTED;
}
