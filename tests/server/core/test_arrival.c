/*
 * test_arrival.c - who may stay when the server is full or a client has its share, and who asks
 * too fast.
 */
#include "replies.h"
#include "visitors.h"

#include <criterion/criterion.h>

#include "server/base/clock.h"
#include "server/core/clients.h"

TestSuite(core_arrival, .init = wire_init, .fini = visitors_deinit, .timeout = 60);

/* --- a full server --- */

Test(core_arrival, a_full_server_tells_strangers_before_they_ask_and_does_not_linger_long)
{
    fill_seats();
    come_from("192.0.2.1");
    struct tri_wish wish = wire_run();
    struct reply reply = wire_expect(503);
    cr_assert(has_field(&reply, "Connection: close") && has_field(&reply, "Retry-After: 1"));
    cr_assert(wish.bits == TRI_WISH_READ && wire.shuts == 1);
    cr_assert(wish.deadline_ns == clock_ns + 250 * TRI_MILLISECOND);
    wire_send(HELLO);
    cr_assert(wire_run().deadline_ns == wish.deadline_ns);
    cr_assert(wire_expire(wish).bits == TRI_WISH_CLOSE);
    wire_expect_end();
    empty_seats();
}

Test(core_arrival, a_full_server_answers_the_local_health_check_and_nothing_else)
{
    fill_seats();
    come_from("127.0.0.1");
    cr_assert(is_idle(wire_run()), "it may say what it wants");
    wire_send(HEALTH HELLO);
    wire_run();
    struct reply reply = wire_expect(200);
    cr_assert(has_field(&reply, "Connection: close"), "a check is no way to stay");
    wire_expect_end();
    wire_open();
    wire_send(HELLO HEALTH);
    struct tri_wish wish = wire_run();
    reply = wire_expect(503);
    cr_assert(has_field(&reply, "Connection: close") && has_field(&reply, "Retry-After: 1"));
    wire_expect_end();
    cr_assert(wish.deadline_ns == clock_ns + 250 * TRI_MILLISECOND);
    empty_seats();
}

Test(core_arrival, a_local_client_that_says_nothing_to_a_full_server_is_told_after_a_second)
{
    static const char *const starts[] = {"", "GET /hea"};
    fill_seats();
    for (int i = 0; i < 2; i++) {
        come_from("127.0.0.1");
        wire_send(starts[i]);
        struct tri_wish wish = wire_run();
        cr_assert(wish.deadline_ns == clock_ns + TRI_SECOND);
        wire_expire(wish);
        wire_expect(503), wire_expect_end();
    }
    empty_seats();
}

Test(core_arrival, who_is_turned_away_takes_no_seat)
{
    struct tri_conn turned_away[10];
    struct tri_conn late;
    fill_seats();
    for (int i = 0; i < 10; i++) {
        tri_conn_open(&turned_away[i], tri_stream_plain(-1), NULL, &service, clock_ns);
        cr_assert(turned_away[i].admission != TRI_ADMISSION_OPEN);
    }
    tri_conn_abort(&seated[0]);
    tri_conn_open(&late, tri_stream_plain(-1), NULL, &service, clock_ns);
    cr_assert(late.admission == TRI_ADMISSION_OPEN, "a seat is free, and ten wait to be told");
    for (int i = 0; i < 10; i++)
        tri_conn_abort(&turned_away[i]);
    tri_conn_abort(&late);
    empty_seats();
    cr_assert(atomic_load(&service.open) == 0 && atomic_load(&service.seated) == 0);
}

Test(core_arrival, health_is_answered_to_local_clients_however_fast_they_ask)
{
    struct tri_client_limits limits = {.rate = 1, .burst = 1};
    service.clients = tri_clients_new(&limits, 64);
    come_from("127.0.0.1");
    wire_send(HEALTH HEALTH HEALTH HELLO HELLO HEALTH);
    cr_assert(is_idle(wire_run()));
    wire_expect(200), wire_expect(200), wire_expect(200);
    wire_expect(200), wire_expect(429), wire_expect(200), wire_expect_end();
    come_from("192.0.2.1");
    wire_send(HEALTH HEALTH);
    wire_run();
    wire_expect(200), wire_expect(429);
}

/* --- shares --- */

Test(core_arrival, a_client_with_its_share_of_connections_is_told_and_not_counted)
{
    struct tri_client_limits limits = {.connections = 1};
    struct tri_ip peer = ip("192.0.2.1");
    service.clients = tri_clients_new(&limits, 64);
    cr_assert(tri_clients_enter(service.clients, &peer, clock_ns));
    come_from("192.0.2.1");
    cr_assert(conn.admission == TRI_ADMISSION_SHARE);
    come_from("192.0.2.2");
    cr_assert(conn.admission == TRI_ADMISSION_OPEN);
    tri_clients_leave(service.clients, &peer);
    come_from("192.0.2.1");
    cr_assert(conn.admission == TRI_ADMISSION_OPEN);
    wire_close();
    cr_assert(tri_clients_enter(service.clients, &peer, clock_ns), "it has left");
}

Test(core_arrival, the_429_of_a_share_closes_after_a_short_linger)
{
    struct tri_client_limits limits = {.connections = 1};
    service.clients = tri_clients_new(&limits, 64);
    struct tri_ip peer = ip("192.0.2.1");
    cr_assert(tri_clients_enter(service.clients, &peer, clock_ns));
    come_from("192.0.2.1");
    wire_send(HELLO);
    struct tri_wish wish = wire_run();
    struct reply reply = wire_expect(429);
    cr_assert(has_field(&reply, "Connection: close") && has_field(&reply, "Retry-After: 1"));
    wire_expect_end();
    cr_assert(wish.deadline_ns == clock_ns + 250 * TRI_MILLISECOND);
    cr_assert(atomic_load(&service.seated) == 0);
}

/* --- who asks too fast --- */

Test(core_arrival, who_asks_too_fast_is_told_and_stays)
{
    struct tri_client_limits limits = {.rate = 2, .burst = 3};
    service.clients = tri_clients_new(&limits, 64);
    come_from("192.0.2.1");
    wire_send(HELLO HELLO HELLO HELLO HELLO);
    cr_assert(is_idle(wire_run()));
    wire_expect(200), wire_expect(200), wire_expect(200);
    for (int i = 0; i < 2; i++) {
        struct reply reply = wire_expect(429);
        cr_assert(has_field(&reply, "Retry-After: 1") && !has_field(&reply, "Connection: close"));
    }
    wire_expect_end();
    clock_ns += TRI_SECOND;
    wire_send(HELLO HELLO HELLO);
    cr_assert(is_idle(wire_run()));
    wire_expect(200), wire_expect(200), wire_expect(429), wire_expect_end();
}

Test(core_arrival, the_body_of_a_request_that_came_too_fast_is_skipped)
{
    static const char *const bodies[] = {
        "POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 32\r\n\r\n" HELLO,
        "POST /take HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "20\r\n" HELLO "\r\n0\r\n\r\n",
        "POST /block HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nHELLO",
    };
    struct tri_client_limits limits = {.rate = 1, .burst = 1};
    service.clients = tri_clients_new(&limits, 64);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
        come_from("192.0.2.1");
        wire_send(HELLO);
        wire_send(bodies[i]);
        clock_ns += TRI_SECOND;
        cr_assert(is_idle(wire_run()), "%zu", i);
        wire_expect(200), wire_expect(429), wire_expect_end();
        clock_ns += TRI_SECOND;
        wire_send(HELLO);
        cr_assert(is_idle(wire_run()));
        wire_expect(200), wire_expect_end();
    }
}

Test(core_arrival, a_request_that_came_too_fast_is_not_told_to_continue)
{
    struct tri_client_limits limits = {.rate = 1, .burst = 1};
    service.clients = tri_clients_new(&limits, 64);
    come_from("192.0.2.1");
    wire_send(HELLO "POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                    "Expect: 100-continue\r\n\r\n");
    wire_run();
    wire_expect(200);
    struct reply reply = wire_expect(429);
    cr_assert(has_field(&reply, "Connection: close"));
    wire_expect_end();
}
