/*
 * scheduler.h - many coroutines on few threads: what a driver sees of it.
 *
 * Modelled on Go's G, M and P. A task (G) is a job with a descriptor: one connection. A processor
 * (P) is the right to run tasks, with all that this takes: a queue, a poller, timers. A machine
 * (M) is an OS thread. There are as many processors as workers; machines come and go, and a
 * machine that blocks for long loses its processor to another, so that nobody else waits.
 *
 *          tasks queued    +---- processor 0 ----+        +---- processor 1 ----+
 *          ------------->  | queue epoll timers  |        | queue epoll timers  |
 *                          +----------+----------+        +----------+----------+
 *                                     | held by                      |
 *                               machine 0          machine 1    machine 2        machine 3
 *                               runs a task        in a         waits in         spare
 *                                                  blocking     epoll_wait
 *                                                  handler
 *
 * A task's coroutine has a stack while it runs or waits half-way through something. When it is at
 * rest (an idle connection) it has none: the next event starts a new coroutine on it.
 *
 * Two things keep tasks from waiting for each other. A processor that has tasks queued for long
 * wakes an idle one, which steals half of them (queue.c). A processor whose task is in a blocking
 * handler for more than a look of the monitor is handed to another machine (handoff.c).
 *
 * Why no wake-up is lost, and why the memory of tasks is never freed: readiness.h.
 *
 * Thread-local rule: a coroutine may wake on another thread than it went to sleep on, and
 * compilers keep addresses of thread-locals (errno is one) across calls. So nothing thread-local
 * is used on both sides of tri_task_wait, _yield, _block or _unblock, and tri_task_place() is asked
 * again after each.
 */
#pragma once

#include "modes/mn/fiber.h"
#include "modes/mn/readiness.h"
#include "modes/mn/stack.h"
#include "modes/mn/timers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tri_error;
struct tri_processor;
struct tri_scheduler; /* opaque */

/* Embedded, first, in the driver's own struct. Its fields belong to the scheduler. */
struct tri_task {
    struct tri_readiness readiness;
    struct tri_task *next;       /* in a queue, or among the free                         */
    struct tri_processor *home;  /* borrowed: whose poller and timers it uses, for life   */
    struct tri_fiber fiber;      /* valid while `stack` is set                            */
    char *stack;                 /* borrowed; NULL at rest                                */
    _Atomic int64_t deadline_ns; /* end of the present wait; its timer may fire earlier   */
    _Atomic int64_t fires_ns;    /* when its timer does, TRI_NEVER: it is off; written under
                                    home's timers_lock                                    */
    struct tri_timer timer;      /* in home's heap: set back lazily                       */
    int fd;                      /* borrowed; watched by home's poller                    */
    bool watches_out;            /* also for room to write                                */
    uint8_t intent;              /* what the coroutine wants of the machine it switches to */
    uint8_t waits;               /* TRI_WAIT_ bits for it                                 */
};

struct tri_scheduler_plan {
    unsigned workers;     /* processors */
    bool steal;           /* an idle processor takes tasks queued elsewhere */
    bool handoff;         /* tri_task_block() gives the processor to others */
    unsigned spares;      /* machines beyond them: tasks that may be away at once */
    uint32_t tasks;       /* alive at once, at most */
    size_t task_bytes;    /* size of the struct that begins with a tri_task */
    uint32_t stack_bytes; /* of a coroutine, its guard page included */

    /* The body of a coroutine: return to end the task, or after tri_task_rest() to rest it. */
    void (*run)(struct tri_task *task);
    /* There is no stack for it: close what it serves; the task ends. On a machine's own stack. */
    void (*drop)(struct tri_task *task);

    /*
     * What a task is at, for the message that its stack has overflown; static text, NULL: nothing
     * in particular. Called in a signal handler. May be NULL itself.
     */
    const char *(*name)(struct tri_task *task);

    const int *doors; /* borrowed: listening descriptors, watched by every processor */
    unsigned door_count;
    /*
     * A door may have visitors: take some. Returns 0, or the time until which this processor
     * shall not watch the doors.
     */
    int64_t (*on_door)(void *context, unsigned place, unsigned door);
    void *context; /* borrowed; for on_door */
};

/* A scheduler whose threads do not run yet. */
struct tri_scheduler *tri_scheduler_new(const struct tri_scheduler_plan *plan,
                                        struct tri_error *error);

/* Start the workers' threads, with the caller's signal mask. On failure none runs. */
bool tri_scheduler_start(struct tri_scheduler *scheduler, struct tri_error *error);

/* Each processor asks on_door once more, then closes its doors. All tasks are woken. */
void tri_scheduler_drain(struct tri_scheduler *scheduler);

/* Wake every waiting or resting task, so that it looks at the world again. */
void tri_scheduler_wake(struct tri_scheduler *scheduler);

/* Whether a processor still watches the doors. When none does, none ever will. */
bool tri_scheduler_has_doors(struct tri_scheduler *scheduler);

/* Tasks alive. A drain is complete when there are no doors and then no tasks. */
unsigned tri_scheduler_tasks(struct tri_scheduler *scheduler);

/* What of each stack can be used: without its guard. */
size_t tri_scheduler_stack_bytes(const struct tri_scheduler *scheduler);

/*
 * Stop and join all threads, and free everything. If a task is still away its thread is left to
 * the end of the process, and false is returned: the scheduler, its tasks and all that they use
 * then stay in memory.
 */
bool tri_scheduler_free(struct tri_scheduler *scheduler);

/* --- tasks: from any thread --- */

/* A task on the processor that has the fewest; NULL when there are too many. */
struct tri_task *tri_task_new(struct tri_scheduler *scheduler);

/*
 * Watch `fd` (borrowed until it is closed), and have the task begin at rest, as after
 * tri_task_rest(); a deadline of 0 has it run at once. False, errno set: not watched.
 */
bool tri_task_start(struct tri_task *task, int fd, uint8_t waits, int64_t deadline_ns);

/* Give back a task that was not started. */
void tri_task_free(struct tri_task *task);

/* End the present wait of a task, or its next one. */
void tri_task_wake(struct tri_task *task);

/* --- tasks: from their own coroutine --- */

/* Sleep until TRI_WAIT_IN or TRI_WAIT_OUT as in `waits`, or `deadline_ns`, or a wake-up. */
void tri_task_wait(struct tri_task *task, uint8_t waits, int64_t deadline_ns);

/* Let all others that are ready run first. */
void tri_task_yield(struct tri_task *task);

/* Announce that plan.run is about to return in order to rest: as _wait, but without a stack. */
void tri_task_rest(struct tri_task *task, uint8_t waits, int64_t deadline_ns);

/*
 * Before code that may block its thread, or compute for long: others shall not wait for it. Until
 * tri_task_unblock() the task may not wait, yield, rest or ask for its place.
 *   at_once  give the processor away now, since it will be long for certain; else that happens
 *            when it has been long
 *   returns  false, with nothing changed, when as many tasks as allowed are away already, no
 *            thread can be had for `at_once`, or the scheduler stops
 */
bool tri_task_block(struct tri_task *task, bool at_once);

/* Go on with a processor, perhaps on another thread. */
void tri_task_unblock(struct tri_task *task);

/* The stack that its coroutine runs on. */
struct tri_stack tri_task_stack(const struct tri_task *task);

/* The number of the processor that the caller runs on, from 0; not valid between block and unblock.
 */
unsigned tri_task_place(void);

/* A number that changes whenever that processor has looked for events; as little valid. */
uint64_t tri_task_round(void);

/*
 * For a coroutine that has just begun: about the present time. One look at the clock serves all
 * whom one poll has woken; a task that runs elsewhere than at home looks itself, since the poll
 * there may have been before whatever woke it.
 */
int64_t tri_task_now(const struct tri_task *task);
