/*
 * actors.c - tasks on socketpairs, and waiting for what they do; see actors.h.
 */
#include "tests/modes/mn/actors.h"

#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/list.h"

struct tri_scheduler *scheduler;
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

struct tri_scheduler_plan plan_for(unsigned workers, unsigned spares)
{
    return (struct tri_scheduler_plan){
        .workers = workers,
        .steal = true,
        .handoff = true,
        .spares = spares,
        .tasks = TASKS,
        .task_bytes = sizeof(struct actor),
        .stack_bytes = 64 * 1024,
        .run = run,
        .drop = drop,
    };
}

void open_plan(const struct tri_scheduler_plan *plan)
{
    scheduler = tri_scheduler_new(plan, &error);
    cr_assert(ne(ptr, scheduler, NULL), "%s", error.text);
    cr_assert(tri_scheduler_start(scheduler, &error), "%s", error.text);
}

void open_scheduler(unsigned workers, unsigned spares)
{
    struct tri_scheduler_plan plan = plan_for(workers, spares);
    open_plan(&plan);
}

int start_actor(void (*act)(struct actor *actor), struct actor **ret_actor)
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
    cr_assert(tri_task_start(task, ends[0], 0, 0));
    return ends[1];
}

void nap(int64_t ns)
{
    nanosleep(&(struct timespec){ns / TRI_SECOND, ns % TRI_SECOND}, NULL);
}

void await_int(const atomic_int *value, int wanted)
{
    int64_t until_ns = tri_clock_now() + LIMIT_S * TRI_SECOND;
    while (atomic_load(value) < wanted && tri_clock_now() < until_ns)
        nap(TRI_MILLISECOND);
    cr_assert(ge(int, atomic_load(value), wanted), "not in time");
}

void await_no_tasks(void)
{
    int64_t until_ns = tri_clock_now() + LIMIT_S * TRI_SECOND;
    while (tri_scheduler_tasks(scheduler) > 0 && tri_clock_now() < until_ns)
        nap(TRI_MILLISECOND);
    cr_assert(eq(uint, tri_scheduler_tasks(scheduler), 0), "not in time");
}

void close_scheduler(void)
{
    cr_assert(tri_scheduler_free(scheduler));
}
