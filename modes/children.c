/*
 * children.c - a forked process for each connection, as servers did before they had threads.
 *
 *     worker --fork--> child: serves one connection, and exits
 *            <-SIGCHLD-- buried by the worker
 *
 * What a child counts, it counts in memory of its own, so the worker keeps the books: before each
 * fork it enters what is open, how many have a seat and how many each client has, the child decides
 * by that copy whether its connection may stay, and the worker knows what it will decide. How fast
 * a client asks is counted within a connection only, and who stands behind a trusted proxy is not
 * counted at all: only the child learns that.
 *
 * Invariants: a child is in `alive` from its fork until it is buried; no child outlives its worker
 * (PR_SET_PDEATHSIG), as no thread would. Threads: used by the one that accepts.
 */
#include "modes/spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modes/wake.h"
#include "server/base/clock.h"
#include "server/base/list.h"
#include "server/base/log.h"
#include "server/core/clients.h"
#include "server/core/conn.h"

#define ROOM_MIN 64

struct child {
    pid_t pid;
    bool seated;  /* it was not turned away */
    bool counted; /* as one of its client's */
    struct tri_ip peer;
};

struct children {
    struct tri_spawner spawner;
    struct tri_spawn_plan plan;
    struct child *alive; /* owned */
    unsigned count, room;
    unsigned seated;
};

static struct children *of(struct tri_spawner *spawner)
{
    return TRI_CONTAINER(spawner, struct children, spawner);
}

static bool make_room(struct children *children)
{
    unsigned room = children->room > 0 ? 2 * children->room : ROOM_MIN;
    if (children->count < children->room)
        return true;
    struct child *alive = realloc(children->alive, room * sizeof(*alive));
    if (!alive)
        return false;
    children->alive = alive;
    children->room = room;
    return true;
}

/* What the next child shall know of the others. */
static void enter_into_books(struct children *children)
{
    struct tri_service *service = &children->plan.server->service;
    atomic_store(&service->open, children->count);
    atomic_store(&service->seated, children->seated);
    atomic_store(&children->spawner.serving, children->count);
}

/* In the child. */
static _Noreturn void become(const struct tri_spawn_plan *plan, const struct tri_visitor *visitor,
                             pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* the worker died before prctl */
        _exit(0);
    tri_wake_by_term();
    tri_server_close_listeners(plan->server, false);
    close(plan->signal_fd);
    plan->serve(plan->context, visitor);
    _exit(0);
}

/* As the child does by itself; after the fork, since each counts its own connection. */
static void admit(struct children *children, struct child *child)
{
    struct tri_service *service = &children->plan.server->service;
    unsigned most = service->limits.connections;
    child->seated = most == 0 || children->seated < most;
    if (child->seated && service->clients && !tri_service_trusts(service, &child->peer)) {
        child->counted = tri_clients_enter(service->clients, &child->peer, tri_clock_now());
        child->seated = child->counted;
    }
    children->seated += child->seated;
    children->alive[children->count++] = *child;
    enter_into_books(children);
}

static bool serve(struct tri_spawner *spawner, const struct tri_visitor *visitor)
{
    struct children *children = of(spawner);
    struct child child = {.peer = visitor->peer};
    struct tri_stream copy = visitor->stream; /* the child has the other */
    pid_t parent = getpid();
    if (!make_room(children))
        return false;
    child.pid = fork();
    if (child.pid == 0)
        become(&children->plan, visitor, parent);
    if (child.pid < 0)
        return false;
    copy.transport->close(&copy);
    admit(children, &child);
    return true;
}

static void bury(struct children *children, unsigned at, int status)
{
    const struct child *child = &children->alive[at];
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        tri_log(TRI_LOG_WARN, "child_died", " child_pid=%d %s=%d", (int)child->pid,
                WIFSIGNALED(status) ? "signal" : "exit",
                WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    if (child->counted)
        tri_clients_leave(children->plan.server->service.clients, &child->peer);
    children->seated -= child->seated;
    children->alive[at] = children->alive[--children->count];
    enter_into_books(children);
}

static void tend(struct tri_spawner *spawner)
{
    struct children *children = of(spawner);
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (unsigned i = 0; i < children->count; i++)
            if (children->alive[i].pid == pid) {
                bury(children, i, status);
                break;
            }
}

static void wake(struct tri_spawner *spawner)
{
    const struct children *children = of(spawner);
    for (unsigned i = 0; i < children->count; i++)
        tri_wake_process(children->alive[i].pid);
}

static unsigned count(struct tri_spawner *spawner)
{
    return of(spawner)->count;
}

static bool close_children(struct tri_spawner *spawner)
{
    struct children *children = of(spawner);
    for (unsigned i = 0; i < children->count; i++)
        kill(children->alive[i].pid, SIGKILL);
    for (unsigned i = 0; i < children->count; i++)
        while (waitpid(children->alive[i].pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    children->count = children->seated = 0;
    enter_into_books(children);
    free(children->alive);
    free(children);
    return true;
}

struct tri_spawner *tri_children_open(const struct tri_spawn_plan *plan)
{
    static const struct tri_spawn_verbs verbs = {serve, tend, wake, count, close_children};
    struct children *children = calloc(1, sizeof(*children));
    if (!children)
        return NULL;
    children->spawner.verbs = &verbs;
    children->plan = *plan;
    return &children->spawner;
}
