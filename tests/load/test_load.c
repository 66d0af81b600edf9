/*
 * test_load.c - several clients at once, each doing at random what clients do: ask, pipeline,
 * upload, sleep, block, compute, leave early. Every reply is checked; the server must then drain.
 *
 * Why: races need company. The same program drives a server built with ThreadSanitizer, which is
 * where it earns its keep (tests/run). The random sequence is fixed by the client's number.
 */
#include "server/base/clock.h"
#include "server/base/error.h"
#include "tests/support/client.h"
#include "tests/support/server.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define CLIENTS 8
#define LOAD_NS (3 * TRI_SECOND)

TestSuite(load, .timeout = 90);

struct client {
    pthread_t thread;
    uint16_t port;
    uint32_t random; /* state of a linear congruential generator, Knuth's constants */
    unsigned replies;
    const char *fault; /* what went wrong first; static text, or NULL */
};

static unsigned below(struct client *client, unsigned bound)
{
    client->random = client->random * 1664525u + 1013904223u;
    return (client->random >> 8) % bound;
}

static const struct ask {
    struct tri_slice bytes;
    unsigned replies;  /* one after the other */
    size_t body_bytes; /* of each; SIZE_MAX: any */
} asks[] = {
    {TRI_SLICE("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"), 1, 13},
    {TRI_SLICE("GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /json HTTP/1.1\r\nHost: a\r\n\r\n"
               "GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /users/1 HTTP/1.1\r\nHost: a\r\n\r\n"),
     4, SIZE_MAX},
    {TRI_SLICE("GET /sleep?ms=7 HTTP/1.1\r\nHost: a\r\n\r\n"), 1, SIZE_MAX},
    {TRI_SLICE("GET /block?ms=4 HTTP/1.1\r\nHost: a\r\n\r\n"), 1, SIZE_MAX},
    {TRI_SLICE("GET /cpu?ms=1 HTTP/1.1\r\nHost: a\r\n\r\n"), 1, SIZE_MAX},
    {TRI_SLICE("GET /bytes?n=300000 HTTP/1.1\r\nHost: a\r\n\r\n"), 1, 300000},
    {TRI_SLICE("GET /stream?n=3&ms=2 HTTP/1.1\r\nHost: a\r\n\r\n"), 1, SIZE_MAX},
    {TRI_SLICE("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
               "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX: y\r\n\r\n"),
     1, 11},
    {TRI_SLICE("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd"), 1, 4},
    {TRI_SLICE("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 1, SIZE_MAX},
};

/* Ask once and read what comes; NULL when all was right. */
static const char *ask(struct client *client, struct support_client *socket, const struct ask *what)
{
    bool cut = below(client, 4) == 0;
    if (!(cut ? support_client_send_cut(socket, what->bytes, 1 + below(client, 40), 100000)
              : support_client_send(socket, what->bytes)))
        return "the server takes no bytes";
    for (unsigned i = 0; i < what->replies; i++) {
        struct support_response reply;
        const char *fault = support_client_response(socket, &reply, false);
        if (!fault && reply.status != 200)
            fault = "a status other than 200";
        if (!fault && what->body_bytes != SIZE_MAX && reply.body_bytes != what->body_bytes)
            fault = "a body of another length";
        support_response_free(&reply);
        if (fault)
            return fault;
        client->replies++;
    }
    return NULL;
}

/* Connections one after the other, of a few requests each; some end without a good-bye. */
static void *run_client(void *arg)
{
    struct client *client = arg;
    int64_t until_ns = tri_clock_now() + LOAD_NS;
    while (!client->fault && tri_clock_now() < until_ns) {
        struct support_client socket;
        support_client_open(&socket, client->port);
        for (unsigned left = 1 + below(client, 12); left > 0 && !client->fault; left--)
            client->fault =
                ask(client, &socket, &asks[below(client, sizeof(asks) / sizeof(*asks))]);
        switch (below(client, 4)) {
        case 0: /* in the middle of a reply */
            support_client_send(&socket, asks[5].bytes);
            support_client_vanish(&socket);
            break;
        case 1: /* in the middle of a wait */
            support_client_send(&socket, asks[2 + below(client, 2)].bytes);
            break;
        case 2: /* in the middle of a head */
            support_client_send(&socket, TRI_SLICE("GET /hello HT"));
            break;
        default:
            break;
        }
        support_client_close(&socket);
    }
    return NULL;
}

ParameterizedTestParameters(load, every_reply_is_right_and_the_server_drains)
{
    static size_t modes[] = {0, 1, 2};
    return cr_make_param_array(size_t, modes, 3);
}

ParameterizedTest(size_t *mode, load, every_reply_is_right_and_the_server_drains)
{
    static const char *const workers[] = {"--workers=3", NULL};
    static const char *const processes[] = {"--processes=2", NULL};
    struct support_server server;
    struct client clients[CLIENTS];
    struct tri_error error;
    const char *name = support_modes[*mode];
    const char *const *flags = strcmp(name, "mn") == 0 ? workers : processes;
    unsigned replies = 0;

    cr_assert(support_server_start(&server, name, flags, &error), "%s: %s", name, error.text);
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.port = server.port, .random = i + 1};
        cr_assert(pthread_create(&clients[i].thread, NULL, run_client, &clients[i]) == 0);
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        cr_expect(!clients[i].fault, "%s, client %u after %u replies: %s", name, i,
                  clients[i].replies, clients[i].fault);
        replies += clients[i].replies;
    }
    cr_expect(replies > CLIENTS * 10, "%s: only %u replies", name, replies);
    cr_expect(support_server_stop(&server, &error), "%s: %s", name, error.text);
}
