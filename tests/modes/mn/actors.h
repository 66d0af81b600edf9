/*
 * actors.h - a scheduler under test, and tasks that do what a test tells them.
 *
 * Criterion runs each test in a process of its own, so the scheduler is global.
 */
#pragma once

#include "modes/mn/scheduler.h"

#include <stdatomic.h>
#include <stdint.h>

enum { TASKS = 100, LIMIT_S = 20 };

struct actor { /* a task that does what `act` says */
    struct tri_task task;
    void (*act)(struct actor *actor);
    int fd;
    atomic_int steps;
    atomic_llong noted;
};

extern struct tri_scheduler *scheduler;

/* A plan for TASKS actors, without doors. */
struct tri_scheduler_plan plan_for(unsigned workers, unsigned spares);

/* Start `scheduler`, as planned or by plan_for(). */
void open_plan(const struct tri_scheduler_plan *plan);
void open_scheduler(unsigned workers, unsigned spares);

/* Stop and free it; none of its tasks may be away. */
void close_scheduler(void);

/* Start a task at one end of a socketpair; returns the other end. */
int start_actor(void (*act)(struct actor *actor), struct actor **ret_actor);

void nap(int64_t ns);

/* Wait until `*value` is `wanted` or more, LIMIT_S at most. */
void await_int(const atomic_int *value, int wanted);

/* Wait until all tasks have ended, LIMIT_S at most. */
void await_no_tasks(void);
