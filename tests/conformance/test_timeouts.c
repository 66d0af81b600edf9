/*
 * test_timeouts.c - every wait of a server with short deadlines ends, and not too early.
 *
 * What is measured has a lower bound, and an upper one that a busy machine keeps, too.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "tests/conformance/flow.h"

#define HOST "Host: a\r\n"
#define HELLO_REQUEST "GET /hello HTTP/1.1\r\n" HOST "\r\n"
#define SPAN_NS (300 * TRI_MILLISECOND) /* of each deadline in FLAGS */
#define EARLY_NS (5 * TRI_MILLISECOND)  /* a look of the server at its clock may be older */
#define LATE_NS (10 * TRI_SECOND)

#define FLAGS                                                                                      \
    "--timeout-head=300ms", "--timeout-body=300ms", "--timeout-idle=300ms",                        \
        "--timeout-write=300ms", "--timeout-linger=300ms"

FLOW_SUITES(conformance_timeouts, .timeout = 60);

/* It took at least SPAN_NS since `from_ns`, and not much longer. */
static void expect_span(int64_t from_ns)
{
    int64_t span_ns = tri_clock_now() - from_ns;
    cr_expect(span_ns > SPAN_NS - EARLY_NS && span_ns < LATE_NS, "it took %lld ms",
              (long long)(span_ns / TRI_MILLISECOND));
}

/* A time before any deadline of the connection can have begun. */
static int64_t open_and_send(struct support_client *client, const struct support_server *server,
                             const char *text)
{
    int64_t from_ns = tri_clock_now();
    support_client_open_to(client, server);
    flow_send(client, text);
    return from_ns;
}

FLOW(conformance_timeouts, closes_a_connection_that_says_nothing, FLAGS)
{
    struct support_client client;
    int64_t from_ns = open_and_send(&client, server, "");
    flow_expect_over(&client);
    expect_span(from_ns);
    support_client_close(&client);
}

FLOW(conformance_timeouts, closes_an_idle_connection_without_a_word, FLAGS)
{
    struct support_client client;
    int64_t from_ns = open_and_send(&client, server, HELLO_REQUEST);
    flow_expect(&client, 200, "Hello, world!");
    flow_expect_over(&client);
    expect_span(from_ns);
    support_client_close(&client);
}

FLOW(conformance_timeouts, answers_408_to_half_a_head, FLAGS)
{
    struct support_client client;
    int64_t from_ns = open_and_send(&client, server, "GET /hello HTTP/1.1\r\nHo");
    flow_expect(&client, 408, NULL);
    flow_expect_over(&client);
    expect_span(from_ns);
    support_client_close(&client);
}

FLOW(conformance_timeouts, answers_408_to_half_a_head_in_a_pipeline, FLAGS)
{
    struct support_client client;
    int64_t from_ns = open_and_send(&client, server, HELLO_REQUEST "GET /hello HTTP/1.1\r\nHo");
    flow_expect(&client, 200, "Hello, world!");
    flow_expect(&client, 408, NULL);
    flow_expect_over(&client);
    expect_span(from_ns);
    support_client_close(&client);
}

/* The time of a head is not renewed by its bytes, or one byte a minute would hold a connection. */
FLOW(conformance_timeouts, answers_408_to_a_head_that_trickles, FLAGS)
{
    struct support_client client;
    int64_t from_ns = open_and_send(&client, server, "GET /hello HTTP/1.1\r\nX: ");
    while (client.in_bytes == 0 && tri_clock_now() - from_ns < LATE_NS) {
        support_client_send(&client, TRI_SLICE("x"));
        support_client_more(&client, tri_clock_now() + 50 * TRI_MILLISECOND);
    }
    flow_expect(&client, 408, NULL);
    expect_span(from_ns);
    support_client_close(&client);
}

FLOW(conformance_timeouts, answers_408_when_a_body_does_not_come, FLAGS)
{
    struct support_client client;
    int64_t from_ns =
        open_and_send(&client, server, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n");
    flow_expect(&client, 408, NULL);
    flow_expect_over(&client);
    expect_span(from_ns);
    support_client_close(&client);
}

FLOW(conformance_timeouts, answers_408_when_the_asked_for_body_does_not_come, FLAGS)
{
    struct support_client client;
    int64_t from_ns = open_and_send(&client, server,
                                    "POST /echo HTTP/1.1\r\n" HOST
                                    "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    flow_expect(&client, 100, NULL);
    flow_expect(&client, 408, NULL);
    flow_expect_over(&client);
    expect_span(from_ns);
    support_client_close(&client);
}

FLOW(conformance_timeouts, cuts_an_echo_whose_body_stops, FLAGS)
{
    struct support_client client;
    int64_t from_ns = open_and_send(&client, server,
                                    "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhe");
    cr_expect(support_client_finish(&client, from_ns + LATE_NS));
    cr_expect(client.in_bytes > 2 && memcmp(client.in + client.in_bytes - 2, "he", 2) == 0,
              "%zu bytes came", client.in_bytes);
    client.used = client.in_bytes;
    cr_expect_null(support_client_cut_off(&client));
    expect_span(from_ns);
    support_client_close(&client);
}

FLOW(conformance_timeouts, lets_a_body_trickle, "--timeout-body=1200ms", "--limit-rate=4")
{
    struct support_client client;
    open_and_send(&client, server, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 8\r\n\r\n");
    cr_expect(support_client_send_cut(&client, TRI_SLICE("trickles"), 1, 200 * TRI_MILLISECOND));
    flow_expect(&client, 200, "trickles");
    support_client_close(&client);
}

FLOW(conformance_timeouts, does_not_wait_for_an_unwanted_body_for_good, FLAGS)
{
    struct support_client client;
    int64_t from_ns = open_and_send(&client, server,
                                    "POST /hello HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhe");
    flow_expect(&client, 405, NULL);
    flow_expect_over(&client);
    expect_span(from_ns);
    support_client_close(&client);
}

FLOW(conformance_timeouts, gives_a_handler_the_time_it_takes, FLAGS)
{
    struct support_client client;
    open_and_send(&client, server,
                  "GET /sleep?ms=700 HTTP/1.1\r\n" HOST "\r\n"
                  "GET /block?ms=700 HTTP/1.1\r\n" HOST "\r\n" HELLO_REQUEST);
    flow_expect(&client, 200, "slept 700 ms\n");
    flow_expect(&client, 200, "blocked 700 ms\n");
    flow_expect(&client, 200, "Hello, world!");
    support_client_close(&client);
}

FLOW(conformance_timeouts, lets_a_stream_pause_longer_than_any_deadline, FLAGS)
{
    struct support_client client;
    open_and_send(&client, server, "GET /stream?n=3&ms=400 HTTP/1.1\r\n" HOST "\r\n");
    flow_expect(&client, 200, NULL);
    support_client_close(&client);
}

/* Until what waits to be read has not grown for some deadlines. */
static void pause_until_full(const struct support_client *client)
{
    int64_t until_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    int before = -1, now = 0;
    while (now != before && tri_clock_now() < until_ns) {
        before = now;
        support_pause(3 * SPAN_NS);
        tri_assert(ioctl(client->fd, FIONREAD, &now) == 0);
    }
}

FLOW(conformance_timeouts, closes_on_a_client_that_does_not_read, FLAGS)
{
    struct support_client client;
    open_and_send(&client, server, "GET /bytes?n=200000000 HTTP/1.1\r\n" HOST "\r\n");
    pause_until_full(&client); /* what fits the kernel's buffers is far less than 200 MB */
    cr_expect(support_client_finish(&client, tri_clock_now() + LATE_NS), "it is still open");
    cr_expect(client.in_bytes < 200000000, "all of it came");
    support_client_close(&client);
}

FLOW(conformance_timeouts, keeps_a_client_that_reads_slowly, "--timeout-write=1200ms")
{
    struct support_client client;
    const int room = 65536;
    support_client_open_to(&client, server);
    setsockopt(client.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    flow_send(&client, "GET /bytes?n=12000000 HTTP/1.1\r\n" HOST "\r\n");
    for (int i = 0; i < 5; i++) { /* each pause is shorter than the deadline, their sum is not */
        support_pause(SPAN_NS);
        for (int reads = 0; reads < 16; reads++)
            cr_expect(support_client_more(&client, tri_clock_now() + LATE_NS));
    }
    flow_expect(&client, 200, NULL);
    support_client_close(&client);
}

/* A client that neither reads the end nor leaves is left. */
FLOW(conformance_timeouts, lingers_for_a_while_only, FLAGS)
{
    struct support_client client;
    int64_t from_ns = open_and_send(&client, server, "GARBAGE\r\n\r\n");
    flow_expect(&client, 400, NULL);
    flow_expect_over(&client);
    bool open = true;
    while (open && tri_clock_now() - from_ns < LATE_NS) {
        support_pause(20 * TRI_MILLISECOND);
        open = support_client_send(&client, TRI_SLICE("x"));
    }
    cr_expect(!open, "it still takes bytes");
    expect_span(from_ns);
    support_client_close(&client);
}
