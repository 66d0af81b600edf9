/*
 * test_conn.c - requests in, replies out: pipelines, keep-alive, refusals, and every way to be
 * cut. Wishes are checked in each step by wire.c.
 */
#include "replies.h"
#include "wire.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "server/base/clock.h"
#include "server/core/step.h"

TestSuite(core_conn, .init = wire_init, .fini = wire_deinit, .timeout = 60);

#define HELLO "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
#define TAKE "POST /take HTTP/1.1\r\nHost: a\r\n"
#define TAKE_5 TAKE "Content-Length: 5\r\n\r\n12345"
#define TAKE_CHUNKED TAKE "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n"

static const char mixed[] = HELLO TAKE_5 "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n" TAKE_CHUNKED
                                         "GET /none HTTP/1.1\r\nHost: a\r\n\r\n" HELLO;

/* The six replies to `mixed`; HEAD's promises a body that is not there. */
static void expect_mixed(void)
{
    struct reply reply;
    wire_expect(200);
    reply = wire_expect(200);
    cr_assert(tri_slice_is(reply.body, TRI_SLICE("took 5\n")));
    cr_assert(wire_reply(&reply) && reply.status == 200);
    wire.out_at = (size_t)(reply.head.at + reply.head.len - wire.out);
    reply = wire_expect(200);
    cr_assert(tri_slice_is(reply.body, TRI_SLICE("took 5\n")));
    wire_expect(404);
    reply = wire_expect(200);
    cr_assert(tri_slice_is(reply.body, TRI_SLICE("hello\n")));
    wire_expect_end();
}

static bool is_idle(struct tri_wish wish)
{
    return wish.bits == (TRI_WISH_READ | TRI_WISH_IDLE);
}

/* --- the two system calls --- */

Test(core_conn, a_request_on_a_kept_connection_is_one_read_and_one_write)
{
    for (unsigned i = 1; i <= 10; i++) {
        wire_send(HELLO);
        cr_assert(is_idle(wire_step()));
        cr_assert(wire.reads == i && wire.writes == i, "%u reads, %u writes", wire.reads,
                  wire.writes);
        wire_expect(200);
    }
    cr_assert(conn.served == 10);
}

Test(core_conn, a_batch_is_answered_in_order_by_one_write)
{
    wire_send(mixed);
    cr_assert(is_idle(wire_step()));
    cr_assert(wire.reads == 1 && wire.writes == 1, "%u reads, %u writes", wire.reads, wire.writes);
    expect_mixed();
}

Test(core_conn, the_cut_request_behind_a_batch_waits_while_the_batch_is_answered)
{
    wire_send(HELLO HELLO "GET /hel");
    struct tri_wish wish = wire_step();
    cr_assert(wish.bits == TRI_WISH_READ);
    cr_assert(wire.writes == 1);
    wire_expect(200), wire_expect(200), wire_expect_end();
    wire_send("lo HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_assert(is_idle(wire_step()));
    cr_assert(wire.reads == 2 && wire.writes == 2);
    wire_expect(200);
}

Test(core_conn, a_warm_connection_allocates_nothing)
{
    wire_send(HELLO);
    wire_run();
    unsigned long before = allocs;
    for (int i = 0; i < 1000; i++) {
        wire.in_at = wire.in_len = wire.out_at = wire.out_len = 0;
        wire_send(i % 2 ? HELLO : HELLO HELLO HELLO HELLO);
        wire_run();
    }
    cr_assert(allocs == before, "%lu allocations for 1000 reads", allocs - before);
}

Test(core_conn, the_work_of_one_step_is_bounded)
{
    enum { REQUESTS = 100000 };
    for (int i = 0; i < REQUESTS; i++)
        wire_send(HELLO);
    struct tri_wish wish = wire_step();
    cr_assert(wish.bits == TRI_WISH_TURN);
    cr_assert(conn.served < REQUESTS);
    wire_run();
    cr_assert(conn.served == REQUESTS);
    for (int i = 0; i < REQUESTS; i++)
        wire_expect(200);
    wire_expect_end();
}

/* --- cuts --- */

Test(core_conn, how_reads_are_cut_does_not_matter)
{
    for (size_t cut = 1; cut <= sizeof(mixed); cut++) {
        wire_open();
        wire_send(mixed);
        wire.read_most = cut;
        cr_assert(is_idle(wire_run()));
        expect_mixed();
    }
}

Test(core_conn, how_writes_are_cut_does_not_matter)
{
    wire_send(mixed);
    wire_run();
    size_t len = wire.out_len;
    for (size_t cut = 0; cut <= len; cut++) {
        wire_open();
        wire_send(mixed);
        wire.credit = cut; /* then the client is slow */
        struct tri_wish wish = wire_run();
        cr_assert(cut < len ? wish.bits == TRI_WISH_WRITE : is_idle(wish));
        cr_assert(wire.out_len == cut);
        wire.credit = SIZE_MAX;
        wire.write_most = 1 + cut % 7;
        cr_assert(is_idle(wire_run()));
        expect_mixed();
    }
}

Test(core_conn, an_end_at_any_byte_of_a_message_is_400_or_a_close)
{
    static const char *const messages[] = {HELLO, TAKE_5, TAKE_CHUNKED};
    for (size_t m = 0; m < sizeof(messages) / sizeof(*messages); m++) {
        size_t len = strlen(messages[m]);
        for (size_t cut = 0; cut <= len; cut++) {
            wire_open();
            wire_send_bytes(messages[m], cut);
            wire.in_end = TRI_IO_EOF;
            cr_assert(wire_run().bits == TRI_WISH_CLOSE);
            if (cut > 0)
                wire_expect(cut < len ? 400 : 200);
            wire_expect_end();
        }
    }
}

Test(core_conn, a_connection_that_breaks_at_any_byte_is_closed)
{
    for (size_t cut = 0; cut < sizeof(mixed); cut++) {
        wire_open();
        wire_send_bytes(mixed, cut);
        wire.in_end = TRI_IO_FAILED;
        cr_assert(wire_run().bits == TRI_WISH_CLOSE);
        wire_open();
        wire_send(mixed);
        wire.credit = cut;
        if (wire_run().bits != TRI_WISH_WRITE)
            continue;
        wire.gone = true;
        cr_assert(wire_run().bits == TRI_WISH_CLOSE);
        cr_assert(wire.out_len == cut);
    }
}

Test(core_conn, a_client_that_ends_its_side_still_gets_its_replies)
{
    wire_send(HELLO "GET /nap HTTP/1.1\r\nHost: a\r\n\r\n" HELLO);
    wire.in_end = TRI_IO_EOF;
    struct tri_wish wish = wire_run();
    cr_assert(wish.bits == 0, "%#x", wish.bits);
    wire_expect(200), wire_expect_end();
    cr_assert(wire_expire(wish).bits == TRI_WISH_CLOSE);
    wire_expect(200), wire_expect(200), wire_expect_end();
}

/* --- keep-alive --- */

static void expect_last(const char *text)
{
    wire_open();
    wire_send(text);
    wire_send(HELLO); /* not to be answered */
    cr_assert(!is_idle(wire_run()), "%s", text);
    struct reply reply = wire_expect(200);
    cr_assert(has_field(&reply, "Connection: close"), "%s", text);
    wire_expect_end();
    wire.in_end = TRI_IO_EOF;
}

Test(core_conn, the_connection_ends_when_the_client_or_the_limit_wants_it) /* RFC 9112 9.3 */
{
    expect_last("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect_last("GET /hello HTTP/1.0\r\n\r\n");
    service.limits.requests_per_connection = 1;
    expect_last(HELLO);
    service.limits.requests_per_connection = 3;
    wire_open();
    wire_send(HELLO HELLO HELLO HELLO);
    wire_run();
    for (int i = 1; i <= 3; i++) {
        struct reply reply = wire_expect(200);
        cr_assert(has_field(&reply, "Connection: close") == (i == 3), "reply %d", i);
    }
    wire_expect_end();
    cr_assert(conn.served == 3);
}

Test(core_conn, an_old_client_that_asks_for_it_is_kept)
{
    wire_send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    cr_assert(is_idle(wire_run()));
    struct reply reply = wire_expect(200);
    cr_assert(has_field(&reply, "Connection: keep-alive"));
}

Test(core_conn, a_whole_last_request_with_nothing_behind_it_needs_no_lingering)
{
    wire_send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    cr_assert(wire_run().bits == TRI_WISH_CLOSE);
    cr_assert(wire.reads == 1 && wire.writes == 1 && wire.shuts == 0);
    wire_expect(200);
}

Test(core_conn, a_drain_closes_who_is_idle_but_not_who_has_just_come)
{
    wire_send(HELLO);
    cr_assert(is_idle(wire_run()));
    wire_expect(200);
    atomic_store(&service.draining, true);
    cr_assert(wire_run().bits == TRI_WISH_CLOSE);
    wire_expect_end();

    wire_open();
    struct tri_wish wish = wire_run();
    cr_assert(is_idle(wish));
    cr_assert(wish.deadline_ns < clock_ns + TRI_SECOND, "a drain waits for nobody's first word");
    cr_assert(wire_expire(wish).bits == TRI_WISH_CLOSE);
    wire_expect_end();

    wire_open();
    wire_run();
    wire_send(HELLO);
    wire_run();
    struct reply reply = wire_expect(200);
    cr_assert(has_field(&reply, "Connection: close"));
}

Test(core_conn, a_reply_that_begins_in_a_drain_says_that_it_is_the_last)
{
    wire_send("GET /nap HTTP/1.1\r\nHost: a\r\n\r\n");
    struct tri_wish wish = wire_run();
    atomic_store(&service.draining, true);
    wire_expire(wish);
    struct reply reply = wire_expect(200);
    cr_assert(has_field(&reply, "Connection: close"));
}

/* --- refusals --- */

static void expect_refused(const char *text, int status)
{
    wire_open();
    wire_send(text);
    wire_send(HELLO); /* behind a message that is refused nothing is read */
    struct tri_wish wish = wire_run();
    struct reply reply = wire_expect(status);
    cr_assert(has_field(&reply, "Connection: close"));
    wire_expect_end();
    cr_assert(wire.shuts == 1 && wish.bits == TRI_WISH_READ, "closed without lingering");
    wire.in_end = TRI_IO_EOF;
    cr_assert(wire_run().bits == TRI_WISH_CLOSE);
}

Test(core_conn, what_is_malformed_or_too_large_is_refused_and_ends_the_connection)
{
    static char text[100000];
    expect_refused("GET /hello HTTP/1.1\r\n\r\n", 400);
    expect_refused("BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n", 501);
    expect_refused("GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505);
    snprintf(text, sizeof(text), "GET /%09000d HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    expect_refused(text, 414);
    snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\nA: %017000d\r\n\r\n", 0);
    expect_refused(text, 431);
    service.limits.body_bytes = 4;
    expect_refused(TAKE_5, 413);
    expect_refused(TAKE "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n", 413);
    expect_refused(TAKE "Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\nx\r\n", 400);
}

Test(core_conn, a_refusal_comes_after_the_replies_before_it)
{
    wire_send(HELLO TAKE_5 "nonsense\r\n\r\n");
    wire_run();
    cr_assert(wire.writes == 1);
    wire_expect(200), wire_expect(200), wire_expect(400), wire_expect_end();
}

Test(core_conn, a_head_as_large_as_the_limit_is_read_whatever_the_limit)
{
    static char text[1 << 20];
    int len = snprintf(text, sizeof(text), "GET /hello HTTP/1.1\r\nHost: a\r\n");
    while (len < 300000)
        len += snprintf(text + len, sizeof(text) - (size_t)len, "A: %05000d\r\n", 0);
    snprintf(text + len, sizeof(text) - (size_t)len, "\r\n");
    service.limits.head_bytes = 1 << 20;
    service.limits.arena_bytes = 4 << 20;
    for (size_t cut = 0; cut <= 100000; cut += 20000) {
        wire_open();
        wire.read_most = cut;
        wire_send(text);
        cr_assert(is_idle(wire_run()), "cut to %zu", cut);
        wire_expect(200);
    }
}

Test(core_conn, over_the_limit_of_connections_the_answer_is_503)
{
    conn.admission = TRI_ADMISSION_FULL;
    struct tri_wish wish = wire_run();
    struct reply reply = wire_expect(503);
    cr_assert(has_field(&reply, "Connection: close") && has_field(&reply, "Retry-After: 1"));
    cr_assert(wish.bits == TRI_WISH_READ && wire.shuts == 1);
    wire_send(HELLO);
    wire_run();
    wire_expect_end();
    wire.in_end = TRI_IO_EOF;
    cr_assert(wire_run().bits == TRI_WISH_CLOSE);
}

Test(core_conn, the_limit_of_connections_counts_open_ones)
{
    struct tri_conn more[3];
    service.limits.connections = 3; /* `conn` is one of them */
    for (int i = 0; i < 3; i++) {
        tri_conn_open(&more[i], tri_stream_plain(-1), NULL, &service, clock_ns);
        cr_assert((more[i].admission != TRI_ADMISSION_OPEN) == (i == 2));
    }
    for (int i = 0; i < 3; i++)
        tri_conn_abort(&more[i]);
    tri_conn_abort(&more[0]); /* aborting what is closed is harmless */
    cr_assert(atomic_load(&service.open) == 1);
}

/* --- bytes that the mode has read --- */

#define ASK "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

static struct tri_wish step_with(const char *landed, bool is_dry)
{
    tri_conn_land(&conn, &workspace, tri_slice_of(landed), is_dry);
    return tri_conn_step(&conn, &workspace, clock_ns);
}

Test(core_conn, what_a_mode_has_read_is_answered_and_read_after_only_if_there_may_be_more)
{
    wire_send(ASK);
    cr_assert(wire_run().bits == (TRI_WISH_READ | TRI_WISH_IDLE));
    size_t reply_bytes = wire.out_len;
    unsigned reads = wire.reads;
    cr_assert(step_with(ASK, true).bits == (TRI_WISH_READ | TRI_WISH_IDLE));
    cr_assert(wire.out_len == 2 * reply_bytes && wire.reads == reads);
    cr_assert(step_with(ASK ASK, false).bits == (TRI_WISH_READ | TRI_WISH_IDLE));
    cr_assert(wire.out_len == 4 * reply_bytes && wire.reads == reads + 1);
    wire_run(); /* the word of the one landing is not taken for the next step's */
    cr_assert(wire.reads == reads + 2);
}

Test(core_conn, a_head_that_lands_in_part_is_completed_by_reading)
{
    wire_send(ASK);
    wire_run();
    size_t reply_bytes = wire.out_len;
    cr_assert(step_with("GET /hello HTTP/1.1\r\nHo", true).bits == TRI_WISH_READ);
    wire_send("st: a\r\n\r\n");
    cr_assert(wire_run().bits == (TRI_WISH_READ | TRI_WISH_IDLE));
    cr_assert(wire.out_len == 2 * reply_bytes);
}
