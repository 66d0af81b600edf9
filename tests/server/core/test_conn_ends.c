/*
 * test_conn_ends.c - blocking handlers, and the unhappy ends: declined, aborted anywhere, out of
 * memory anywhere. wire_deinit() checks that nothing is left of any of them.
 */
#include "replies.h"
#include "wire.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "server/base/clock.h"

TestSuite(core_conn_ends, .init = wire_init, .fini = wire_deinit, .timeout = 60);

#define HELLO "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
#define BLOCK "GET /block HTTP/1.1\r\nHost: a\r\n\r\n"

static bool is_idle(struct tri_wish wish)
{
    return wish.bits == (TRI_WISH_READ | TRI_WISH_IDLE);
}

static void serve_file(void)
{
    file_served = memfd_create("served", MFD_CLOEXEC);
    file_bytes = 100000;
    cr_assert(ftruncate(file_served, file_bytes) == 0);
}

/* --- blocking handlers --- */

Test(core_conn_ends, a_blocking_handler_is_wished_for_by_name)
{
    wire_send(BLOCK);
    struct tri_wish wish = wire_step();
    cr_assert(wish.bits == TRI_WISH_RUN);
    cr_assert(strcmp(tri_conn_running(&conn)->name, "block") == 0);
    cr_assert(tri_conn_running(&conn)->flags == TRI_WAITS);
    cr_assert(wire_step().bits == TRI_WISH_RUN, "a step without need changes nothing");
    tri_conn_run(&conn, &wire_straight);
    wire_expect_end();
    cr_assert(is_idle(wire_step()));
    struct reply reply = wire_expect(200);
    cr_assert(tri_slice_is(reply.body, TRI_SLICE("blocked\n")));
    wire_send("GET /hog HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_assert(wire_step().bits == TRI_WISH_RUN);
    cr_assert(tri_conn_running(&conn)->flags == TRI_CPU);
}

Test(core_conn_ends, replies_before_a_blocking_handler_do_not_wait_for_it)
{
    wire_send(HELLO HELLO BLOCK HELLO);
    cr_assert(wire_step().bits == TRI_WISH_RUN);
    wire_expect(200), wire_expect(200), wire_expect_end();
    tri_conn_run(&conn, &wire_straight);
    cr_assert(is_idle(wire_run()));
    wire_expect(200), wire_expect(200), wire_expect_end();
    cr_assert(wire.writes == 2);
}

Test(core_conn_ends, a_blocking_handler_begins_when_a_slow_client_has_taken_the_replies_before)
{
    wire_send(HELLO BLOCK);
    wire.credit = 5;
    cr_assert(wire_step().bits == TRI_WISH_WRITE);
    wire.credit = SIZE_MAX;
    cr_assert(wire_step().bits == TRI_WISH_RUN);
}

Test(core_conn_ends, a_blocking_handler_without_memory_is_a_500)
{
    wire_send("GET /hog HTTP/1.1\r\nHost: a\r\n\r\n" HELLO);
    wire_run();
    wire_expect(500), wire_expect_end();
}

Test(core_conn_ends, a_declined_handler_is_a_503_on_a_connection_that_lives_on)
{
    wire_send(BLOCK BLOCK HELLO);
    cr_assert(wire_step().bits == TRI_WISH_RUN);
    tri_conn_decline(&conn);
    cr_assert(wire_step().bits == TRI_WISH_RUN);
    struct reply reply = wire_expect(503);
    cr_assert(has_field(&reply, "Retry-After: 1") && !has_field(&reply, "Connection: close"));
    tri_conn_run(&conn, &wire_straight);
    cr_assert(is_idle(wire_run()));
    wire_expect(200), wire_expect(200), wire_expect_end();
    wire_send("GET /block HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    cr_assert(wire_step().bits == TRI_WISH_RUN);
    tri_conn_decline(&conn);
    wire_run();
    reply = wire_expect(503);
    cr_assert(has_field(&reply, "Connection: close"));
}

/* --- aborts --- */

static const char everything[] =
    "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
    "POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345"
    "POST /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    "GET /nap HTTP/1.1\r\nHost: a\r\n\r\n"
    "GET /block HTTP/1.1\r\nHost: a\r\n\r\n"
    "GET /file HTTP/1.1\r\nHost: a\r\n\r\n"
    "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"
    "GET /big HTTP/1.1\r\nHost: a\r\n\r\n"
    "GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n more";

/* Go through `everything` at this pace; the number of steps, `most` at most. */
static unsigned long go(unsigned long most, size_t read_most, size_t credit)
{
    unsigned long steps = 0;
    wire_open();
    wire_send(everything);
    wire.read_most = read_most;
    while (steps++ < most) {
        wire.credit = credit;
        struct tri_wish wish = wire_step();
        if (wish.bits & TRI_WISH_CLOSE)
            break;
        if (wish.bits & TRI_WISH_RUN)
            tri_conn_run(&conn, &wire_straight);
        else if (wish.bits == 0)
            clock_ns = wish.deadline_ns;
        if (wire.in_at == wire.in_len)
            wire.in_end = TRI_IO_EOF;
    }
    return steps;
}

Test(core_conn_ends, an_abort_after_any_step_leaves_nothing)
{
    static const size_t paces[][2] = {{0, SIZE_MAX}, {7, SIZE_MAX}, {0, 9973}, {50, 30011}};
    serve_file();
    for (size_t i = 0; i < sizeof(paces) / sizeof(*paces); i++) {
        unsigned long all = go(1000000, paces[i][0], paces[i][1]);
        cr_assert(all >= 4 && all < 1000000, "%lu steps", all);
        for (unsigned long most = 0; most < all; most++)
            go(most, paces[i][0], paces[i][1]); /* wire_open() aborts what is open */
    }
}

Test(core_conn_ends, all_of_it_is_answered_at_any_pace)
{
    serve_file();
    for (size_t credit = 1000; credit < 1000000; credit *= 10) {
        go(1000000, credit / 100, credit);
        for (int i = 0; i < 8; i++)
            wire_expect(200);
        wire_expect(404), wire_expect_end();
    }
}

Test(core_conn_ends, memory_that_runs_out_anywhere_ends_the_connection_and_nothing_else)
{
    serve_file();
    for (size_t credit = 20000; credit < 100000000; credit *= 1000)
        for (unsigned long n = 1;; n++) {
            alloc_fails_at = allocs + n;
            go(1000000, 60, credit);
            if (allocs < alloc_fails_at)
                break; /* more than are needed */
            cr_assert(wire.closes == 1, "allocation %lu", n);
            wire_open();
            tri_pool_deinit(&workspace.pool); /* so that the next round allocates again */
        }
    alloc_fails_at = 0;
}
