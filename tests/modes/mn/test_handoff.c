/*
 * test_handoff.c - tasks that block their thread: short, long, too many, and for ever.
 */
#include "modes/mn/machinery.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"
#include "tests/modes/mn/actors.h"

TestSuite(mn_handoff, .timeout = 60);

static int gate[2]; /* a pipe: who reads it blocks until somebody writes */

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

Test(mn_handoff, others_wait_when_there_is_no_spare)
{
    open_with(1, 1, true);
    int ends[4];
    struct actor *last;
    ends[0] = start_actor(block_at_gate, NULL);
    ends[1] = start_actor(block_at_gate, NULL); /* by the spare; now nobody is left */
    ends[2] = start_actor(block_at_gate, NULL);
    ends[3] = start_actor(open_gate, &last);
    nap(50 * TRI_MILLISECOND);
    cr_assert(eq(i64, atomic_load(&last->noted), 0));
    cr_assert(eq(int, (int)write(gate[1], "xx", 2), 2));
    await_no_tasks();
    for (int i = 0; i < 4; i++)
        close(ends[i]);
    close_scheduler();
}

static void block_shortly(struct actor *actor)
{
    pthread_t before = pthread_self();
    struct tri_processor *held = tri_machine_current()->processor;
    atomic_store(&actor->noted, 1);
    for (int i = 0; i < 1000; i++) {
        cr_assert(tri_task_block(&actor->task, false));
        tri_task_unblock(&actor->task);
    }
    if (!pthread_equal(before, pthread_self()) || tri_machine_current()->processor != held)
        atomic_store(&actor->noted, 2);
    close(actor->fd);
}

Test(mn_handoff, who_blocks_shortly_keeps_thread_and_processor)
{
    struct actor *actor;
    open_with(1, 4, true);
    int end = start_actor(block_shortly, &actor);
    await_no_tasks();
    cr_assert(eq(i64, atomic_load(&actor->noted), 1));
    for (unsigned i = 1; i < 5; i++)
        cr_assert(eq(int, scheduler->machines[i].state, TRI_MACHINE_UNUSED));
    close(end);
    close_scheduler();
}

static void block_twice(struct actor *actor)
{
    int64_t until_ns = tri_clock_now() + 300 * TRI_MILLISECOND;
    pthread_t before = pthread_self();
    while (tri_clock_now() < until_ns) { /* always in a handler, never in one for a whole look */
        cr_assert(tri_task_block(&actor->task, false));
        nap(TRI_MILLISECOND / 20);
        tri_task_unblock(&actor->task);
        if (!pthread_equal(before, pthread_self()))
            atomic_fetch_add(&actor->noted, 1);
        before = pthread_self();
    }
    close(actor->fd);
}

Test(mn_handoff, many_short_visits_are_not_taken_for_one)
{
    struct actor *actor;
    open_with(1, 4, true);
    int end = start_actor(block_twice, &actor);
    await_no_tasks();
    cr_assert(lt(i64, atomic_load(&actor->noted), 10)); /* of some 2,000; 150 looks */
    close(end);
    close_scheduler();
}

Test(mn_handoff, does_not_wait_for_a_task_that_never_returns)
{
    open_with(1, 1, true);
    int end = start_actor(block_at_gate, NULL);
    nap(50 * TRI_MILLISECOND); /* the processor has gone to the spare */
    cr_assert(not(tri_scheduler_free(scheduler)));
    close(end);
}

Test(mn_handoff, does_not_wait_for_one_that_kept_its_processor)
{
    open_with(1, 0, true);
    int end = start_actor(block_at_gate, NULL);
    nap(50 * TRI_MILLISECOND);
    cr_assert(not(tri_scheduler_free(scheduler)));
    close(end);
}

Test(mn_handoff, a_task_that_returns_after_the_end_does_no_harm)
{
    open_with(1, 1, true);
    int end = start_actor(block_at_gate, NULL);
    nap(20 * TRI_MILLISECOND);
    cr_assert(not(tri_scheduler_free(scheduler)));
    cr_assert(eq(int, (int)write(gate[1], "x", 1), 1));
    nap(50 * TRI_MILLISECOND);
    close(end);
}
