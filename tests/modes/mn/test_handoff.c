/*
 * test_handoff.c - tasks that block their thread: short, long, too many, and for ever.
 */
#include "modes/mn/machinery.h"

#include <stdatomic.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"
#include "tests/modes/mn/actors.h"

TestSuite(mn_handoff, .timeout = 60);

static int gate[2]; /* a pipe: who reads it blocks until somebody writes */
static atomic_int at_gate;

static void open_with(unsigned workers, unsigned spares, bool handoff)
{
    struct tri_scheduler_plan plan = plan_for(workers, spares);
    plan.handoff = handoff;
    cr_assert(eq(int, pipe(gate), 0));
    open_plan(&plan);
}

static void block_at_gate(struct actor *actor)
{
    char byte;
    if (tri_task_block(&actor->task, false)) {
        atomic_fetch_add(&at_gate, 1);
        ssize_t got = read(gate[0], &byte, 1);
        tri_task_unblock(&actor->task);
        atomic_store(&actor->noted, got);
    }
    atomic_fetch_add(&actor->steps, 1);
    close(actor->fd);
}

static void open_gate(struct actor *actor)
{
    ssize_t put = write(gate[1], "x", 1);
    atomic_store(&actor->noted, put);
    close(actor->fd);
}

Test(mn_handoff, others_run_while_one_blocks_for_long)
{
    open_with(1, 1, true);
    for (int i = 0; i < 20; i++) {
        int first = start_actor(block_at_gate, NULL);
        int second = start_actor(open_gate, NULL); /* would never run if the first kept the P */
        await_no_tasks();
        close(first);
        close(second);
    }
    close_scheduler();
}

Test(mn_handoff, others_wait_when_it_is_off)
{
    open_with(1, 1, false);
    int first = start_actor(block_at_gate, NULL);
    struct actor *opener;
    int second = start_actor(open_gate, &opener);
    nap(50 * TRI_MILLISECOND);
    cr_assert(eq(i64, atomic_load(&opener->noted), 0));
    cr_assert(eq(int, (int)write(gate[1], "x", 1), 1));
    await_no_tasks();
    close(first);
    close(second);
    close_scheduler();
}

Test(mn_handoff, no_more_may_block_than_there_are_spares)
{
    struct actor *last;
    int ends[2];
    open_with(1, 1, true);
    ends[0] = start_actor(block_at_gate, NULL);
    while (atomic_load(&scheduler->away) == 0)
        nap(TRI_MILLISECOND);
    ends[1] = start_actor(block_at_gate, &last);
    await_int(&last->steps, 1);
    cr_assert(eq(i64, atomic_load(&last->noted), 0)); /* it was told so, and did not read */
    cr_assert(eq(int, (int)write(gate[1], "x", 1), 1));
    await_no_tasks();
    close(ends[0]);
    close(ends[1]);
    close_scheduler();
}

static atomic_int switches; /* of machine, between a block and its unblock */

static void block_for(struct actor *actor, int64_t ns)
{
    const struct tri_machine *before = tri_machine_current(); /* pthread_self() would be cached */
    cr_assert(tri_task_block(&actor->task, false));
    if (ns > 0)
        nap(ns);
    tri_task_unblock(&actor->task);
    atomic_fetch_add(&switches, tri_machine_current() != before);
}

static void block_shortly(struct actor *actor)
{
    for (int i = 0; i < 10000; i++)
        block_for(actor, 0);
    close(actor->fd);
}

Test(mn_handoff, who_blocks_shortly_keeps_its_thread)
{
    open_with(1, 4, true);
    int end = start_actor(block_shortly, NULL);
    await_no_tasks();
    cr_assert(lt(int, atomic_load(&switches), 1000)); /* a busy machine makes some of them long */
    close(end);
    close_scheduler();
}

static void block_long_then_shortly(struct actor *actor)
{
    block_for(actor, 50 * TRI_MILLISECOND);
    atomic_store(&actor->noted, atomic_load(&scheduler->expects_long));
    for (int i = 0; i < 100000 && atomic_load(&scheduler->expects_long) > 0; i++)
        block_for(actor, 0);
    close(actor->fd);
}

Test(mn_handoff, who_was_long_is_believed_to_be_until_it_is_short_again)
{
    struct actor *actor;
    open_with(1, 4, true);
    int end = start_actor(block_long_then_shortly, &actor);
    await_no_tasks();
    cr_assert(gt(i64, atomic_load(&actor->noted), 0));
    cr_assert(eq(int, atomic_load(&scheduler->expects_long), 0));
    close(end);
    close_scheduler();
}

Test(mn_handoff, many_long_ones_do_not_add_up)
{
    enum { BLOCKERS = TASKS - 1 };
    static char openings[BLOCKERS];
    struct actor *last;
    int ends[TASKS];
    open_with(1, TASKS, true);
    for (int i = 0; i < BLOCKERS; i++)
        ends[i] = start_actor(block_at_gate, NULL);
    ends[BLOCKERS] = start_actor(open_gate, &last);
    for (int i = 0; atomic_load(&last->noted) == 0 && i < LIMIT_S * 1000; i++)
        nap(TRI_MILLISECOND);
    cr_assert(eq(int, (int)write(gate[1], openings, BLOCKERS - 1), BLOCKERS - 1));
    await_no_tasks();
    unsigned visits = atomic_load(&scheduler->processors[0].claim) / 4; /* a look for each */
    cr_assert(lt(uint, visits, 5));
    for (int i = 0; i < TASKS; i++)
        close(ends[i]);
    close_scheduler();
}

static void block_again_and_again(struct actor *actor)
{
    int64_t until_ns = tri_clock_now() + 300 * TRI_MILLISECOND;
    while (tri_clock_now() < until_ns) { /* nearly always in a handler, in none for a whole look */
        block_for(actor, TRI_MILLISECOND / 20);
        atomic_fetch_add(&actor->steps, 1);
    }
    atomic_store(&actor->noted, atomic_load(&actor->steps));
    close(actor->fd);
}

Test(mn_handoff, many_short_visits_are_not_taken_for_one)
{
    struct actor *actor;
    open_with(1, 4, true);
    int end = start_actor(block_again_and_again, &actor);
    await_no_tasks();
    cr_assert(lt(i64, 2 * atomic_load(&switches), atomic_load(&actor->noted)));
    close(end);
    close_scheduler();
}

Test(mn_handoff, does_not_wait_for_a_task_that_never_returns)
{
    open_with(1, 1, true);
    int end = start_actor(block_at_gate, NULL);
    await_int(&at_gate, 1);
    nap(50 * TRI_MILLISECOND); /* the processor has gone to the spare, or will soon */
    cr_assert(not(tri_scheduler_free(scheduler)));
    close(end);
}

Test(mn_handoff, does_not_wait_for_one_that_keeps_its_processor_still)
{
    open_with(1, 1, true);
    int end = start_actor(block_at_gate, NULL);
    await_int(&at_gate, 1); /* before the monitor's second look */
    cr_assert(not(tri_scheduler_free(scheduler)));
    close(end);
}

Test(mn_handoff, a_task_that_returns_after_the_end_does_no_harm)
{
    open_with(1, 1, true);
    int end = start_actor(block_at_gate, NULL);
    await_int(&at_gate, 1);
    cr_assert(not(tri_scheduler_free(scheduler)));
    cr_assert(eq(int, (int)write(gate[1], "x", 1), 1));
    nap(50 * TRI_MILLISECOND);
    close(end);
}
