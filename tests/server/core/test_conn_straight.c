/*
 * test_conn_straight.c - a blocking handler that reads, writes and sleeps in straight lines is
 * served, limited and cut off as a step handler is.
 */
#include "replies.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "server/base/clock.h"
#include "server/core/step.h"

#define HEAD(fields) "POST /straight HTTP/1.1\r\nHost: a\r\n" fields "\r\n"
#define LATE(fields) "POST /straight?late HTTP/1.1\r\nHost: a\r\n" fields "\r\n"
#define HELLO "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

TestSuite(core_conn_straight, .init = wire_init, .fini = wire_deinit, .timeout = 60);

/* Undo the chunks; the client's side of the text, NUL-terminated. */
static char *undo_chunks(struct tri_slice body)
{
    char *text = malloc(body.len + 1);
    size_t len = 0;
    for (const char *at = body.at; at < body.at + body.len;) {
        char *data;
        size_t bytes = strtoul(at, &data, 16);
        memcpy(text + len, data + 2, bytes);
        len += bytes;
        at = data + 2 + bytes + 2;
    }
    text[len] = '\0';
    return text;
}

Test(core_conn_straight, echoes_a_body_however_it_is_cut_and_goes_on_with_the_next_request)
{
    for (size_t most = 1; most < 100; most = 3 * most + 1) {
        wire_open();
        wire.read_most = most;
        wire.write_most = most;
        wire_send(HEAD("Content-Length: 26\r\n") "abcdefghijklmnopqrstuvwxyz" HELLO);
        cr_assert(wire_run().bits == (TRI_WISH_READ | TRI_WISH_IDLE));
        struct reply reply = wire_expect(200);
        char *text = undo_chunks(reply.body);
        cr_assert(strcmp(text, "abcdefghijklmnopqrstuvwxyz") == 0, "%s", text);
        free(text);
        wire_expect(200);
        wire_expect_end();
    }
}

static int64_t slept_until_ns;

static bool note_sleep(struct tri_wish wish)
{
    slept_until_ns = clock_ns = wish.deadline_ns;
    return true;
}

Test(core_conn_straight, sleeps_until_the_time_that_it_names)
{
    wire.on_wait = note_sleep;
    wire_send(LATE("Content-Length: 3\r\n") "abc");
    int64_t began_ns = clock_ns;
    wire_run();
    wire_expect(200);
    cr_assert(slept_until_ns == began_ns + 10 * TRI_MILLISECOND);
}

Test(core_conn_straight, tells_the_client_to_continue_when_it_reads)
{
    wire_send(LATE("Content-Length: 3\r\nExpect: 100-continue\r\n") "abc");
    wire_run();
    wire_expect(100);
    wire_expect(200);
    wire_expect_end();
}

static bool send_more(struct tri_wish wish)
{
    if (wish.bits & TRI_WISH_READ)
        wire_send("b");
    clock_ns += wish.bits & TRI_WISH_READ ? 1 : 11 * TRI_MILLISECOND;
    return true;
}

Test(core_conn_straight, waits_for_the_body)
{
    wire.on_wait = send_more;
    wire_send(HEAD("Content-Length: 5\r\n") "a");
    wire_run();
    char *text = undo_chunks(wire_expect(200).body);
    cr_assert(strcmp(text, "abbbb") == 0, "%s", text);
    free(text);
}

static bool take_some(struct tri_wish wish)
{
    if (wish.bits & TRI_WISH_WRITE)
        wire.credit += 7;
    else
        clock_ns = wish.deadline_ns;
    return true;
}

Test(core_conn_straight, waits_for_a_client_that_reads_slowly)
{
    wire.credit = 0;
    wire.on_wait = take_some;
    wire_send(HEAD("Content-Length: 26\r\n") "abcdefghijklmnopqrstuvwxyz");
    wire_step();
    tri_conn_run(&conn, &wire_straight);
    wire.credit = SIZE_MAX;
    wire_run();
    char *text = undo_chunks(wire_expect(200).body);
    cr_assert(strcmp(text, "abcdefghijklmnopqrstuvwxyz") == 0, "%s", text);
    free(text);
}

Test(core_conn_straight, a_body_that_does_not_come_is_refused_when_it_has_returned)
{
    wire_send(LATE("Content-Length: 5\r\n") "a");
    wire_run(); /* time passes in its waits */
    cr_assert(wire.cut);
    wire_expect(408);
    wire_expect_end();
}

Test(core_conn_straight, a_malformed_body_is_refused_when_it_has_returned)
{
    wire_send(LATE("Transfer-Encoding: chunked\r\n") "1\r\na\r\nx\r\n");
    wire_run();
    cr_assert(wire.cut);
    wire_expect(400);
    wire_expect_end();
}

Test(core_conn_straight, a_reply_that_has_begun_is_cut_short_by_a_malformed_body)
{
    wire_send(HEAD("Transfer-Encoding: chunked\r\n") "1\r\na\r\nx\r\n");
    wire_run();
    struct reply reply;
    cr_assert(wire.cut && wire_reply(&reply) && reply.status == 200 && !reply.whole);
    cr_assert(reply.body.len > 0 && wire.shuts == 1);
}

static bool vanish(struct tri_wish wish)
{
    (void)wish;
    wire.gone = true;
    wire.in_end = TRI_IO_FAILED;
    clock_ns += TRI_SECOND;
    return true;
}

Test(core_conn_straight, is_told_when_the_client_vanishes_and_outlives_it)
{
    wire.on_wait = vanish;
    wire_send(HEAD("Content-Length: 5\r\n") "a");
    cr_assert(wire_run().bits == TRI_WISH_CLOSE);
    cr_assert(wire.cut);
}

static bool give_up(struct tri_wish wish)
{
    (void)wish;
    return false;
}

Test(core_conn_straight, is_told_when_the_mode_gives_up)
{
    wire.on_wait = give_up;
    wire_send(HEAD("Content-Length: 5\r\n") "a");
    cr_assert(wire_run().bits == TRI_WISH_CLOSE);
    cr_assert(wire.cut);
}

Test(core_conn_straight, sends_nothing_but_a_head_to_who_asked_for_that)
{
    wire_send("HEAD /straight HTTP/1.1\r\nHost: a\r\n\r\n" HELLO);
    wire_run();
    cr_assert(strstr(wire.out, "hello\n") != NULL);
    cr_assert(strncmp(wire.out, "HTTP/1.1 200", 12) == 0);
}

static bool drip(struct tri_wish wish)
{
    int64_t drop_ns = clock_ns + 20 * TRI_SECOND;
    clock_ns = drop_ns < wish.deadline_ns ? drop_ns : wish.deadline_ns;
    if (clock_ns == drop_ns)
        wire_send("b");
    return true;
}

Test(core_conn_straight, a_body_that_drips_runs_out_of_time_over_many_reads)
{
    wire.on_wait = drip;
    service.limits.body_ns = 30 * TRI_SECOND;
    service.limits.rate_bytes = 100;
    wire_send("POST /straight?lively HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\na");
    wire_run();
    cr_assert(wire.cut && wire.in_len < 80, "%zu bytes came", wire.in_len);
    wire_expect(408);
}

Test(core_conn_straight, survives_every_allocation_that_fails)
{
    for (unsigned long i = 1; i < 40; i++) {
        wire_open();
        alloc_fails_at = allocs + i;
        wire.write_most = 10;
        wire_send(HEAD("Content-Length: 26\r\n") "abcdefghijklmnopqrstuvwxyz" HELLO);
        wire_run();
        alloc_fails_at = 0;
        wire_close();
    }
}
