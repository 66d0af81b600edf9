/*
 * villains.c - three ways to make a server wait, each as little as it can send or take.
 */
#include "attack.h"

#include <sys/socket.h>

#include "server/base/clock.h"

#define GAP_NS (500 * TRI_MILLISECOND) /* between two drips */
#define AGAIN_NS (200 * TRI_MILLISECOND)

#define SAY(client, text) say(client, text, sizeof(text) - 1, now_ns)

/* What cannot be sent is not missed. */
static void say(struct client *client, const char *text, size_t len, int64_t now_ns)
{
    if (send(client->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && !client->begun)
        return; /* not connected yet */
    client->begun = true;
    client->due_ns = now_ns + GAP_NS;
}

/* The server has had enough, or has a word to say. */
static void listen_for_end(struct client *client, int64_t now_ns)
{
    char dropped[4096];
    ssize_t n = recv(client->fd, dropped, sizeof(dropped), MSG_DONTWAIT);
    if (n == 0 || (n < 0 && client->begun)) {
        tally.turned_away++;
        client_close(client, now_ns + AGAIN_NS);
    }
}

/* A head that never ends, field by field. */
static void drip_head(struct client *client, int64_t now_ns)
{
    if (client->begun)
        SAY(client, "X-Slow: 1\r\n");
    else
        SAY(client, "GET /hello HTTP/1.1\r\nHost: a\r\n");
}

/* A body that comes byte by byte. */
static void drip_body(struct client *client, int64_t now_ns)
{
    if (client->begun)
        SAY(client, "x");
    else
        SAY(client, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
}

/* A large reply that is taken byte by byte. */
static void sip_reply(struct client *client, int64_t now_ns)
{
    char byte;
    if (!client->begun) {
        SAY(client, "GET /bytes?n=100000000 HTTP/1.1\r\nHost: a\r\n\r\n");
        return;
    }
    if (recv(client->fd, &byte, 1, MSG_DONTWAIT) == 0) {
        tally.turned_away++;
        client_close(client, now_ns + AGAIN_NS);
    }
    client->due_ns = now_ns + GAP_NS;
}

const struct part attack_parts[] = {
    {.name = "heads", .hears = true, .act = drip_head, .hear = listen_for_end},
    {.name = "bodies", .hears = true, .act = drip_body, .hear = listen_for_end},
    {.name = "readers", .receive_bytes = 4096, .act = sip_reply},
};
const size_t attack_part_count = sizeof(attack_parts) / sizeof(*attack_parts);
