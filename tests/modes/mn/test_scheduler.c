/*
 * test_scheduler.c - tasks wait, rest, take turns, leave and end, on real threads.
 */
#include "modes/mn/scheduler.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/list.h"
#include "tests/modes/mn/pingpong.h"

TestSuite(mn_scheduler, .timeout = 60);

enum { TASKS = 100, LIMIT_S = 20 };

struct actor { /* a task that does what `act` says */
    struct tri_task task;
    void (*act)(struct actor *actor);
    int fd;
    atomic_int steps;
    atomic_llong noted;
};

static struct tri_scheduler *scheduler;
static struct tri_error error;

static void run(struct tri_task *task)
{
    struct actor *actor = TRI_CONTAINER(task, struct actor, task);
    actor->act(actor);
}

static void drop(struct tri_task *task)
{
    close(TRI_CONTAINER(task, struct actor, task)->fd);
}

static struct tri_scheduler_plan plan_for(unsigned workers, unsigned spares)
{
    return (struct tri_scheduler_plan){
        .workers = workers,
        .spares = spares,
        .tasks = TASKS,
        .task_bytes = sizeof(struct actor),
        .stack_bytes = 64 * 1024,
        .run = run,
        .drop = drop,
    };
}

static void open_plan(const struct tri_scheduler_plan *plan)
{
    scheduler = tri_scheduler_new(plan, &error);
    cr_assert(ne(ptr, scheduler, NULL), "%s", error.text);
    cr_assert(tri_scheduler_start(scheduler, &error), "%s", error.text);
}

static void open_scheduler(unsigned workers, unsigned spares)
{
    struct tri_scheduler_plan plan = plan_for(workers, spares);
    open_plan(&plan);
}

/* Start a task at one end of a socketpair; returns the other end. */
static int start_actor(void (*act)(struct actor *actor), struct actor **ret_actor)
{
    int ends[2];
    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0));
    struct tri_task *task = tri_task_new(scheduler);
    cr_assert(ne(ptr, task, NULL));
    struct actor *actor = TRI_CONTAINER(task, struct actor, task);
    actor->act = act;
    actor->fd = ends[0];
    atomic_store(&actor->steps, 0);
    atomic_store(&actor->noted, 0);
    if (ret_actor)
        *ret_actor = actor;
    cr_assert(tri_task_start(task, ends[0]));
    return ends[1];
}

static void nap(int64_t ns)
{
    nanosleep(&(struct timespec){ns / TRI_SECOND, ns % TRI_SECOND}, NULL);
}

/* Wait until `*value` is `wanted` or more. */
static void await_int(const atomic_int *value, int wanted)
{
    int64_t until_ns = tri_clock_now() + LIMIT_S * TRI_SECOND;
    while (atomic_load(value) < wanted && tri_clock_now() < until_ns)
        nap(TRI_MILLISECOND);
    cr_assert(ge(int, atomic_load(value), wanted), "not in time");
}

static void await_no_tasks(void)
{
    int64_t until_ns = tri_clock_now() + LIMIT_S * TRI_SECOND;
    while (tri_scheduler_tasks(scheduler) > 0 && tri_clock_now() < until_ns)
        nap(TRI_MILLISECOND);
    cr_assert(eq(uint, tri_scheduler_tasks(scheduler), 0), "not in time");
}

static void close_scheduler(void)
{
    cr_assert(tri_scheduler_free(scheduler));
}

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

Test(mn_scheduler, wakes_a_waiting_task_at_each_message)
{
    assert_echoes(echo_on_stack);
}

Test(mn_scheduler, wakes_a_resting_task_at_each_message)
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

Test(mn_scheduler, sees_the_end_after_a_short_read)
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

Test(mn_scheduler, waits_for_room_though_the_peer_has_ended_its_side)
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

Test(mn_scheduler, sleeps_to_its_deadline_whatever_the_peer_does)
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

Test(mn_scheduler, keeps_deadlines_that_move)
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

Test(mn_scheduler, wakes_a_resting_task_at_its_deadline)
{
    open_scheduler(1, 0);
    int end = start_actor(expire, NULL);
    await_no_tasks();
    close(end);
    close_scheduler();
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
    if (!tri_task_leave()) {
        atomic_store(&actor->noted, -1);
    } else {
        ssize_t got = read(gate[0], &byte, 1);
        tri_task_return(&actor->task);
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

/* --- waking and draining --- */

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

Test(mn_scheduler, wakes_all_that_wait_and_rest)
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

/* --- doors --- */

static atomic_int visitors, pauses;
static atomic_uint places_used; /* a bit for each */

static void greet(struct actor *actor)
{
    atomic_fetch_or(&places_used, 1u << tri_task_place());
    ssize_t put = write(actor->fd, "!", 1);
    (void)put;
    if (!atomic_load(&over)) {
        tri_task_rest(&actor->task, TRI_WAIT_IN, TRI_NEVER);
        return;
    }
    close(actor->fd);
}

static int64_t on_door(void *context, unsigned place, int door, int64_t now_ns)
{
    int fd = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    (void)context, (void)place;
    if (fd < 0)
        return 0;
    struct tri_task *task = tri_task_new(scheduler);
    struct actor *actor = TRI_CONTAINER(task, struct actor, task);
    actor->act = greet;
    actor->fd = fd;
    if (!tri_task_start(task, fd))
        return 0;
    if (atomic_fetch_add(&visitors, 1) % 8 != 0)
        return 0;
    atomic_fetch_add(&pauses, 1);
    return now_ns + 5 * TRI_MILLISECOND;
}

static int open_door(struct sockaddr_in *address)
{
    socklen_t bytes = sizeof(*address);
    int door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    cr_assert(eq(int, bind(door, (struct sockaddr *)address, bytes), 0));
    cr_assert(eq(int, listen(door, 128), 0));
    cr_assert(eq(int, getsockname(door, (struct sockaddr *)address, &bytes), 0));
    return door;
}

static int visit(const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(eq(int, connect(fd, (const struct sockaddr *)address, sizeof(*address)), 0));
    return fd;
}

Test(mn_scheduler, takes_visitors_spreads_them_and_pauses_when_told)
{
    struct sockaddr_in address;
    int fds[40];
    char byte;
    int door = open_door(&address);
    struct tri_scheduler_plan plan = plan_for(2, 0);
    plan.doors = &door;
    plan.door_count = 1;
    plan.on_door = on_door;
    open_plan(&plan);
    cr_assert(tri_scheduler_has_doors(scheduler));
    for (int i = 0; i < 40; i++)
        fds[i] = visit(&address);
    for (int i = 0; i < 40; i++)
        cr_assert(eq(int, (int)read(fds[i], &byte, 1), 1));
    cr_assert(eq(int, atomic_load(&visitors), 40));
    cr_assert(eq(int, atomic_load(&pauses), 5));
    cr_assert(eq(uint, atomic_load(&places_used), 3u));

    atomic_store(&over, true);
    tri_scheduler_drain(scheduler);
    await_no_tasks();
    cr_assert(not(tri_scheduler_has_doors(scheduler)));
    for (int i = 0; i < 40; i++)
        close(fds[i]);
    close(door);
    close_scheduler();
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
