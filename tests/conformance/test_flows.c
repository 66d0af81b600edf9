/*
 * test_flows.c - long pipelines, cuts in time, and bodies that are large.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "tests/conformance/flow.h"

#define HOST "Host: a\r\n"
#define HELLO_REQUEST "GET /hello HTTP/1.1\r\n" HOST "\r\n"
#define PIPELINE 200
#define LARGE ((size_t)3 << 20)

FLOW_SUITES(conformance_flows, .timeout = 60);

/* --- pipelines --- */

/* PIPELINE requests in one piece; the one at `odd` is `other`. To be freed. */
static char *make_pipeline(int odd, const char *other)
{
    char *text = NULL;
    size_t len;
    FILE *to = open_memstream(&text, &len);
    tri_assert(to);
    for (int i = 0; i < PIPELINE; i++) {
        if (i == odd)
            fputs(other, to);
        else
            fprintf(to, "GET /users/%d HTTP/1.1\r\n" HOST "\r\n", i);
    }
    tri_assert(fclose(to) == 0);
    return text;
}

static void expect_users(struct support_client *client, int from, int to)
{
    char body[32];
    for (int i = from; i < to; i++) {
        snprintf(body, sizeof(body), "{\"id\":\"%d\"}", i);
        flow_expect(client, 200, body);
    }
}

FLOW(conformance_flows, answers_two_hundred_requests_of_one_write_in_order, NULL)
{
    struct support_client client;
    char *text = make_pipeline(-1, "");
    support_client_open_to(&client, server);
    flow_send(&client, text);
    expect_users(&client, 0, PIPELINE);
    flow_send(&client, HELLO_REQUEST);
    flow_expect(&client, 200, "Hello, world!");
    support_client_close(&client);
    free(text);
}

FLOW(conformance_flows, answers_nothing_behind_an_error_in_a_pipeline, NULL)
{
    struct support_client client;
    char *text = make_pipeline(PIPELINE / 2, "GET /hello HTTP/1.1\r\nHost : a\r\n\r\n");
    support_client_open_to(&client, server);
    flow_send(&client, text);
    expect_users(&client, 0, PIPELINE / 2);
    flow_expect(&client, 400, NULL);
    flow_expect_over(&client);
    support_client_close(&client);
    free(text);
}

FLOW(conformance_flows, answers_a_pipeline_that_does_not_fit_its_output, "--limit-output=4KiB")
{
    struct support_client client;
    char *text = make_pipeline(PIPELINE / 2, "GET /bytes?n=100000 HTTP/1.1\r\n" HOST "\r\n");
    support_client_open_to(&client, server);
    flow_send(&client, text);
    expect_users(&client, 0, PIPELINE / 2);
    flow_expect(&client, 200, NULL);
    expect_users(&client, PIPELINE / 2 + 1, PIPELINE);
    support_client_close(&client);
    free(text);
}

FLOW(conformance_flows, counts_requests_of_a_connection, "--limit-requests-per-connection=3")
{
    struct support_client client;
    support_client_open_to(&client, server);
    flow_send(&client, HELLO_REQUEST HELLO_REQUEST HELLO_REQUEST HELLO_REQUEST);
    for (int i = 0; i < 3; i++) {
        struct support_response response;
        const char *fault = support_client_response(&client, &response, false);
        cr_expect(!fault && response.status == 200 && response.close == (i == 2),
                  "request %d of 3: %s", i + 1, fault ? fault : "Connection: close is wrong");
        support_response_free(&response);
    }
    flow_expect_over(&client);
    support_client_close(&client);
}

/* --- cuts --- */

/* Requests with every kind of framing, which get 200 200- 200 405. */
static const char mixed[] =
    HELLO_REQUEST "HEAD /hello HTTP/1.1\r\n" HOST "\r\n"
                  "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                  "2\r\nhe\r\n3;a=\"b\"\r\nllo\r\n0\r\nT: 1\r\n\r\n"
                  "PUT /hello HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello";

static void expect_mixed(struct support_client *client)
{
    flow_expect(client, 200, "Hello, world!");
    flow_expect_head(client, 200);
    flow_expect(client, 200, "hello");
    flow_expect(client, 405, NULL);
}

FLOW(conformance_flows, does_not_mind_a_pause_at_any_byte, NULL)
{
    struct support_client client;
    support_client_open_to(&client, server);
    for (size_t cut = 1; cut < sizeof(mixed) - 1; cut++) {
        cr_expect(support_client_send(&client, (struct tri_slice){mixed, cut}));
        support_pause(TRI_MILLISECOND / 2);
        flow_send(&client, mixed + cut);
        expect_mixed(&client);
    }
    support_client_close(&client);
}

FLOW(conformance_flows, takes_a_byte_at_a_time, NULL)
{
    struct support_client client;
    support_client_open_to(&client, server);
    cr_expect(support_client_send_cut(&client, TRI_SLICE(mixed), 1, TRI_MILLISECOND / 5));
    expect_mixed(&client);
    support_client_close(&client);
}

FLOW(conformance_flows, notices_the_end_at_every_byte, NULL)
{
    for (size_t cut = 0; cut < sizeof(mixed) - 1; cut++) {
        struct support_client client;
        support_client_open_to(&client, server);
        cr_expect(support_client_send(&client, (struct tri_slice){mixed, cut}));
        support_client_end(&client);
        cr_expect(support_client_finish(&client, tri_clock_now() + SUPPORT_WAIT_NS),
                  "cut behind byte %zu", cut);
        cr_expect(!client.reset, "reset behind byte %zu", cut);
        support_client_close(&client);
    }
}

/* --- bodies --- */

static char *make_body(size_t len)
{
    char *body = malloc(len + 1);
    tri_assert(body);
    for (size_t i = 0; i < len; i++)
        body[i] = (char)('!' + i * 2654435761u % 94);
    body[len] = '\0';
    return body;
}

FLOW(conformance_flows, echoes_a_large_body, NULL)
{
    struct support_client client;
    char head[128];
    char *body = make_body(LARGE);
    snprintf(head, sizeof(head), "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n",
             LARGE);
    support_client_open_to(&client, server);
    flow_send(&client, head);
    flow_send(&client, body);
    flow_expect(&client, 200, body);
    flow_send(&client, HELLO_REQUEST);
    flow_expect(&client, 200, "Hello, world!");
    support_client_close(&client);
    free(body);
}

FLOW(conformance_flows, echoes_a_large_chunked_body, NULL)
{
    struct support_client client;
    char *body = make_body(LARGE);
    support_client_open_to(&client, server);
    flow_send(&client, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
    for (size_t at = 0, len = 1; at < LARGE; at += len, len = len * 3 % 70001) {
        char size[24];
        len = len < LARGE - at ? len : LARGE - at;
        snprintf(size, sizeof(size), "%zX\r\n", len);
        flow_send(&client, size);
        cr_expect(support_client_send(&client, (struct tri_slice){body + at, len}));
        flow_send(&client, "\r\n");
    }
    flow_send(&client, "0\r\n\r\n");
    flow_expect(&client, 200, body);
    flow_send(&client, HELLO_REQUEST);
    flow_expect(&client, 200, "Hello, world!");
    support_client_close(&client);
    free(body);
}

FLOW(conformance_flows, answers_while_an_unwanted_body_still_comes, NULL)
{
    struct support_client client;
    char *body = make_body(200000);
    support_client_open_to(&client, server);
    flow_send(&client, "POST /hello HTTP/1.1\r\n" HOST "Content-Length: 200000\r\n\r\n");
    flow_expect(&client, 405, NULL);
    flow_send(&client, body);
    flow_send(&client, HELLO_REQUEST);
    flow_expect(&client, 200, "Hello, world!");
    support_client_close(&client);
    free(body);
}

/* RFC 9112 9.6: without a lingering close the reset would destroy the answer. */
FLOW(conformance_flows, can_be_read_by_who_sends_a_body_that_is_too_long, NULL)
{
    struct support_client client;
    char *body = make_body(LARGE);
    support_client_open_to(&client, server);
    flow_send(&client, "POST /hello HTTP/1.1\r\n" HOST "Content-Length: 3145728\r\n\r\n");
    cr_expect(support_client_send(&client, tri_slice_of(body)), "the connection was reset");
    flow_expect(&client, 405, NULL);
    flow_expect_over(&client);
    support_client_close(&client);
    free(body);
}

FLOW(conformance_flows, can_be_read_by_who_sends_on_behind_a_refusal, NULL)
{
    struct support_client client;
    char *body = make_body(100000);
    support_client_open_to(&client, server);
    flow_send(&client, "GARBAGE\r\n\r\n");
    cr_expect(support_client_send_cut(&client, tri_slice_of(body), 10000, 5 * TRI_MILLISECOND),
              "the connection was reset");
    flow_expect(&client, 400, NULL);
    flow_expect_over(&client);
    support_client_close(&client);
    free(body);
}

FLOW(conformance_flows, can_be_read_by_who_asks_past_the_last_answer,
     "--limit-requests-per-connection=1")
{
    struct support_client client;
    support_client_open_to(&client, server);
    cr_expect(support_client_send_cut(&client, TRI_SLICE(HELLO_REQUEST HELLO_REQUEST HELLO_REQUEST),
                                      sizeof(HELLO_REQUEST) - 1, 20 * TRI_MILLISECOND),
              "the connection was reset");
    flow_expect(&client, 200, "Hello, world!");
    flow_expect_over(&client);
    support_client_close(&client);
}

FLOW(conformance_flows, asks_for_a_body_only_when_it_is_wanted, NULL)
{
    struct support_client client;
    support_client_open_to(&client, server);
    flow_send(&client,
              "POST /echo HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    flow_expect(&client, 100, NULL);
    cr_expect(!support_client_more(&client, tri_clock_now() + 50 * TRI_MILLISECOND),
              "something came before the body");
    cr_expect(support_client_send_cut(&client, TRI_SLICE("hello"), 1, TRI_MILLISECOND));
    flow_expect(&client, 200, "hello"); /* and no second 100 */
    support_client_close(&client);
}

/* --- the end of a side, over TLS --- */

#define HALF_A_BODY "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n"

/*
 * close_notify ends what a client has to say: its body is too short. A connection that ends without
 * it may have been cut off by anybody, and nobody is answered (RFC 8446 6.1, RFC 9112 9.8).
 */
FLOW_TLS(conformance_flows, tells_an_end_from_a_cut, NULL)
{
    struct support_client ends, vanishes;
    support_client_open_to(&ends, server);
    flow_send(&ends, HALF_A_BODY);
    support_client_end(&ends);
    flow_expect(&ends, 400, NULL);
    flow_expect_over(&ends);
    support_client_close(&ends);

    support_client_open_to(&vanishes, server);
    flow_send(&vanishes, HALF_A_BODY);
    cr_expect(shutdown(vanishes.fd, SHUT_WR) == 0);
    cr_expect(support_client_finish(&vanishes, tri_clock_now() + SUPPORT_WAIT_NS));
    cr_expect(vanishes.in_bytes == 0, "%zu bytes came", vanishes.in_bytes);
    support_client_close(&vanishes);
}

/* Bytes that meet a closed socket are answered by a reset, which takes the rest of a reply along.
 */
FLOW_TLS(conformance_flows, sends_all_to_who_says_good_bye_first, NULL)
{
    for (int i = 0; i < 20; i++) {
        struct support_client client;
        support_client_open_to(&client, server);
        flow_send(&client, "GET /bytes?n=300000 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
        support_pause(i * TRI_MILLISECOND / 2);
        support_client_end(&client);
        flow_expect(&client, 200, NULL);
        flow_expect_over(&client);
        support_client_close(&client);
    }
}
