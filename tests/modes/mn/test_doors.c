/*
 * test_doors.c - the scheduler watches doors, and its workers take in who comes.
 */
#include "modes/mn/scheduler.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"
#include "server/base/list.h"
#include "tests/modes/mn/actors.h"

TestSuite(mn_doors, .timeout = 60);

static int doors[1];
static atomic_bool over;
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

static int64_t on_door(void *context, unsigned place, unsigned door)
{
    int fd = accept4(doors[door], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    (void)context, (void)place;
    if (fd < 0)
        return 0;
    struct tri_task *task = tri_task_new(scheduler);
    struct actor *actor = TRI_CONTAINER(task, struct actor, task);
    actor->act = greet;
    actor->fd = fd;
    if (!tri_task_start(task, fd, 0, 0))
        return 0;
    if (atomic_fetch_add(&visitors, 1) % 8 != 0)
        return 0;
    atomic_fetch_add(&pauses, 1);
    return tri_clock_now() + 5 * TRI_MILLISECOND;
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

Test(mn_doors, takes_visitors_spreads_them_and_pauses_when_told)
{
    struct sockaddr_in address;
    int fds[40];
    char byte;
    doors[0] = open_door(&address);
    struct tri_scheduler_plan plan = plan_for(2, 0);
    plan.doors = doors;
    plan.door_count = 1;
    plan.on_door = on_door;
    open_plan(&plan);
    cr_assert(tri_scheduler_has_doors(scheduler));
    for (int i = 0; i < 40; i++)
        fds[i] = visit(&address);
    for (int i = 0; i < 40; i++)
        cr_assert(eq(int, (int)read(fds[i], &byte, 1), 1));
    await_int(&visitors, 40); /* counted after their task, which may run at once elsewhere */
    await_int(&pauses, 5);
    cr_assert(eq(int, atomic_load(&visitors), 40));
    cr_assert(eq(int, atomic_load(&pauses), 5));
    cr_assert(eq(uint, atomic_load(&places_used), 3u));

    atomic_store(&over, true);
    tri_scheduler_drain(scheduler);
    await_no_tasks();
    cr_assert(not(tri_scheduler_has_doors(scheduler)));
    for (int i = 0; i < 40; i++)
        close(fds[i]);
    close(doors[0]);
    close_scheduler();
}
