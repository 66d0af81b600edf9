/*
 * machinery.h - private to modes/mn: the scheduler from within.
 *
 * Who may touch what: a processor's poller, doors and timers belong to the machine that holds it;
 * its queue has a lock. A machine's fields belong to its thread, except where said. The
 * scheduler's lock guards the machines' states and the list of spares; it is taken when machines
 * change hands, never per event. No lock is taken while another is held.
 */
#pragma once

#include "modes/mn/scheduler.h"
#include "modes/mn/stack.h"
#include "server/base/log.h"

#include <pthread.h>
#include <stdatomic.h>

enum tri_scheduler_phase { TRI_SCHEDULER_SERVING, TRI_SCHEDULER_DRAINING, TRI_SCHEDULER_STOPPED };

struct tri_processor { /* P */
    _Alignas(64) struct tri_scheduler *scheduler;
    unsigned place;         /* its number */
    atomic_uint tasks;      /* alive, at home here */
    pthread_mutex_t lock;   /* guards head, tail, idle */
    struct tri_task *head;  /* first to run */
    struct tri_task **tail; /* where the next one is linked */
    bool idle;              /* its machine sleeps, or is about to: ring the bell */
    int epoll;              /* owned */
    int bell;               /* owned eventfd, in epoll, edge-triggered: never read */
    struct tri_timers timers;
    int64_t polled_ns; /* when events were last taken */
    unsigned turns;    /* tasks run since then */
    bool doors_watched;
    bool doors_closed;       /* for good */
    int64_t doors_resume_ns; /* when not watched: try again then */
};

enum tri_machine_state {
    TRI_MACHINE_UNUSED, /* no thread */
    TRI_MACHINE_BUSY,   /* holds a processor */
    TRI_MACHINE_AWAY,   /* gave it away and is in a blocking handler */
    TRI_MACHINE_SPARE,  /* waits to be given one */
    TRI_MACHINE_ENDED,  /* its thread is to be joined */
};

struct tri_machine { /* M */
    struct tri_scheduler *scheduler;
    struct tri_processor *processor; /* held, or NULL; given to a spare under scheduler->lock */
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
    pthread_mutex_t lock;
    struct tri_machine *spares; /* under lock; the last to come is the first to go */
    pthread_mutex_t tasks_lock;
    char *tasks;           /* owned: plan.tasks x plan.task_bytes, committed when touched */
    uint32_t fresh;        /* under tasks_lock; tasks from here on were never used */
    struct tri_task *free; /* under tasks_lock */
};

/* An event carries the number and generation of a task, or one of these as the number. */
#define TRI_EVENT_DOOR UINT32_C(0xffff0000) /* + its index */
#define TRI_EVENT_BELL UINT32_C(0xffffffff)

/* --- processor.c --- */

bool tri_processor_init(struct tri_processor *processor, struct tri_scheduler *scheduler,
                        unsigned place, struct tri_error *error);
void tri_processor_deinit(struct tri_processor *processor);

/* Queue a task that is neither queued nor running nor parked. From any thread. */
void tri_processor_push(struct tri_processor *processor, struct tri_task *task);

/* The longest queued task, or NULL. */
struct tri_task *tri_processor_pop(struct tri_processor *processor);

/* Wake its machine from epoll_wait. From any thread. */
void tri_processor_ring(struct tri_processor *processor);

/* Take events and due timers and queue whom they wake; sleep for them first if `may_sleep`. */
void tri_processor_poll(struct tri_processor *processor, bool may_sleep);

/* The coroutine of `task` has left its stack to wait: park it, or queue it if the wait is over. */
void tri_processor_park(struct tri_processor *processor, struct tri_task *task);

/* --- machine.c --- */

/* Start a thread that holds `processor`, in an unused machine; under scheduler->lock. */
bool tri_machine_start(struct tri_scheduler *scheduler, struct tri_processor *processor);

/* --- scheduler.c --- */

struct tri_task *tri_scheduler_task(struct tri_scheduler *scheduler, uint32_t number);

/* The task is over. By the machine that holds its home. */
void tri_scheduler_retire(struct tri_scheduler *scheduler, struct tri_task *task);
