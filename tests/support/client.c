/*
 * client.c - see client.h.
 */
#include "tests/support/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/base/fd.h"
#include "tests/support/server.h"
#include "tests/support/tls.h"

#define READ_BYTES ((size_t)65536)

void support_client_open(struct support_client *client, uint16_t port)
{
    const int on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *client = (struct support_client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                                      .in = malloc(READ_BYTES),
                                      .in_room = READ_BYTES};
    tri_assert(client->fd >= 0 && client->in);
    tri_assert(connect(client->fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    tri_assert(setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
    tri_assert(fcntl(client->fd, F_SETFL, O_NONBLOCK) == 0);
}

static void close_silently(struct support_client *client)
{
    support_tls_free(client->ssl);
    client->ssl = NULL;
    tri_fd_close(&client->fd);
    free(client->in);
    client->in = NULL;
}

void support_client_close(struct support_client *client)
{
    if (client->ssl && !client->reset)
        support_tls_end(client->ssl);
    close_silently(client);
}

void support_client_vanish(struct support_client *client)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close_silently(client);
}

void support_pause(int64_t ns)
{
    struct timespec span = {ns / TRI_SECOND, ns % TRI_SECOND};
    while (nanosleep(&span, &span) != 0 && errno == EINTR)
        continue;
}

static ssize_t take(struct support_client *client, char *at, size_t room)
{
    return client->ssl ? support_tls_recv(client->ssl, at, room) : recv(client->fd, at, room, 0);
}

static ssize_t give(struct support_client *client, struct tri_slice bytes)
{
    return client->ssl ? support_tls_send(client->ssl, bytes.at, bytes.len)
                       : send(client->fd, bytes.at, bytes.len, MSG_NOSIGNAL);
}

/*
 * Take some of what has come. Records are small, so over TLS that is several; and the last of them
 * as a whole, or no look at the socket would find the rest.
 */
static void receive(struct support_client *client)
{
    size_t before = client->in_bytes;
    ssize_t n;
    do {
        if (client->in_room == client->in_bytes) {
            client->in_room *= 2;
            client->in = realloc(client->in, client->in_room);
            tri_assert(client->in);
        }
        n = take(client, client->in + client->in_bytes, client->in_room - client->in_bytes);
        if (n > 0)
            client->in_bytes += (size_t)n;
    } while (n > 0 && client->ssl &&
             (client->in_bytes - before < READ_BYTES || support_tls_holds(client->ssl)));
    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    client->eof = true;
    client->cut = n < 0 && errno == ENODATA;
    client->reset = n < 0 && !client->cut;
}

/* Wait for `events`; those that are there, 0 after the deadline. */
static int await(const struct support_client *client, short events, int64_t deadline_ns)
{
    struct pollfd watched = {.fd = client->fd, .events = events};
    for (;;) {
        int64_t left_ns = deadline_ns - tri_clock_now();
        if (left_ns <= 0)
            return 0;
        int n = poll(&watched, 1, (int)(left_ns / TRI_MILLISECOND) + 1);
        if (n > 0)
            return watched.revents;
        tri_assert(n == 0 || errno == EINTR);
    }
}

/* Agree on keys. */
static bool shake(struct support_client *client)
{
    int64_t deadline_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    while (support_tls_shake(client->ssl) != 1)
        if (errno != EAGAIN || await(client, POLLIN, deadline_ns) == 0)
            return false;
    return true;
}

void support_client_open_to(struct support_client *client, const struct support_server *server)
{
    support_client_open(client, server->port);
    if (server->transport == SUPPORT_PLAIN)
        return;
    client->ssl = support_tls_new(client->fd);
    client->eof = client->reset = !shake(client);
}

void support_client_end(struct support_client *client)
{
    if (client->ssl)
        support_tls_end(client->ssl);
    else
        shutdown(client->fd, SHUT_WR);
}

bool support_client_send(struct support_client *client, struct tri_slice bytes)
{
    int64_t deadline_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    while (bytes.len > 0) {
        ssize_t n = give(client, bytes);
        if (n > 0) {
            bytes = tri_slice_from(bytes, (size_t)n);
            deadline_ns = tri_clock_now() + SUPPORT_WAIT_NS;
            continue;
        }
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        short events = client->eof ? POLLOUT : POLLOUT | POLLIN;
        int found = await(client, events, deadline_ns);
        if (found == 0)
            return false;
        if (found & events & POLLIN)
            receive(client);
    }
    return true;
}

bool support_client_send_cut(struct support_client *client, struct tri_slice bytes, size_t piece,
                             int64_t pause_ns)
{
    while (bytes.len > 0) {
        size_t len = bytes.len < piece ? bytes.len : piece;
        if (!support_client_send(client, (struct tri_slice){bytes.at, len}))
            return false;
        bytes = tri_slice_from(bytes, len);
        if (bytes.len > 0 && pause_ns > 0)
            support_pause(pause_ns);
    }
    return true;
}

bool support_client_more(struct support_client *client, int64_t deadline_ns)
{
    size_t before = client->in_bytes;
    while (!client->eof && client->in_bytes == before) {
        if (await(client, POLLIN, deadline_ns) == 0)
            return false;
        receive(client);
    }
    return true;
}

bool support_client_finish(struct support_client *client, int64_t deadline_ns)
{
    while (!client->eof)
        if (!support_client_more(client, deadline_ns))
            return false;
    return true;
}

const char *support_client_response(struct support_client *client,
                                    struct support_response *response, bool to_head)
{
    int64_t deadline_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    for (;;) {
        struct tri_slice bytes = {client->in + client->used, client->in_bytes - client->used};
        switch (support_response_parse(response, bytes, client->eof, to_head)) {
        case SUPPORT_WHOLE:
            client->used += response->used;
            return NULL;
        case SUPPORT_MALFORMED:
            return response->fault;
        case SUPPORT_MORE:
            break;
        }
        if (client->eof)
            return bytes.len == 0 ? "the server closed without an answer"
                                  : "the answer is cut short";
        size_t had = bytes.len;
        if (!support_client_more(client, deadline_ns))
            return had == 0 ? "there was no answer in time" : "the answer was not whole in time";
        support_response_free(response);
    }
}

static const char *judge_end(struct support_client *client, bool is_cut)
{
    bool finished = support_client_finish(client, tri_clock_now() + SUPPORT_WAIT_NS);
    if (client->in_bytes > client->used)
        return "more than the expected answers came";
    if (!finished)
        return "the connection stayed open";
    if (client->reset)
        return "the connection was reset";
    if (client->ssl && client->cut != is_cut)
        return is_cut ? "close_notify says that nothing is missing" : "there was no close_notify";
    return NULL;
}

const char *support_client_over(struct support_client *client)
{
    return judge_end(client, false);
}

const char *support_client_cut_off(struct support_client *client)
{
    return judge_end(client, true);
}
