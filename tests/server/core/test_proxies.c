/*
 * test_proxies.c - who is believed about its client: X-Forwarded-For and the PROXY protocol.
 */
#include "replies.h"
#include "visitors.h"

#include <stdio.h>

#include <criterion/criterion.h>

#include "server/base/clock.h"
#include "server/core/clients.h"
#include "server/net/proxy.h"

static struct tri_network trusted;

static void init(void)
{
    wire_init();
    cr_assert(tri_network_parse(&trusted, "10.0.0.0/8", NULL));
}

TestSuite(core_proxies, .init = init, .fini = visitors_deinit, .timeout = 60);

/* --- X-Forwarded-For --- */

static void expect_address(const char *address)
{
    char line[TRI_IP_TEXT + 1];
    struct reply reply = wire_expect(200);
    snprintf(line, sizeof(line), "%s\n", address);
    cr_assert(tri_slice_is(reply.body, tri_slice_of(line)), "%.*s instead of %s",
              (int)reply.body.len, reply.body.at, line);
}

#define FORWARDED(list) "GET /address HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " list "\r\n\r\n"

Test(core_proxies, who_forwards_is_believed_only_where_it_is_trusted)
{
    service.trusted = &trusted;
    service.trusted_count = 1;
    come_from("192.0.2.1");
    wire_send(FORWARDED("198.51.100.7") ADDRESS);
    wire_run();
    expect_address("192.0.2.1"), expect_address("192.0.2.1");
    come_from("10.1.2.3");
    wire_send(FORWARDED("198.51.100.7") ADDRESS FORWARDED("6.6.6.6, 198.51.100.8, 10.0.0.1"));
    wire_run();
    expect_address("198.51.100.7"), expect_address("10.1.2.3"), expect_address("198.51.100.8");
}

Test(core_proxies, requests_are_counted_for_the_client_behind_the_proxy)
{
    struct tri_client_limits limits = {.connections = 1, .rate = 1, .burst = 1};
    struct tri_ip proxy = ip("10.1.2.3");
    service.clients = tri_clients_new(&limits, 64);
    service.trusted = &trusted;
    service.trusted_count = 1;
    cr_assert(tri_clients_enter(service.clients, &proxy, clock_ns));
    come_from("10.1.2.3"); /* the proxy itself may have as many connections as it likes */
    wire_send(FORWARDED("198.51.100.7") FORWARDED("198.51.100.8") FORWARDED("198.51.100.7"));
    wire_run();
    wire_expect(200), wire_expect(200), wire_expect(429), wire_expect_end();
}

/* --- the PROXY protocol --- */

#define V1 "PROXY TCP4 198.51.100.7 203.0.113.1 4711 80\r\n"
static const char v2[] =
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc6\x33\x64\x07\xcb\0\x71\1\x12\x67\0P";
static const char v2_local[] = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

#define BYTES(literal)                                                                             \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static const struct {
    struct tri_slice header;
    const char *client;
} headers[] = {
    {BYTES(V1), "198.51.100.7"},
    {BYTES("PROXY TCP6 2001:db8::7 2001:db8::1 4711 80\r\n"), "2001:db8::7"},
    {BYTES("PROXY UNKNOWN\r\n"), "10.1.2.3"},
    {BYTES("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"), "10.1.2.3"},
    {BYTES(v2), "198.51.100.7"},
    {BYTES(v2_local), "10.1.2.3"},
};

static void speak_proxy(const char *peer)
{
    service.trusted = &trusted;
    service.trusted_count = 1;
    service.proxy_protocol = true;
    come_from(peer);
}

Test(core_proxies, a_proxy_header_names_the_client_however_it_is_cut)
{
    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
        for (size_t cut = 0; cut <= headers[i].header.len + 3; cut++)
            for (size_t most = 0; most < 2; most++) {
                speak_proxy("10.1.2.3");
                wire.read_most = most;
                wire_send_bytes(headers[i].header.at, headers[i].header.len);
                wire_send(ADDRESS ADDRESS);
                size_t all = wire.in_len;
                wire.in_len = cut; /* the rest comes later */
                struct tri_wish wish = wire_run();
                cr_assert(wish.bits & TRI_WISH_READ, "header %zu cut at %zu", i, cut);
                cr_assert(wish.deadline_ns == clock_ns + service.limits.head_ns);
                wire_expect_end();
                wire.in_len = all;
                cr_assert(is_idle(wire_run()), "header %zu cut at %zu", i, cut);
                expect_address(headers[i].client), expect_address(headers[i].client);
                wire_expect_end();
            }
}

Test(core_proxies, a_malformed_proxy_header_closes_without_an_answer)
{
    static const struct tri_slice malformed[] = {
        BYTES(HELLO),
        BYTES("\r\n" HELLO),
        BYTES("PROXY TCP4 198.51.100.7 203.0.113.1 4711 80\n" HELLO),
        BYTES("PROXY TCP4 198.51.100.777 203.0.113.1 4711 80\r\n" HELLO),
        BYTES("PROXY TCP5 198.51.100.7 203.0.113.1 4711 80\r\n" HELLO),
        BYTES("proxy TCP4 198.51.100.7 203.0.113.1 4711 80\r\n" HELLO),
        BYTES("\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c" HELLO),
        BYTES("\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff" HELLO),
    };
    for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
        for (size_t most = 0; most < 2; most++) {
            speak_proxy("10.1.2.3");
            wire.read_most = most;
            wire_send_bytes(malformed[i].at, malformed[i].len);
            cr_assert(wire_run().bits == TRI_WISH_CLOSE, "%zu", i);
            cr_assert(wire.out_len == 0, "%zu is answered: %.40s", i, wire.out);
        }
}

Test(core_proxies, a_proxy_header_that_does_not_come_whole_closes_without_an_answer)
{
    speak_proxy("10.1.2.3");
    wire_send("PROXY TCP4 198.");
    cr_assert(wire_expire(wire_run()).bits == TRI_WISH_CLOSE);
    wire_expect_end();
    speak_proxy("10.1.2.3");
    wire_send("PROXY TCP4 198.");
    wire.in_end = TRI_IO_EOF;
    cr_assert(wire_run().bits == TRI_WISH_CLOSE);
    wire_expect_end();
    speak_proxy("10.1.2.3");
    wire_run();
    atomic_store(&service.draining, true); /* what has just come gets a moment */
    struct tri_wish wish = wire_run();
    cr_assert(wish.deadline_ns <= clock_ns + 250 * TRI_MILLISECOND);
    cr_assert(wire_expire(wish).bits == TRI_WISH_CLOSE);
    atomic_store(&service.draining, false);
}

Test(core_proxies, the_time_of_the_header_is_that_of_the_head)
{
    speak_proxy("10.1.2.3");
    struct tri_wish wish = wire_run();
    int64_t end_ns = wish.deadline_ns;
    clock_ns += service.limits.head_ns / 2;
    wire_send(V1 "GET");
    wish = wire_run();
    cr_assert(wish.deadline_ns == end_ns);
    wire_expire(wish);
    wire_expect(408);
}

Test(core_proxies, strangers_speak_http_and_nothing_else)
{
    speak_proxy("192.0.2.1");
    wire_send(ADDRESS);
    cr_assert(is_idle(wire_run()));
    expect_address("192.0.2.1");
    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
        speak_proxy("192.0.2.1");
        wire_send_bytes(headers[i].header.at, headers[i].header.len);
        wire_send(ADDRESS);
        wire_run();
        wire_expect(400), wire_expect_end();
    }
    service.proxy_protocol = false;
    come_from("10.1.2.3");
    wire_send(V1 ADDRESS);
    wire_run();
    wire_expect(400), wire_expect_end();
}

Test(core_proxies, behind_a_proxy_the_client_is_counted_and_not_the_proxy)
{
    struct tri_client_limits limits = {.connections = 1};
    struct tri_ip client = ip("198.51.100.7"), proxy = ip("10.1.2.3");
    service.clients = tri_clients_new(&limits, 64);
    speak_proxy("10.1.2.3");
    cr_assert(tri_clients_enter(service.clients, &proxy, clock_ns), "nobody knows the client yet");
    wire_send(V1 ADDRESS);
    cr_assert(is_idle(wire_run()));
    expect_address("198.51.100.7");
    cr_assert(!tri_clients_enter(service.clients, &client, clock_ns), "it is not counted");
    wire.in_end = TRI_IO_EOF;
    cr_assert(wire_run().bits == TRI_WISH_CLOSE);
    cr_assert(tri_clients_enter(service.clients, &client, clock_ns), "it is not forgotten");
    speak_proxy("10.1.2.3"); /* and now it has its share */
    wire_send(V1 ADDRESS);
    wire_run();
    wire_expect(429), wire_expect_end();
}

Test(core_proxies, at_a_full_server_only_local_clients_of_a_proxy_are_checks)
{
    cr_assert(tri_network_parse(&trusted, "127.0.0.0/8", NULL));
    service.trusted = &trusted;
    service.trusted_count = 1;
    service.proxy_protocol = true;
    fill_seats();
    come_from("127.0.0.1");
    wire_send_bytes(v2_local, sizeof(v2_local) - 1);
    wire_send(HEALTH);
    wire_run();
    wire_expect(200), wire_expect_end();
    come_from("127.0.0.1");
    wire_send(V1 HEALTH);
    wire_run();
    wire_expect(503), wire_expect_end();
    empty_seats();
}
