/*
 * test_proxy.c - whose word on its clients counts: X-Forwarded-For and the PROXY protocol, asked
 * through /address.
 */
#include "serving.h"

#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"

TestSuite(modes_proxy, .timeout = 60);

#define ADDRESS "GET /address HTTP/1.1\r\nHost: a\r\n\r\n"
#define FORWARDED(list) "GET /address HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " list "\r\n\r\n"

static const char v1[] = "PROXY TCP4 198.51.100.7 203.0.113.1 4711 80\r\n" ADDRESS;
static const char v2[] = "\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\7"
                         "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x12\x67\0P" ADDRESS;
static const char v2_local[] = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0" ADDRESS;

#define BYTES(literal) ((struct tri_slice){literal, sizeof(literal) - 1})

/* Send this, in pieces when `cut`, and be told that we are `address`. */
static void expect_address(struct tri_slice bytes, bool cut, const char *address)
{
    struct support_client client;
    struct support_response response;
    char line[64];
    size_t len = (size_t)snprintf(line, sizeof(line), "%s\n", address);
    support_client_open(&client, server.port);
    support_client_send_cut(&client, bytes, cut ? 7 : SIZE_MAX, cut ? TRI_MILLISECOND : 0);
    const char *fault = support_client_response(&client, &response, false);
    cr_assert(!fault, "%s: %s", address, fault);
    cr_assert(response.status == 200 && response.body_bytes == len &&
                  memcmp(response.body, line, len) == 0,
              "%.*s instead of %s", (int)response.body_bytes, response.body, address);
    support_response_free(&response);
    support_client_close(&client);
}

/* Send this, and get no byte back, only the end. */
static void expect_silence(struct tri_slice bytes)
{
    struct support_client client;
    support_client_open(&client, server.port);
    support_client_send(&client, bytes);
    support_client_finish(&client, tri_clock_now() + SUPPORT_WAIT_NS);
    cr_assert(client.eof && client.in_bytes == 0);
    support_client_close(&client);
}

EACH_MODE(modes_proxy, who_forwards_is_believed_when_it_is_trusted)
{
    serve(mode, FLAGS("--trust=127.0.0.0/8", "--trust=10.0.0.0/8"));
    expect_address(BYTES(ADDRESS), false, "127.0.0.1");
    expect_address(BYTES(FORWARDED("198.51.100.7")), false, "198.51.100.7");
    expect_address(BYTES(FORWARDED("6.6.6.6, 2001:db8::7, 10.0.0.1")), true, "2001:db8::7");
    finish();
}

EACH_MODE(modes_proxy, who_forwards_is_ignored_when_it_is_not)
{
    serve(mode, FLAGS("--trust=10.0.0.0/8"));
    expect_address(BYTES(FORWARDED("198.51.100.7")), false, "127.0.0.1");
    finish();
    serve(mode, NULL);
    expect_address(BYTES(FORWARDED("198.51.100.7")), false, "127.0.0.1");
    finish();
}

EACH_MODE(modes_proxy, a_trusted_proxy_says_who_its_client_is)
{
    serve(mode, FLAGS("--trust=127.0.0.1", "--proxy-protocol=on"));
    for (int cut = 0; cut < 2; cut++) {
        expect_address(BYTES(v1), cut, "198.51.100.7");
        expect_address(BYTES(v2), cut, "2001:db8::7");
        expect_address(BYTES(v2_local), cut, "127.0.0.1");
        expect_address(BYTES("PROXY UNKNOWN\r\n" ADDRESS), cut, "127.0.0.1");
    }
    expect_silence(BYTES(ADDRESS));
    expect_silence(BYTES("PROXY TCP4 198.51.100.7\r\n" ADDRESS));
    finish();
}

EACH_MODE(modes_proxy, clients_behind_a_proxy_have_limits_of_their_own)
{
    struct support_client clients[2];
    serve(mode, FLAGS("--trust=127.0.0.1", "--proxy-protocol=on", "--limit-client-connections=1",
                      strcmp(mode, "mn") ? "--processes=1" : "--workers=2"));
    for (int i = 0; i < 2; i++) {
        support_client_open(&clients[i], server.port);
        support_client_send(&clients[i], BYTES(v1));
        cr_assert(answer(&clients[i], NULL) == (i == 0 ? 200 : 429));
    }
    expect_address(BYTES(v2), false, "2001:db8::7");
    support_client_close(&clients[0]);
    support_client_close(&clients[1]);
    finish();
}

EACH_MODE(modes_proxy, from_a_stranger_a_proxy_header_is_no_request)
{
    serve(mode, FLAGS("--trust=10.0.0.0/8", "--proxy-protocol=on"));
    expect_address(BYTES(ADDRESS), false, "127.0.0.1");
    for (int i = 0; i < 2; i++) {
        struct support_client client;
        bool close;
        support_client_open(&client, server.port);
        support_client_send(&client, i ? BYTES(v2) : BYTES(v1));
        cr_assert(answer(&client, &close) == 400 && close);
        cr_assert(support_client_over(&client) == NULL);
        support_client_close(&client);
    }
    finish();
}
