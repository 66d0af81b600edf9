/*
 * test_scheduler.c - tasks begin, take turns, leave and end, on real threads.
 */
#include "modes/mn/scheduler.h"

#include <stdatomic.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"
#include "tests/modes/mn/actors.h"
#include "tests/modes/mn/pingpong.h"

TestSuite(mn_scheduler, .timeout = 60);

/* --- beginning and ending --- */

Test(mn_scheduler, starts_and_stops_without_tasks)
{
    for (unsigned workers = 1; workers <= 8; workers *= 2) {
        open_scheduler(workers, 2);
        close_scheduler();
    }
}

static void end(struct actor *actor)
{
    close(actor->fd);
}

Test(mn_scheduler, lends_a_task_again_after_its_end)
{
    open_scheduler(2, 0);
    for (int i = 0; i < 10 * TASKS; i++) {
        close(start_actor(end, NULL));
        if (i % (TASKS / 2) == 0)
            await_no_tasks();
    }
    await_no_tasks();
    close_scheduler();
}

static void rest_for_ever(struct actor *actor)
{
    atomic_fetch_add(&actor->steps, 1);
    tri_task_rest(&actor->task, TRI_WAIT_IN, TRI_NEVER);
}

Test(mn_scheduler, refuses_more_tasks_than_planned)
{
    int ends[TASKS];
    open_scheduler(2, 0);
    for (int i = 0; i < TASKS; i++)
        ends[i] = start_actor(rest_for_ever, NULL);
    cr_assert(eq(ptr, tri_task_new(scheduler), NULL));
    cr_assert(eq(uint, tri_scheduler_tasks(scheduler), TASKS));
    close_scheduler();
    for (int i = 0; i < TASKS; i++)
        close(ends[i]);
}

/* --- turns --- */

static atomic_int others;

static void yield_until_others_ran(struct actor *actor)
{
    int64_t until_ns = tri_clock_now() + LIMIT_S * TRI_SECOND;
    while (atomic_load(&others) == 0 && tri_clock_now() < until_ns) {
        atomic_fetch_add(&actor->steps, 1);
        tri_task_yield(&actor->task);
    }
    close(actor->fd);
}

static void be_other(struct actor *actor)
{
    atomic_fetch_add(&others, 1);
    close(actor->fd);
}

Test(mn_scheduler, lets_others_run_and_arrive_while_one_yields_for_ever)
{
    struct actor *actor;
    open_scheduler(1, 0);
    int first = start_actor(yield_until_others_ran, &actor);
    await_int(&actor->steps, 1000);
    int second = start_actor(be_other, NULL);
    await_no_tasks();
    cr_assert(eq(int, atomic_load(&others), 1));
    close(first);
    close(second);
    close_scheduler();
}

/* --- leaving --- */

static int gate[2]; /* a pipe: who reads it blocks until somebody writes */

static void block_away(struct actor *actor)
{
    char byte;
    if (!tri_task_block(&actor->task, true)) {
        atomic_store(&actor->noted, -1);
    } else {
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

Test(mn_scheduler, one_worker_serves_others_while_a_task_blocks)
{
    cr_assert(eq(int, pipe(gate), 0));
    open_scheduler(1, 1);
    for (int i = 0; i < 20; i++) {
        int first = start_actor(block_away, NULL);
        nap(TRI_MILLISECOND);
        int second = start_actor(open_gate, NULL); /* would never run if the first held the P */
        await_no_tasks();
        close(first);
        close(second);
    }
    close_scheduler();
}

Test(mn_scheduler, no_more_may_leave_than_there_are_spares)
{
    struct actor *actor[3];
    int ends[3];
    cr_assert(eq(int, pipe(gate), 0));
    open_scheduler(1, 2);
    for (int i = 0; i < 3; i++)
        ends[i] = start_actor(block_away, &actor[i]);
    await_int(&actor[2]->steps, 1);
    cr_assert(eq(i64, atomic_load(&actor[2]->noted), -1));
    cr_assert(eq(int, (int)write(gate[1], "xx", 2), 2));
    await_no_tasks();
    for (int i = 0; i < 3; i++)
        close(ends[i]);
    close_scheduler();
}

Test(mn_scheduler, does_not_wait_for_a_task_that_never_returns)
{
    cr_assert(eq(int, pipe(gate), 0));
    open_scheduler(1, 1);
    int end = start_actor(block_away, NULL);
    nap(50 * TRI_MILLISECOND);
    cr_assert(not(tri_scheduler_free(scheduler)));
    close(end);
}

/* --- all at once --- */

Test(mn_scheduler, loses_no_wake_up_whatever_the_interleaving)
{
    for (unsigned workers = 1; workers <= 4; workers++) {
        for (unsigned seed = 0; seed < 4; seed++) {
            const struct pingpong game = {
                .workers = workers,
                .pairs = 100,
                .rounds = 20,
                .leave_of = seed % 2 ? 64 : 0,
                .seed = 100 + seed,
                .limit_ns = LIMIT_S * TRI_SECOND,
            };
            cr_assert(pingpong_play(&game));
        }
    }
}
