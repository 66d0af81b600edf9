/*
 * test_events.c - many subscribe to /events, some speak: who hears what, in each mode.
 */
#include "serving.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "server/base/clock.h"

TestSuite(modes_events, .timeout = 120);

enum { SUBSCRIBERS = 100, MESSAGES = 50, BATCH = 10, BACKLOG = 64 };

#define RARELY "/events?ms=60000" /* one tick at once, the next in a minute */

static struct support_client subscribers[SUBSCRIBERS];

/* Has the client received `text`, as often as `times`? Waits for it. */
static bool hears(struct support_client *client, const char *text, unsigned times)
{
    int64_t until_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    for (;;) {
        unsigned found = 0;
        const char *at = client->in, *end = at + client->in_bytes;
        while (at && (at = memmem(at, (size_t)(end - at), text, strlen(text)))) {
            found++;
            at += strlen(text);
        }
        if (found >= times)
            return found == times;
        if (!support_client_more(client, until_ns))
            return false;
    }
}

static void subscribe(struct support_client *client)
{
    *client = ask(RARELY);
    cr_assert(hears(client, "\"elapsed_ms\":0}", 1), "not subscribed");
}

/* Say it; how many it reached. */
static unsigned say(struct support_client *client, const char *text)
{
    struct support_response response;
    char request[512];
    int len = snprintf(request, sizeof(request),
                       "POST /events HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n%s",
                       strlen(text), text);
    cr_assert(support_client_send(client, (struct tri_slice){request, (size_t)len}));
    const char *fault = support_client_response(client, &response, false);
    cr_assert(!fault && response.status == 200, "%s", fault ? fault : "refused");
    char number[16] = "";
    memcpy(number, response.body, response.body_bytes < 15 ? response.body_bytes : 15);
    support_response_free(&response);
    return (unsigned)strtoul(number, NULL, 10);
}

static void serve_one(const char *mode)
{
    serve(mode, strcmp(mode, "threads") == 0 ? FLAGS("--processes=1") : NULL);
}

EACH_MODE(modes_events, a_hundred_subscribers_hear_fifty_messages_in_order)
{
    struct support_client speaker;
    char text[64];
    serve_one(mode);
    for (int i = 0; i < SUBSCRIBERS; i++)
        subscribe(&subscribers[i]);
    support_client_open(&speaker, server.port);
    for (int m = 0; m < MESSAGES; m++) {
        snprintf(text, sizeof(text), "message %d.", m);
        cr_assert(say(&speaker, text) == SUBSCRIBERS, "message %d", m);
        for (int i = 0; i < SUBSCRIBERS && m % BATCH == BATCH - 1; i++) /* none may fall behind */
            cr_assert(hears(&subscribers[i], text, 1), "subscriber %d misses %s", i, text);
    }
    for (int i = 0; i < SUBSCRIBERS; i++) {
        const char *at = subscribers[i].in, *end = at + subscribers[i].in_bytes;
        for (int m = 0; m < MESSAGES; m++) {
            snprintf(text, sizeof(text), "data: message %d.\n\n", m);
            at = memmem(at, (size_t)(end - at), text, strlen(text));
            cr_assert(at, "subscriber %d: %s is not in its place", i, text);
        }
        cr_assert(hears(&subscribers[i], "event: lost", 0));
        support_client_close(&subscribers[i]);
    }
    support_client_close(&speaker);
    finish();
}

EACH_MODE(modes_events, a_message_without_subscribers_reaches_nobody)
{
    struct support_client speaker;
    serve_one(mode);
    support_client_open(&speaker, server.port);
    cr_assert(say(&speaker, "hello") == 0);
    support_client_close(&speaker);
    finish();
}

/* It takes nothing while more is said than the kernel and its channel hold for it. */
EACH_MODE(modes_events, a_slow_subscriber_loses_some_and_is_told)
{
    static char long_text[4000];
    struct support_client slow = {0}, speaker;
    unsigned missed = 0;
    serve_one(mode);
    memset(long_text, 'x', sizeof(long_text) - 1);
    subscribe(&slow);
    support_client_open(&speaker, server.port);
    char request[4200];
    int len = snprintf(request, sizeof(request),
                       "POST /events HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n%s",
                       strlen(long_text), long_text);
    for (int i = 0; i < 20000 && missed < 10; i++) {
        struct support_response response;
        cr_assert(support_client_send(&speaker, (struct tri_slice){request, (size_t)len}));
        cr_assert(!support_client_response(&speaker, &response, false));
        missed += response.body_bytes > 0 && response.body[0] == '0';
        support_response_free(&response);
    }
    cr_assert(missed >= 10, "it lost %u", missed);
    char told[64];
    snprintf(told, sizeof(told), "event: lost\ndata: %u\n\n", missed);
    cr_assert(hears(&slow, "event: lost", 1));
    cr_assert(hears(&slow, told, 1), "%s", told);
    cr_assert(say(&speaker, "are you there") == 1);
    cr_assert(hears(&slow, "data: are you there\n\n", 1));
    support_client_close(&slow);
    support_client_close(&speaker);
    finish();
}

EACH_MODE(modes_events, subscribers_vanish_while_messages_fly)
{
    struct support_client speakers[4];
    serve_one(mode);
    for (int i = 0; i < 4; i++)
        support_client_open(&speakers[i], server.port);
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 20; i++)
            subscribers[i] = ask(i % 2 ? RARELY : "/events?n=2&ms=10");
        for (int i = 0; i < 20; i++) {
            say(&speakers[i % 4], "mind the gap");
            if (i % 3 == 0)
                support_client_close(&subscribers[i]);
            else
                support_client_vanish(&subscribers[i]);
        }
    }
    subscribe(&subscribers[0]);
    cr_assert(say(&speakers[0], "still here") >= 1);
    cr_assert(hears(&subscribers[0], "data: still here\n\n", 1));
    support_client_close(&subscribers[0]);
    for (int i = 0; i < 4; i++)
        support_client_close(&speakers[i]);
    finish();
}

EACH_MODE(modes_events, subscribers_leave_in_a_drain)
{
    serve_one(mode);
    for (int i = 0; i < 10; i++)
        subscribe(&subscribers[i]);
    support_server_end(&server);
    for (int i = 0; i < 10; i++) {
        cr_assert(support_client_finish(&subscribers[i], tri_clock_now() + SUPPORT_WAIT_NS));
        support_client_close(&subscribers[i]);
    }
    finish();
}
