/*
 * test_waits.c - tasks wait and rest until bytes, room, a deadline or a call wakes them.
 */
#include "modes/mn/scheduler.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"
#include "tests/modes/mn/actors.h"

TestSuite(mn_waits, .timeout = 60);

/* --- waiting --- */

/* Echo, waiting on the stack or at rest. */
static bool echo_until_short(struct actor *actor)
{
    char bytes[64];
    ssize_t got;
    while ((got = recv(actor->fd, bytes, sizeof(bytes), 0)) > 0)
        if (send(actor->fd, bytes, (size_t)got, MSG_NOSIGNAL) < 0)
            return false;
    return got < 0 && errno == EAGAIN;
}

static void echo_on_stack(struct actor *actor)
{
    while (echo_until_short(actor)) {
        atomic_fetch_add(&actor->steps, 1);
        tri_task_wait(&actor->task, TRI_WAIT_IN, TRI_NEVER);
    }
    close(actor->fd);
}

static void echo_at_rest(struct actor *actor)
{
    if (echo_until_short(actor)) {
        atomic_fetch_add(&actor->steps, 1);
        tri_task_rest(&actor->task, TRI_WAIT_IN, TRI_NEVER);
    } else {
        close(actor->fd);
    }
}

static void assert_echoes(void (*act)(struct actor *actor))
{
    struct actor *actor;
    open_scheduler(2, 0);
    int end = start_actor(act, &actor);
    for (int i = 0; i < 1000; i++) {
        char back = 0;
        await_int(&actor->steps, 1);
        cr_assert(eq(int, (int)write(end, "x", 1), 1));
        int64_t until_ns = tri_clock_now() + LIMIT_S * TRI_SECOND;
        while (read(end, &back, 1) != 1)
            cr_assert(lt(i64, tri_clock_now(), until_ns), "message %d was lost", i);
    }
    close(end);
    await_no_tasks();
    close_scheduler();
}

Test(mn_waits, wakes_a_waiting_task_at_each_message)
{
    assert_echoes(echo_on_stack);
}

Test(mn_waits, wakes_a_resting_task_at_each_message)
{
    assert_echoes(echo_at_rest);
}

/* Bytes and the end arrive at once, in one event; the short read must not lose the end. */
static void read_to_the_end(struct actor *actor)
{
    char bytes[64];
    ssize_t got;
    while ((got = recv(actor->fd, bytes, sizeof(bytes), 0)) != 0)
        if (got < (ssize_t)sizeof(bytes))
            tri_task_wait(&actor->task, TRI_WAIT_IN, TRI_NEVER);
    close(actor->fd);
}

Test(mn_waits, sees_the_end_after_a_short_read)
{
    open_scheduler(1, 0);
    for (int i = 0; i < 50; i++) {
        int end = start_actor(read_to_the_end, NULL);
        cr_assert(eq(int, (int)write(end, "bye", 3), 3));
        close(end);
        await_no_tasks();
    }
    close_scheduler();
}

static void fill_then_wait(struct actor *actor)
{
    static const char bytes[4096];
    for (int turn = 0; turn < 2; turn++) {
        while (send(actor->fd, bytes, sizeof(bytes), MSG_NOSIGNAL) > 0)
            continue;
        atomic_fetch_add(&actor->steps, 1);
        tri_task_wait(&actor->task, TRI_WAIT_OUT, TRI_NEVER);
    }
    close(actor->fd);
}

Test(mn_waits, waits_for_room_though_the_peer_has_ended_its_side)
{
    struct actor *actor;
    char bytes[65536];
    open_scheduler(1, 0);
    int end = start_actor(fill_then_wait, &actor);
    shutdown(end, SHUT_WR);
    await_int(&actor->steps, 1);
    nap(20 * TRI_MILLISECOND);
    cr_assert(eq(int, atomic_load(&actor->steps), 1), "it did not wait for room");
    while (read(end, bytes, sizeof(bytes)) > 0)
        continue;
    await_int(&actor->steps, 2);
    close(end);
    await_no_tasks();
    close_scheduler();
}

/* --- deadlines --- */

static void sleep_a_while(struct actor *actor)
{
    int64_t began_ns = tri_clock_now();
    tri_task_wait(&actor->task, 0, began_ns + 50 * TRI_MILLISECOND);
    atomic_store(&actor->noted, tri_clock_now() - began_ns);
    atomic_fetch_add(&actor->steps, 1);
    tri_task_rest(&actor->task, 0, TRI_NEVER);
}

Test(mn_waits, sleeps_to_its_deadline_whatever_the_peer_does)
{
    struct actor *actor;
    open_scheduler(1, 0);
    int end = start_actor(sleep_a_while, &actor);
    cr_assert(eq(int, (int)write(end, "x", 1), 1));
    close(end);
    await_int(&actor->steps, 1);
    cr_assert(ge(i64, atomic_load(&actor->noted), 50 * TRI_MILLISECOND));
    cr_assert(lt(i64, atomic_load(&actor->noted), 1 * TRI_SECOND));
    close(actor->fd);
    close_scheduler();
}

/* A deadline moved away, then a nearer one: the timer in the heap is first early, then late. */
static void move_deadlines(struct actor *actor)
{
    int64_t began_ns = tri_clock_now();
    tri_task_wait(&actor->task, TRI_WAIT_IN, began_ns + 30 * TRI_MILLISECOND); /* ended by bytes */
    tri_task_wait(&actor->task, 0, began_ns + 90 * TRI_MILLISECOND);
    atomic_store(&actor->noted, tri_clock_now() - began_ns);
    tri_task_wait(&actor->task, 0, tri_clock_now() + 10 * TRI_SECOND / 1000);
    atomic_fetch_add(&actor->steps, 1);
    tri_task_rest(&actor->task, TRI_WAIT_IN, tri_clock_now() + 3600 * TRI_SECOND);
}

Test(mn_waits, keeps_deadlines_that_move)
{
    struct actor *actor;
    open_scheduler(1, 0);
    int end = start_actor(move_deadlines, &actor);
    cr_assert(eq(int, (int)write(end, "x", 1), 1));
    await_int(&actor->steps, 1);
    cr_assert(ge(i64, atomic_load(&actor->noted), 90 * TRI_MILLISECOND));
    cr_assert(lt(i64, atomic_load(&actor->noted), 1 * TRI_SECOND));
    close_scheduler();
    close(end);
}

static void expire(struct actor *actor)
{
    if (atomic_fetch_add(&actor->steps, 1) == 0)
        tri_task_rest(&actor->task, TRI_WAIT_IN, tri_clock_now() + 20 * TRI_MILLISECOND);
    else
        close(actor->fd);
}

Test(mn_waits, wakes_a_resting_task_at_its_deadline)
{
    open_scheduler(1, 0);
    int end = start_actor(expire, NULL);
    await_no_tasks();
    close(end);
    close_scheduler();
}

/* --- a call --- */

static void wait_once(struct actor *actor)
{
    atomic_fetch_add(&actor->steps, 1);
    tri_task_wait(&actor->task, 0, TRI_NEVER);
    atomic_fetch_add(&actor->steps, 1);
    tri_task_wait(&actor->task, TRI_WAIT_IN, TRI_NEVER);
    close(actor->fd);
}

Test(mn_waits, wakes_one_of_many_and_no_other)
{
    struct actor *actors[3];
    int ends[3];
    open_scheduler(2, 0);
    for (int i = 0; i < 3; i++)
        ends[i] = start_actor(wait_once, &actors[i]);
    for (int i = 0; i < 3; i++)
        await_int(&actors[i]->steps, 1);
    tri_task_wake(&actors[1]->task); /* it may not even wait yet */
    await_int(&actors[1]->steps, 2);
    nap(20 * TRI_MILLISECOND);
    cr_assert(eq(int, atomic_load(&actors[0]->steps), 1));
    cr_assert(eq(int, atomic_load(&actors[2]->steps), 1));
    tri_task_wake(&actors[0]->task);
    tri_task_wake(&actors[2]->task);
    for (int i = 0; i < 3; i++)
        close(ends[i]);
    await_no_tasks();
    close_scheduler();
}

static atomic_bool over;

static void rest_until_over(struct actor *actor)
{
    atomic_fetch_add(&actor->steps, 1);
    if (atomic_load(&over))
        close(actor->fd);
    else
        tri_task_rest(&actor->task, TRI_WAIT_IN, TRI_NEVER);
}

static void wait_until_over(struct actor *actor)
{
    atomic_fetch_add(&actor->steps, 1);
    while (!atomic_load(&over))
        tri_task_wait(&actor->task, 0, TRI_NEVER);
    close(actor->fd);
}

Test(mn_waits, wakes_all_that_wait_and_rest)
{
    int ends[TASKS];
    open_scheduler(2, 0);
    for (int i = 0; i < TASKS; i++)
        ends[i] = start_actor(i % 2 ? rest_until_over : wait_until_over, NULL);
    atomic_store(&over, true);
    tri_scheduler_wake(scheduler); /* some have hardly begun to wait */
    await_no_tasks();
    for (int i = 0; i < TASKS; i++)
        close(ends[i]);
    close_scheduler();
}
