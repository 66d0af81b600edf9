/*
 * test_secure.c - handshakes share the time of a turn, and who has to wait waits for others alone.
 */
#include "wire.h"

#include <criterion/criterion.h>

#include "server/base/clock.h"

enum { VISITORS = 3 };

static struct tri_transport slow; /* scripted, with a handshake that computes */
static struct tri_conn visitors[VISITORS];
static unsigned handshakes;

/* Longer than the handshakes of one turn may take together; then it waits for bytes. */
static enum tri_io compute(struct tri_stream *stream, struct tri_slice early,
                           const struct tri_ip *client)
{
    int64_t until_ns = tri_clock_now() + 5 * TRI_MILLISECOND;
    (void)stream, (void)early, (void)client;
    handshakes++;
    while (tri_clock_now() < until_ns)
        continue;
    return TRI_IO_AGAIN;
}

static void leave_one(struct tri_stream *stream)
{
    stream->fd = -1;
}

static void come(void)
{
    wire_init();
    slow = *conn.stream.transport;
    slow.handshake = compute;
    slow.close = leave_one;
    wire_others = VISITORS;
    service.limits.handshake_ns = 10 * TRI_SECOND;
    for (int i = 0; i < VISITORS; i++)
        tri_conn_open(&visitors[i], (struct tri_stream){.transport = &slow, .fd = 1}, NULL,
                      &service, clock_ns);
}

static void go(void)
{
    for (int i = 0; i < VISITORS; i++)
        tri_conn_abort(&visitors[i]);
    wire_others = 0;
    wire_deinit();
}

TestSuite(core_secure, .init = come, .fini = go, .timeout = 30);

static struct tri_wish step(int visitor)
{
    return tri_conn_step(&visitors[visitor], &workspace, clock_ns);
}

Test(core_secure, one_handshake_may_use_up_a_turn_and_the_next_waits_for_another)
{
    workspace.turn = 1;
    cr_assert(step(0).bits == (TRI_WISH_READ | TRI_WISH_IDLE));
    for (int i = 1; i < VISITORS; i++) {
        struct tri_wish wish = step(i);
        cr_assert(wish.bits == TRI_WISH_TURN);
        cr_assert(wish.deadline_ns <= clock_ns, "it would be left alone until its time is over");
    }
    cr_assert(handshakes == 1);
    workspace.turn = 2;
    cr_assert(step(1).bits == (TRI_WISH_READ | TRI_WISH_IDLE));
    cr_assert(step(2).bits == TRI_WISH_TURN);
    cr_assert(handshakes == 2);
}

Test(core_secure, who_holds_nobody_up_is_not_held_up)
{
    workspace.turn = 0;
    for (int i = 0; i < VISITORS; i++)
        cr_assert(step(i).bits == (TRI_WISH_READ | TRI_WISH_IDLE));
    cr_assert(handshakes == VISITORS);
}

Test(core_secure, waiting_for_a_turn_does_not_lengthen_the_time_for_a_handshake)
{
    workspace.turn = 1;
    step(0);
    clock_ns += service.limits.handshake_ns - 1;
    cr_assert(step(1).bits == TRI_WISH_TURN);
    clock_ns++;
    cr_assert(step(1).bits == TRI_WISH_CLOSE);
    cr_assert(step(0).bits == TRI_WISH_CLOSE);
}
