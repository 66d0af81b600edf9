/*
 * test_steal.c - tasks that are all at home on one processor, and another one that has none.
 */
#include "modes/mn/machinery.h"

#include <stdatomic.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"
#include "tests/modes/mn/actors.h"

TestSuite(mn_steal, .timeout = 60);

enum { TOILERS = 8, TOIL_US = 200 };

static atomic_int strangers; /* runs of a task away from its home */
static atomic_bool enough;

static void toil(int64_t ns)
{
    int64_t until_ns = tri_clock_now() + ns;
    while (tri_clock_now() < until_ns)
        continue;
}

static bool is_away_from_home(const struct actor *actor)
{
    return tri_task_place() != actor->task.home->place;
}

static void toil_in_turns(struct actor *actor)
{
    for (int i = 0; i < 100; i++) {
        toil(TOIL_US * (TRI_SECOND / 1000000));
        if (is_away_from_home(actor))
            atomic_fetch_add(&strangers, 1);
        tri_task_yield(&actor->task);
    }
    close(actor->fd);
}

static void wait_for_the_other_end(struct actor *actor)
{
    if (atomic_fetch_add(&actor->steps, 1) == 0)
        tri_task_rest(&actor->task, TRI_WAIT_IN, TRI_NEVER);
    else
        close(actor->fd);
}

/* Two processors; those who do `act` are at home on one, those who rest on the other. */
static void load_one_side(bool steal, void (*act)(struct actor *actor), int ends[2 * TOILERS])
{
    struct tri_scheduler_plan plan = plan_for(2, 0);
    plan.steal = steal;
    open_plan(&plan);
    for (int i = 0; i < 2 * TOILERS; i++)
        ends[i] = start_actor(i % 2 ? wait_for_the_other_end : act, NULL);
}

static void end(int ends[2 * TOILERS])
{
    for (int i = 0; i < 2 * TOILERS; i++)
        close(ends[i]);
    await_no_tasks();
    close_scheduler();
}

Test(mn_steal, an_idle_processor_takes_what_waits_for_another)
{
    int ends[2 * TOILERS];
    load_one_side(true, toil_in_turns, ends);
    end(ends);
    cr_assert(gt(int, atomic_load(&strangers), TOILERS));
}

static void toil_once(struct actor *actor)
{
    toil(5 * TRI_MILLISECOND);
    if (is_away_from_home(actor))
        atomic_fetch_add(&strangers, 1);
    close(actor->fd);
}

Test(mn_steal, few_tasks_that_take_long_are_enough_to_be_behind)
{
    int ends[2 * TOILERS];
    load_one_side(true, toil_once, ends);
    end(ends);
    cr_assert(ge(int, atomic_load(&strangers), 1));
}

Test(mn_steal, nobody_steals_when_it_is_off)
{
    int ends[2 * TOILERS];
    load_one_side(false, toil_in_turns, ends);
    end(ends);
    cr_assert(eq(int, atomic_load(&strangers), 0));
}

enum { TURNS = 5, TURN_MS = 5 };
static int64_t start_ns;
static atomic_bool late; /* the machine kept somebody from running: that is no keeping up */

/* All wake at once, turn after turn; what happens before the first is the start of the threads. */
static void rest_in_between(struct actor *actor)
{
    for (int turn = 1; turn <= TURNS; turn++) {
        int64_t due_ns = start_ns + turn * TURN_MS * TRI_MILLISECOND;
        tri_task_wait(&actor->task, 0, due_ns);
        if (tri_clock_now() > due_ns + TRI_MILLISECOND)
            atomic_store(&late, true);
        if (is_away_from_home(actor))
            atomic_fetch_add(&strangers, 1);
    }
    close(actor->fd);
}

/* Judged by a run in which all were on time: a thread that others keep off its core is behind. */
Test(mn_steal, nobody_steals_from_who_keeps_up)
{
    int ends[2 * TOILERS];
    int64_t until_ns = tri_clock_now() + 30 * TRI_SECOND;
    do {
        cr_assert(lt(i64, tri_clock_now(), until_ns), "no run was left alone");
        atomic_store(&late, false);
        atomic_store(&strangers, 0);
        start_ns = tri_clock_now();
        load_one_side(true, rest_in_between, ends);
        end(ends);
    } while (atomic_load(&late));
    cr_assert(eq(int, atomic_load(&strangers), 0));
}

/* The first that is stolen lets its home fall asleep without a timer, and sets one then. */
static void sleep_away_from_home(struct actor *actor)
{
    while (!atomic_load(&enough)) {
        toil(TOIL_US * (TRI_SECOND / 1000000));
        if (is_away_from_home(actor) && !atomic_exchange(&enough, true)) {
            toil(50 * TRI_MILLISECOND);
            int64_t began_ns = tri_clock_now();
            tri_task_wait(&actor->task, 0, began_ns + 5 * TRI_MILLISECOND);
            atomic_store(&actor->noted, tri_clock_now() - began_ns);
            cr_assert(ge(i64, atomic_load(&actor->noted), 5 * TRI_MILLISECOND));
            atomic_fetch_add(&strangers, 1);
            break;
        }
        tri_task_yield(&actor->task);
    }
    close(actor->fd);
}

Test(mn_steal, a_stolen_task_wakes_its_home_for_an_earlier_deadline)
{
    int ends[2 * TOILERS];
    load_one_side(true, sleep_away_from_home, ends);
    end(ends);
    cr_assert(eq(int, atomic_load(&strangers), 1));
}
