/*
 * good.c - a client as it should be: asks on a kept connection, takes what comes at once, checks
 * it, and comes back on a new connection now and then. Anything else than a whole 200 in time is a
 * failure.
 */
#include "attack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "server/base/clock.h"

#define PAUSE_NS (50 * TRI_MILLISECOND) /* between a reply and the next request */
#define PATIENCE_NS (5 * TRI_SECOND)
#define KEPT_FOR 50 /* requests on one connection */

static const char *const requests[] = {"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
                                       "GET /bytes?n=65536 HTTP/1.1\r\nHost: a\r\n\r\n"};

static void fail(struct client *client, int64_t now_ns, const char *fault)
{
    if (tally.failed++ == 0)
        snprintf(tally.fault, sizeof(tally.fault), "%s after %u replies, %.12s", fault,
                 client->served, client->head_len > 0 ? client->head : "");
    client_close(client, now_ns + PAUSE_NS);
}

static void ask(struct client *client, int64_t now_ns)
{
    const char *request = requests[client->served % 2];
    if (client->asked_ns > 0) {
        if (now_ns - client->asked_ns > PATIENCE_NS)
            fail(client, now_ns, client->begun ? "no reply in time" : "no connection in time");
        else if (client->begun)
            client->due_ns = now_ns + PAUSE_NS;
    }
    if (client->fd < 0 || client->begun)
        return;
    if (client->asked_ns == 0)
        client->asked_ns = now_ns; /* connecting counts */
    ssize_t n = send(client->fd, request, strlen(request), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n == (ssize_t)strlen(request)) {
        client->begun = true;
        client->head_len = 0;
        client->body_left = SIZE_MAX;
        client->due_ns = now_ns + PAUSE_NS;
    } else if (errno != EAGAIN && errno != ENOTCONN && errno != EINPROGRESS) {
        fail(client, now_ns, "no request can be sent");
    }
}

static void finish_reply(struct client *client, int64_t now_ns)
{
    int64_t took_ns = now_ns - client->asked_ns;
    tally.worst_ns = took_ns > tally.worst_ns ? took_ns : tally.worst_ns;
    tally.good++;
    client->asked_ns = 0;
    client->begun = false;
    client->due_ns = now_ns + PAUSE_NS;
    if (++client->served == KEPT_FOR)
        client_close(client, now_ns + PAUSE_NS);
}

/* Take `n` bytes at `at`; false: they are not those of a good reply. */
static bool take(struct client *client, const char *at, size_t n)
{
    static const char name[] = "Content-Length: ";
    size_t used = 0;
    if (client->body_left == SIZE_MAX) {
        size_t room = sizeof(client->head) - client->head_len, before = client->head_len;
        size_t part = n < room ? n : room;
        memcpy(client->head + before, at, part);
        client->head_len += part;
        const char *end = memmem(client->head, client->head_len, "\r\n\r\n", 4);
        if (!end)
            return client->head_len < sizeof(client->head);
        const char *length = memmem(client->head, client->head_len, name, sizeof(name) - 1);
        if (memcmp(client->head, "HTTP/1.1 200", 12) != 0 || !length || length > end)
            return false;
        client->body_left = strtoul(length + sizeof(name) - 1, NULL, 10);
        if (client->body_left != (client->served % 2 ? 65536u : 13u))
            return false;
        used = (size_t)(end + 4 - client->head) - before;
    }
    if (n - used > client->body_left)
        return false;
    client->body_left -= n - used;
    return true;
}

static void hear(struct client *client, int64_t now_ns)
{
    static char bytes[1 << 17];
    ssize_t n = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0)
        fail(client, now_ns, n == 0 ? "the connection ended" : strerrorname_np(errno));
    else if (!client->begun || !take(client, bytes, (size_t)n))
        fail(client, now_ns, "another reply than expected");
    else if (client->body_left == 0)
        finish_reply(client, now_ns);
}

const struct part attack_good = {.name = "good", .hears = true, .act = ask, .hear = hear};
