/*
 * client.c - what a worker tells a connection: something happened, a time has come, begin.
 *
 * One connection is a state machine that never waits. Its parts, by job:
 *
 *     client_connect.c   connect, shake hands, lose and reopen
 *     client_send.c      requests, closed loop and open loop
 *     client_receive.c   responses
 *     client_slow.c      those that drip
 *
 * Here is only which of them is meant, by state and kind.
 */
#include "loadtest/client_parts.h"

#include <sys/epoll.h>

#include "server/base/clock.h"

void tri_client_start(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    if (client->kind == TRI_CLIENT_DRIPS) {
        if (client->state == TRI_CLIENT_OPEN)
            tri_client_drip(worker, client, now_ns);
        return;
    }
    if (client->unwritten && client->state == TRI_CLIENT_OPEN)
        tri_client_flush(worker, client, now_ns);
    tri_client_refill(worker, client, now_ns);
}

void tri_client_event(struct tri_worker *worker, struct tri_client *client, uint32_t events)
{
    if (client->state == TRI_CLIENT_CONNECTING) {
        if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
            return;
        tri_client_connected(worker, client);
    } else if (client->state == TRI_CLIENT_SHAKING) {
        tri_client_shake(worker, client);
    }
    if (client->state != TRI_CLIENT_OPEN)
        return;
    bool is_slow = client->kind == TRI_CLIENT_DRIPS;
    if ((events & EPOLLOUT) && client->unwritten && !is_slow)
        tri_client_flush(worker, client, tri_clock_now());
    if (is_slow && worker->plan->slow_kind == TRI_SLOW_READ && !(events & (EPOLLERR | EPOLLHUP)))
        return; /* it reads when its time has come */
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP))
        tri_client_receive(worker, client, (events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0);
}

void tri_client_due(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    if (worker->is_ending)
        return;
    if (client->kind == TRI_CLIENT_DRIPS && client->state == TRI_CLIENT_OPEN) {
        if (worker->plan->slow_kind == TRI_SLOW_READ && !client->unwritten && client->pending)
            tri_client_receive(worker, client, false);
        if (client->state == TRI_CLIENT_OPEN)
            tri_client_drip(worker, client, now_ns);
    } else if (client->state == TRI_CLIENT_OPEN && client->pending) {
        tri_client_receive(worker, client, true);
    } else if (client->state == TRI_CLIENT_OPEN) {
        tri_client_refill(worker, client, now_ns);
    } else if (client->state == TRI_CLIENT_CLOSED) {
        if (worker->plan->close && client->kind == TRI_CLIENT_ASKS)
            tri_client_start(worker, client, now_ns);
        else
            tri_client_open(worker, client, now_ns);
    }
}

void tri_client_check(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    if (client->state == TRI_CLIENT_CLOSED || client->kind == TRI_CLIENT_DRIPS)
        return;
    int64_t since_ns = client->since_ns;
    if (client->state == TRI_CLIENT_OPEN) {
        if (client->pending == 0)
            return;
        const struct tri_pending *oldest = tri_client_pending(worker, client, 0);
        since_ns = oldest->sent_ns ? oldest->sent_ns : oldest->intended_ns;
    }
    if (now_ns - since_ns > worker->plan->timeout_ns)
        tri_client_fail(worker, client, TRI_FAULT_TIMEOUT, now_ns);
}
