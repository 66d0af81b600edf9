/*
 * test_ends.c - clients that vanish, clients that are too many, and the end of the server itself.
 */
#include "server/base/clock.h"
#include "tests/conformance/flow.h"

#define HOST "Host: a\r\n"
#define HELLO_REQUEST "GET /hello HTTP/1.1\r\n" HOST "\r\n"

FLOW_SUITES(conformance_ends, .timeout = 60);

/* --- clients that leave --- */

FLOW(conformance_ends, survives_clients_that_vanish, NULL)
{
    static const char *const stages[] = {
        "",
        "GET /he",
        "GARBAGE\r\n\r\n",
        HELLO_REQUEST,
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhe",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhe",
        "POST /echo HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n",
        "GET /bytes?n=100000000 HTTP/1.1\r\n" HOST "\r\n",
        "GET /sleep?ms=30 HTTP/1.1\r\n" HOST "\r\n",
        "GET /block?ms=30 HTTP/1.1\r\n" HOST "\r\n",
        "POST /parrot HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhe",
        "POST /parrot?ms=30 HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello",
        "GET /cpu?ms=2 HTTP/1.1\r\n" HOST "\r\n",
        "GET /stream?n=1000&ms=1 HTTP/1.1\r\n" HOST "\r\n",
        "GET /events?ms=10 HTTP/1.1\r\n" HOST "\r\n",
    };
    for (int round = 0; round < 8; round++)
        for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
            struct support_client client;
            support_client_open_to(&client, server);
            support_client_send(&client, tri_slice_of(stages[i]));
            support_pause(round * TRI_MILLISECOND / 2);
            support_client_vanish(&client);
        }
}

/* --- many at once, and the end of the server --- */

enum { MANY = 100 };

FLOW(conformance_ends, serves_a_hundred_connections_at_once, "--timeout-head=60s")
{
    static struct support_client clients[MANY];
    for (int i = 0; i < MANY; i++)
        support_client_open_to(&clients[i], server);
    for (int i = 0; i < MANY; i++)
        flow_send(&clients[i],
                  i % 2 ? "GET /sleep?ms=100 HTTP/1.1\r\n" HOST "\r\n" : HELLO_REQUEST);
    for (int i = 0; i < MANY; i++)
        flow_expect(&clients[i], 200, i % 2 ? "slept 100 ms\n" : "Hello, world!");
    for (int i = 0; i < MANY; i++)
        support_client_close(&clients[i]);
}

/* The server notices soon that others have left. */
static void expect_room(const struct support_server *server)
{
    int64_t until_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    int status = 0;
    while (status != 200 && tri_clock_now() < until_ns) {
        struct support_client client;
        struct support_response response;
        support_client_open_to(&client, server);
        support_client_send(&client, TRI_SLICE(HELLO_REQUEST));
        support_client_response(&client, &response, false);
        status = response.status;
        support_response_free(&response);
        support_client_close(&client);
        if (status != 200)
            support_pause(10 * TRI_MILLISECOND);
    }
    cr_expect(status == 200, "there is no room again: %d", status);
}

FLOW(conformance_ends, serves_again_after_too_many_connections, "--max-connections=4")
{
    struct support_client clients[24];
    const int count = sizeof(clients) / sizeof(clients[0]);
    int served = 0, refused = 0;
    for (int i = 0; i < count; i++) {
        struct support_response response;
        support_client_open_to(&clients[i], server);
        support_client_send(&clients[i], TRI_SLICE(HELLO_REQUEST));
        const char *fault = support_client_response(&clients[i], &response, false);
        served += !fault && response.status == 200;
        refused += !fault && response.status == 503 && response.close &&
                   support_response_field(&response, "Retry-After") != NULL;
        support_response_free(&response);
    }
    cr_expect(served >= 4 && refused > 0 && served + refused == count,
              "of %d, %d got 200 and %d got 503", count, served, refused);
    for (int i = 0; i < count; i++)
        support_client_close(&clients[i]);
    expect_room(server);
}

FLOW(conformance_ends, finishes_what_is_in_flight_when_it_has_to_end, NULL)
{
    struct support_client sleeping, blocking, idle, quiet;
    support_client_open_to(&sleeping, server);
    support_client_open_to(&blocking, server);
    support_client_open_to(&idle, server);
    support_client_open_to(&quiet, server);
    flow_send(&idle, HELLO_REQUEST);
    flow_expect(&idle, 200, "Hello, world!");
    flow_send(&sleeping, "GET /sleep?ms=600 HTTP/1.1\r\n" HOST "\r\n");
    flow_send(&blocking, "GET /block?ms=600 HTTP/1.1\r\n" HOST "\r\n");
    support_pause(200 * TRI_MILLISECOND);
    support_server_end(server);
    flow_expect_over(&idle);
    flow_expect(&sleeping, 200, "slept 600 ms\n");
    flow_expect(&blocking, 200, "blocked 600 ms\n");
    flow_expect_over(&sleeping);
    flow_expect_over(&blocking);
    flow_expect_over(&quiet);
    support_client_close(&sleeping);
    support_client_close(&blocking);
    support_client_close(&idle);
    support_client_close(&quiet);
    flow_expect_ended(server);
}
