/*
 * test_conn_wake.c - a handler that waits is called again when its exchange is woken.
 */
#include "replies.h"
#include "wire.h"

#include <criterion/criterion.h>

#include "server/base/clock.h"
#include "server/base/waker.h"

#define WOKEN "GET /woken HTTP/1.1\r\nHost: a\r\n\r\n"

TestSuite(core_conn_wake, .init = wire_init, .fini = wire_deinit, .timeout = 60);

static void wake(void)
{
    wire_waker->wake(wire_waker);
}

static void expect_body(const char *text)
{
    struct reply reply = wire_expect(200);
    cr_assert(tri_slice_is(reply.body, tri_slice_of(text)), "%.*s", (int)reply.body.len,
              reply.body.at);
}

Test(core_conn_wake, has_the_mode_step_it_and_calls_the_handler_again)
{
    wire_send(WOKEN);
    struct tri_wish wish = wire_run();
    cr_assert(wish.bits == 0 && wire.calls == 1);
    wire_run();
    cr_assert(wire.calls == 1, "called without need");
    wake();
    cr_assert(wire.wakes == 1);
    wire_run();
    cr_assert(wire.calls == 2, "%u calls", wire.calls);
    wire_is_there = true;
    wake();
    cr_assert(wire.wakes == 2);
    wire_run();
    expect_body("there\n");
}

Test(core_conn_wake, tells_the_mode_once_until_the_handler_has_looked)
{
    wire_send(WOKEN);
    wire_run();
    wake();
    wake();
    cr_assert(wire.wakes == 1, "%u", wire.wakes);
    wire_run();
    wake();
    cr_assert(wire.wakes == 2, "%u", wire.wakes);
}

Test(core_conn_wake, what_came_before_the_wait_is_not_lost)
{
    wire_send(WOKEN);
    wire_step(); /* the handler has looked, and the mode not begun to wait */
    wire_is_there = true;
    wake();
    wire_run();
    expect_body("there\n");
}

Test(core_conn_wake, ends_no_wait_by_itself)
{
    wire_send(WOKEN);
    struct tri_wish wish = wire_run();
    for (int i = 0; i < 100 && wire.calls == 1; i++) { /* looks whether the client is there */
        clock_ns = wish.deadline_ns;
        wish = wire_run();
    }
    cr_assert(wire.calls == 2 && wire.wakes == 0);
    expect_body("late\n");
}

Test(core_conn_wake, who_keeps_a_waker_strikes_it_off_however_the_exchange_ends)
{
    wire_send(WOKEN);
    wire_run();
    cr_assert(wire_waker);
    wire.gone = true; /* seen at the next look */
    struct tri_wish wish = wire_run();
    clock_ns = wish.deadline_ns;
    cr_assert(wire_run().bits == TRI_WISH_CLOSE);
    cr_assert(!wire_waker && wire.releases == 1);

    wire_open();
    wire_send(WOKEN);
    wire_run();
    tri_conn_abort(&conn);
    cr_assert(!wire_waker && wire.releases == 1);

    wire_open();
    wire_is_there = true;
    wire_send(WOKEN);
    wire_run();
    cr_assert(!wire_waker && wire.releases == 1);
    expect_body("there\n");
}
