/*
 * machinery.h - private to modes/mn: the scheduler from within.
 *
 *     queue.c      what waits for a processor: push, pop, steal; falling idle and being roused
 *     processor.c  where it comes from: events, deadlines, doors
 *     machine.c    a thread that runs it
 *     handoff.c    processors change machines
 *     monitor.c    when they do
 *     scheduler.c  beginning and end of all that
 *
 * Who may touch what: a processor's poller and doors belong to the machine that holds it; its
 * queue and its timers have a lock each, since thieves and returning tasks use them too. A
 * machine's fields belong to its thread, except where said. The scheduler's lock guards the
 * machines' states, the list of spares, and who holds which processor; it is taken when processors
 * change hands, never per event. No lock is taken while another is held.
 */
#pragma once

#include "modes/mn/scheduler.h"
#include "modes/mn/stack.h"
#include "server/base/log.h"

#include <pthread.h>
#include <stdatomic.h>

enum tri_scheduler_phase { TRI_SCHEDULER_SERVING, TRI_SCHEDULER_DRAINING, TRI_SCHEDULER_STOPPED };

struct tri_chain { /* tasks linked by `next`; {0} is empty */
    struct tri_task *first, *last;
    unsigned count;
};

struct tri_processor { /* P */
    _Alignas(64) struct tri_scheduler *scheduler;
    unsigned place;                 /* its number */
    atomic_uint tasks;              /* alive, at home here */
    atomic_uint claim;              /* who may say whose it is: handoff.c */
    unsigned seen;                  /* the monitor's: `claim` at its last look */
    struct tri_machine *holder;     /* under scheduler->lock */
    pthread_mutex_t lock;           /* guards `queue`, and changes of `idle` and `queued` */
    struct tri_chain queue;         /* the first is the next to run */
    atomic_uint queued;             /* queue.count, for others to look at */
    atomic_bool idle;               /* its machine sleeps, or is about to: ring the bell */
    atomic_bool behind;             /* tasks wait for long here: others may steal */
    int epoll;                      /* owned */
    int bell;                       /* owned eventfd, in epoll, edge-triggered: never read */
    pthread_mutex_t timers_lock;    /* guards `timers` and changes of `timers_next_ns` */
    struct tri_timers timers;       /* of tasks at home here */
    _Atomic int64_t timers_next_ns; /* when the first one fires */
    int64_t polled_ns;              /* when events were last taken */
    unsigned turns;                 /* tasks run since then */
    bool doors_watched;
    bool doors_closed;       /* for good */
    int64_t doors_resume_ns; /* when not watched: try again then */
};

enum tri_machine_state {
    TRI_MACHINE_UNUSED, /* no thread */
    TRI_MACHINE_BUSY,   /* holds a processor */
    TRI_MACHINE_AWAY,   /* lost it, and is in a blocking handler */
    TRI_MACHINE_SPARE,  /* waits to be given one */
    TRI_MACHINE_ENDED,  /* its thread is to be joined */
};

struct tri_machine { /* M */
    struct tri_scheduler *scheduler;
    struct tri_processor *processor; /* held, or NULL; given to a spare under scheduler->lock */
    unsigned claim;                  /* of that processor, as it was left by tri_task_block() */
    int64_t left_ns;                 /* when its task left, expecting to be long; 0: did not */
    struct tri_fiber fiber;          /* of the thread's own stack */
    struct tri_stack_cache stacks;
    enum tri_machine_state state; /* under scheduler->lock, as the rest */
    struct tri_machine *next;     /* among the spares */
    pthread_cond_t given;
    pthread_t thread;
};

struct tri_scheduler {
    struct tri_scheduler_plan plan;
    struct tri_stacks stacks;
    struct tri_processor *processors; /* owned, plan.workers of them */
    struct tri_machine *machines;     /* owned, plan.workers + plan.spares */
    atomic_int phase;                 /* enum tri_scheduler_phase; STOPPED is set under lock */
    atomic_uint open_doors;           /* processors whose doors are not closed */
    struct tri_log_rate no_stack;
    atomic_uint away;        /* machines in that state; changed under lock */
    atomic_int expects_long; /* handlers are believed to block for long while above 0 */
    pthread_mutex_t lock;
    struct tri_machine *spares; /* under lock; the last to come is the first to go */
    bool has_monitor;           /* its thread is to be joined */
    pthread_t monitor;
    atomic_bool monitor_rests;   /* it sleeps, or is about to: call it */
    pthread_cond_t monitor_call; /* end of its rest; with lock */
    pthread_mutex_t tasks_lock;
    char *tasks;           /* owned: plan.tasks x plan.task_bytes, committed when touched */
    uint32_t fresh;        /* under tasks_lock; tasks from here on were never used */
    struct tri_task *free; /* under tasks_lock */
};

/* An event carries the number and generation of a task, or one of these as the number. */
#define TRI_EVENT_DOOR UINT32_C(0xffff0000) /* + its index */
#define TRI_EVENT_BELL UINT32_C(0xffffffff)

/* --- queue.c --- */

/* Append a task that is neither queued nor running nor parked. */
void tri_chain_add(struct tri_chain *chain, struct tri_task *task);

/* Queue such tasks. From any thread. */
void tri_processor_push(struct tri_processor *processor, struct tri_task *task);
void tri_processor_push_all(struct tri_processor *processor, const struct tri_chain *chain);

/* The longest queued task, or NULL. By its machine. */
struct tri_task *tri_processor_pop(struct tri_processor *processor);

/* A task that waits for long elsewhere, or NULL; more of them may be queued here. By its machine.
 */
struct tri_task *tri_processor_steal(struct tri_processor *thief);

/* Tasks were queued here for a whole round: if they are several, call an idle thief for them. */
void tri_processor_call_thief(struct tri_processor *processor);

/* Wake its machine if it sleeps. From any thread. */
void tri_processor_rouse(struct tri_processor *processor);

/* Wake it from epoll_wait, whatever it does. From any thread. */
void tri_processor_ring(struct tri_processor *processor);

/* Announce sleep; false, and nothing is announced, when there is something to run. */
bool tri_processor_fall_idle(struct tri_processor *processor);
void tri_processor_end_idle(struct tri_processor *processor);

/* --- processor.c --- */

bool tri_processor_init(struct tri_processor *processor, struct tri_scheduler *scheduler,
                        unsigned place, struct tri_error *error);
void tri_processor_deinit(struct tri_processor *processor);

/*
 * Watch the task's descriptor, edge-triggered: for bytes and the peer's end, and for room to write
 * once it has waited for that, since every socket begins with room, which is news to nobody.
 */
bool tri_processor_watch(struct tri_processor *home, struct tri_task *task, bool again);

/* Take events and due timers and queue whom they wake; sleep for them first if `may_sleep`. */
void tri_processor_poll(struct tri_processor *processor, bool may_sleep);

/*
 * The coroutine of `task` has left its stack to wait: park it, or queue it on `processor`, which
 * ran it, if the wait is over.
 */
void tri_processor_park(struct tri_processor *processor, struct tri_task *task);

/* The task is over: its timer must not fire any more. */
void tri_processor_forget(struct tri_processor *home, struct tri_task *task);

/* --- machine.c --- */

/* The machine that the caller runs on; to be asked again after each switch of stacks. */
struct tri_machine *tri_machine_current(void);

/*
 * Start a thread in an unused machine, holding `processor`, or as a spare when that is NULL; under
 * scheduler->lock. False: there are as many as planned, or no thread can be had.
 */
bool tri_machine_start(struct tri_scheduler *scheduler, struct tri_processor *processor);

enum tri_intent { /* what a coroutine wants of the machine it switches to */
                  TRI_INTENT_END,
                  TRI_INTENT_REST,
                  TRI_INTENT_WAIT,
                  TRI_INTENT_YIELD,
                  TRI_INTENT_RETURN,
};

/* Leave the coroutine of `task`, which is the caller's; returns when it goes on. */
void tri_machine_switch(struct tri_task *task, enum tri_intent intent);

/* --- handoff.c --- */

/* Wait for a processor; false when the thread is to end. */
bool tri_machine_await_processor(struct tri_machine *machine);

/*
 * Look whether the processor has been in one blocking handler since the last look, and hand it to
 * a spare machine if so. By the monitor.
 *   returns  it is in a blocking handler
 */
bool tri_processor_look(struct tri_processor *processor);

/* Stop: whoever is in a blocking handler counts as away; under scheduler->lock. */
void tri_processor_abandon(struct tri_processor *processor);

/* --- monitor.c --- */

bool tri_monitor_start(struct tri_scheduler *scheduler);
void tri_monitor_join(struct tri_scheduler *scheduler); /* after STOPPED was set */

/* Somebody has entered a blocking handler. */
void tri_monitor_call(struct tri_scheduler *scheduler);

/* --- scheduler.c --- */

struct tri_task *tri_scheduler_task(struct tri_scheduler *scheduler, uint32_t number);

/* What its events carry. */
uint64_t tri_scheduler_event(struct tri_scheduler *scheduler, const struct tri_task *task);

/* The task is over. */
void tri_scheduler_retire(struct tri_scheduler *scheduler, struct tri_task *task);
