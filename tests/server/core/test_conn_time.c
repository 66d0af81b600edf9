/*
 * test_conn_time.c - deadlines of a connection: which phase has which, and what happens then.
 * That nothing happens a nanosecond earlier is checked by wire_expire(). Least rates have a file of
 * their own.
 */
#include "replies.h"
#include "wire.h"

#include <criterion/criterion.h>

#include "server/base/clock.h"

TestSuite(core_conn_time, .init = wire_init, .fini = wire_deinit, .timeout = 60);

#define HELLO "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

/* `wish` ends `span_ns` after now. */
static void expect_span(struct tri_wish wish, int64_t span_ns)
{
    cr_assert(wish.deadline_ns == clock_ns + span_ns, "%lld ns instead of %lld",
              (long long)(wish.deadline_ns - clock_ns), (long long)span_ns);
}

/* The connection is lingering: it closes after linger_ns whatever the client still sends. */
static void expect_lingering(struct tri_wish wish)
{
    cr_assert(wish.bits == TRI_WISH_READ && wire.shuts == 1);
    expect_span(wish, service.limits.linger_ns);
    int64_t end_ns = wish.deadline_ns;
    clock_ns += service.limits.linger_ns / 2;
    wire_send("chatter");
    wish = wire_run();
    cr_assert(wish.bits == TRI_WISH_READ && wish.deadline_ns == end_ns, "chatter prolongs it");
    cr_assert(wire_expire(wish).bits == TRI_WISH_CLOSE);
    wire_expect_end();
}

Test(core_conn_time, who_says_nothing_is_let_go_without_a_word)
{
    struct tri_wish wish = wire_run();
    expect_span(wish, service.limits.head_ns);
    cr_assert(wire_expire(wish).bits == TRI_WISH_CLOSE);
    wire_expect_end();
}

Test(core_conn_time, who_goes_idle_is_let_go_without_a_word)
{
    clock_ns += 5 * TRI_SECOND;
    wire_send(HELLO);
    struct tri_wish wish = wire_run();
    wire_expect(200);
    expect_span(wish, service.limits.idle_ns);
    cr_assert(wire_expire(wish).bits == TRI_WISH_CLOSE);
    wire_expect_end();
}

Test(core_conn_time, a_first_head_has_its_time_from_the_accept)
{
    wire_run();
    int64_t accepted_ns = clock_ns;
    for (size_t i = 0; i < 9; i++) { /* a byte a second does not help */
        clock_ns += TRI_SECOND;
        wire_send_bytes(&HELLO[i], 1);
        struct tri_wish wish = wire_run();
        cr_assert(wish.bits == TRI_WISH_READ);
        cr_assert(wish.deadline_ns == accepted_ns + service.limits.head_ns);
    }
    struct tri_wish wish = wire_expire(wire_run());
    wire_expect(408);
    expect_lingering(wish);
}

Test(core_conn_time, a_later_head_has_its_time_from_its_first_byte)
{
    wire_send(HELLO);
    wire_run();
    wire_expect(200);
    clock_ns += 30 * TRI_SECOND;
    wire_send("G");
    struct tri_wish wish = wire_run();
    expect_span(wish, service.limits.head_ns);
    clock_ns += TRI_SECOND;
    wire_send("E");
    cr_assert(wire_run().deadline_ns == wish.deadline_ns);
    wish = wire_expire(wish);
    wire_expect(408);
    expect_lingering(wish);
}

Test(core_conn_time, a_body_has_its_time_from_when_it_is_awaited)
{
    service.limits.body_ns = 30 * TRI_SECOND; /* /late sleeps for twice that before it asks */
    wire_send("POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
              "Expect: 100-continue\r\n\r\n");
    struct tri_wish wish = wire_run();
    while (wish.bits == 0) /* it wakes now and then to see whether the client is there */
        wish = wire_expire(wish);
    wire_expect(100), wire_expect_end();
    cr_assert(wish.bits == TRI_WISH_READ, "%#x", wish.bits);
    expect_span(wish, service.limits.body_ns);
    wire_send("abc");
    wire_run();
    wire_expect(200);
}

Test(core_conn_time, a_sleeper_whose_client_has_reset_is_let_go_within_seconds)
{
    int64_t start_ns = clock_ns;
    wire_send("POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
    struct tri_wish wish = wire_run();
    wire.gone = true;
    while (wish.bits == 0)
        wish = wire_expire(wish);
    cr_assert(wish.bits == TRI_WISH_CLOSE, "%#x", wish.bits);
    cr_assert(clock_ns - start_ns <= 6 * TRI_SECOND);
}

Test(core_conn_time, a_body_that_is_skipped_has_its_time_too)
{
    wire_send("POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");
    struct tri_wish wish = wire_run();
    wire_expect(200);
    cr_assert(wish.bits == TRI_WISH_READ);
    expect_span(wish, service.limits.body_ns);
    expect_lingering(wire_expire(wish)); /* answered already: no 408 */
}

Test(core_conn_time, the_time_a_slow_client_takes_is_not_that_of_its_next_request)
{
    wire_send(HELLO HELLO "GET /he");
    wire.credit = 10;
    clock_ns += TRI_SECOND;
    struct tri_wish wish = wire_run();
    cr_assert(wish.bits == TRI_WISH_WRITE);
    clock_ns = wish.deadline_ns - 1;
    wire.credit = SIZE_MAX;
    wish = wire_run();
    wire_expect(200), wire_expect(200), wire_expect_end();
    cr_assert(wish.bits == TRI_WISH_READ);
    wire_send("llo HTTP/1.1\r\nHost: a\r\n\r\n");
    wire_run();
    wire_expect(200);
}

Test(core_conn_time, a_deadline_of_0_is_none)
{
    service.limits.head_ns = service.limits.body_ns = service.limits.write_ns = 0;
    service.limits.idle_ns = 0;
    wire_open();
    cr_assert(wire_run().deadline_ns == TRI_NEVER);
    wire_send("POST /take");
    cr_assert(wire_run().deadline_ns == TRI_NEVER);
    wire_send(" HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n");
    cr_assert(wire_run().deadline_ns == TRI_NEVER);
    wire.credit = 0;
    wire_send("x");
    struct tri_wish wish = wire_run();
    cr_assert(wish.bits == TRI_WISH_WRITE && wish.deadline_ns == TRI_NEVER);
    clock_ns += 1000000 * TRI_SECOND;
    wire.credit = SIZE_MAX;
    wish = wire_run();
    wire_expect(200);
    cr_assert(wish.deadline_ns == TRI_NEVER);
}

Test(core_conn_time, a_handler_is_called_again_when_its_time_has_come_and_not_before)
{
    wire_send("GET /nap HTTP/1.1\r\nHost: a\r\n\r\n" HELLO);
    struct tri_wish wish = wire_run();
    cr_assert(wish.bits == 0);
    expect_span(wish, 100 * TRI_MILLISECOND);
    wire_expect_end();
    wish = wire_expire(wish);
    wire_expect(200), wire_expect(200);
    cr_assert(wire.writes == 1);
}
