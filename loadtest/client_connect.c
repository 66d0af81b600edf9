/*
 * client_connect.c - a connection's beginning and end.
 *
 *     CLOSED --connect--> CONNECTING --> [SHAKING] --> OPEN
 *        ^                    |              |           |
 *        +---- a moment later, when it failed; at once, when the server closed it ----+
 *
 * Why turns: thousands of connects at once overrun a backlog, and what is measured then is the
 * retransmission timer of SYN. Of each worker a few connect at a time; the others wait in
 * `close_ring`.
 *
 * Invariants: `connecting` counts CONNECTING and SHAKING, `open` counts OPEN, `unsettled` those
 * whose first attempt has no outcome yet. A connection that is lost takes its requests with it: all
 * of them are counted, once, in one fault.
 */
#include "loadtest/client_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "server/base/clock.h"

/* Its first attempt has come to an end, good or bad. */
static void settle(struct tri_worker *worker, struct tri_client *client)
{
    if (!client->is_settled)
        worker->unsettled--;
    client->is_settled = true;
}

void tri_client_open_next(struct tri_worker *worker, int64_t now_ns)
{
    if (worker->is_connecting_next) /* one that fails at once comes here again */
        return;
    worker->is_connecting_next = true;
    while (worker->connecting < worker->connecting_most &&
           !tri_list_is_empty(&worker->close_ring)) {
        struct tri_client *client =
            TRI_CONTAINER(worker->close_ring.next, struct tri_client, queue);
        tri_list_remove(&client->queue);
        tri_client_open(worker, client, now_ns);
    }
    worker->is_connecting_next = false;
}

void tri_client_open_later(struct tri_worker *worker, struct tri_client *client, int64_t due_ns)
{
    tri_agenda_set(&worker->agenda, &client->entry, due_ns);
}

/* It is open: ask, or wait to be asked to. */
static void become_open(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    client->state = TRI_CLIENT_OPEN;
    tri_reading_init(&client->reading, &worker->plan->expect);
    client->first_byte_ns = 0;
    worker->open++;
    worker->connecting--;
    settle(worker, client);
    if (worker->is_sending)
        tri_client_start(worker, client, now_ns);
    tri_client_open_next(worker, now_ns);
}

void tri_client_shake(struct tri_worker *worker, struct tri_client *client)
{
    int done = tri_wire_handshake(&client->wire);
    int64_t now_ns = tri_clock_now();
    if (done == TRI_WIRE_AGAIN)
        return;
    if (done != 1) {
        if (!worker->box->first_fault[0])
            tri_wire_why(worker->box->first_fault, sizeof(worker->box->first_fault));
        tri_client_fail(worker, client, done == TRI_WIRE_RESET ? TRI_FAULT_RESET : TRI_FAULT_TLS,
                        now_ns);
        return;
    }
    tri_histogram_add(&worker->tally->handshake, now_ns - client->since_ns);
    become_open(worker, client, now_ns);
}

static void become_connected(struct tri_worker *worker, struct tri_client *client)
{
    int64_t now_ns = tri_clock_now();
    worker->tally->counts.connects++;
    tri_histogram_add(&worker->tally->connect, now_ns - client->since_ns);
    client->since_ns = now_ns;
    if (!worker->tls) {
        become_open(worker, client, now_ns);
        return;
    }
    client->state = TRI_CLIENT_SHAKING;
    if (!tri_wire_secure(&client->wire, worker->tls, worker->plan))
        tri_client_fail(worker, client, TRI_FAULT_RESOURCES, now_ns);
    else
        tri_client_shake(worker, client);
}

/* What errno says about a connection that could not be made. */
static enum tri_fault fault_of(int os)
{
    switch (os) {
    case ECONNREFUSED:
    case ENOENT:
        return TRI_FAULT_REFUSED;
    case ECONNRESET:
        return TRI_FAULT_RESET;
    case ETIMEDOUT:
        return TRI_FAULT_TIMEOUT;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL: /* no port is left */
    case EADDRINUSE:
        return TRI_FAULT_RESOURCES;
    default:
        return TRI_FAULT_CONNECT;
    }
}

static void remember(struct tri_worker *worker, const char *what, int os)
{
    char *text = worker->box->first_fault;
    if (*text)
        return;
    errno = os;
    snprintf(text, sizeof(worker->box->first_fault), "%s: %m", what);
}

void tri_client_open(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    const struct tri_plan *plan = worker->plan;
    const struct tri_endpoint *source =
        plan->source_count ? &plan->sources[client->number % plan->source_count] : NULL;
    struct epoll_event watched = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                  .data.ptr = client};
    client->state = TRI_CLIENT_CONNECTING;
    client->since_ns = now_ns;
    client->answered = 0;
    worker->connecting++;
    bool is_small = client->kind == TRI_CLIENT_DRIPS && plan->slow_kind == TRI_SLOW_READ;
    enum tri_connecting outcome = tri_wire_connect(&client->wire, plan, source, is_small);
    if (outcome == TRI_CONNECT_LATER) {
        client->state = TRI_CLIENT_CLOSED;
        worker->connecting--;
        tri_client_open_later(worker, client, now_ns + TRI_MILLISECOND);
        return;
    }
    if (outcome == TRI_CONNECT_FAILED ||
        epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, client->wire.fd, &watched) != 0) {
        int os = errno;
        remember(worker, "connect", os);
        tri_client_fail(worker, client, fault_of(os), now_ns);
    } else if (outcome == TRI_CONNECTED) {
        become_connected(worker, client);
    }
}

void tri_client_connected(struct tri_worker *worker, struct tri_client *client)
{
    int os = 0;
    socklen_t size = sizeof(os);
    getsockopt(client->wire.fd, SOL_SOCKET, SO_ERROR, &os, &size);
    if (os) {
        remember(worker, "connect", os);
        tri_client_fail(worker, client, fault_of(os), tri_clock_now());
    } else {
        become_connected(worker, client);
    }
}

/* --- closing --- */

void tri_client_shut(struct tri_worker *worker, struct tri_client *client)
{
    if (client->state == TRI_CLIENT_OPEN)
        worker->open--;
    else if (client->state != TRI_CLIENT_CLOSED)
        worker->connecting--;
    tri_wire_close(&client->wire);
    client->state = TRI_CLIENT_CLOSED;
    if (client->kind == TRI_CLIENT_ASKS)
        worker->in_flight -= client->pending;
    client->pending = client->unwritten = client->written = client->first = 0;
    tri_list_remove(&client->queue);
    tri_agenda_remove(&worker->agenda, &client->entry);
}

void tri_client_reopen(struct tri_worker *worker, struct tri_client *client, int64_t now_ns,
                       int64_t after_ns)
{
    if (worker->is_ending || client->kind == TRI_CLIENT_IDLES)
        return;
    if (after_ns)
        tri_client_open_later(worker, client, now_ns + after_ns);
    else if (worker->plan->close && client->kind == TRI_CLIENT_ASKS)
        tri_client_start(worker, client, now_ns);
    else
        tri_client_open(worker, client, now_ns);
}

/* A request that timed out has taken at least this long: leaving it out would flatter. */
static void record_timeouts(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    for (uint32_t i = 0; i < client->pending; i++) {
        const struct tri_pending *pending = tri_client_pending(worker, client, i);
        tri_histogram_add(&worker->tally->response, now_ns - pending->intended_ns);
        if (pending->sent_ns)
            tri_histogram_add(&worker->tally->service, now_ns - pending->sent_ns);
    }
}

void tri_client_fail(struct tri_worker *worker, struct tri_client *client, enum tri_fault fault,
                     int64_t now_ns)
{
    bool was_opening = client->state != TRI_CLIENT_OPEN;
    bool has_answered = client->answered > 0;
    uint32_t lost = client->pending ? client->pending : 1;
    if (client->kind == TRI_CLIENT_DRIPS && !was_opening)
        worker->tally->counts.slow_closed++;
    else
        worker->tally->counts.faults[fault] += lost;
    if (fault == TRI_FAULT_TIMEOUT && client->kind == TRI_CLIENT_ASKS)
        record_timeouts(worker, client, now_ns);
    tri_client_shut(worker, client);
    if (was_opening)
        settle(worker, client);
    tri_client_reopen(worker, client, now_ns, has_answered ? 0 : TRI_CLIENT_BACKOFF_NS);
    tri_client_open_next(worker, now_ns);
}
