/*
 * scheduler.c - the life of a scheduler, and of the tasks in it.
 */
#include "modes/mn/machinery.h"
#include "modes/mn/overflow.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/base/error.h"

enum { WARM_STACKS_PER_WORKER = 64 }; /* in the pool, keeping their memory */

/* --- tasks --- */

struct tri_task *tri_scheduler_task(struct tri_scheduler *scheduler, uint32_t number)
{
    return (struct tri_task *)(void *)(scheduler->tasks + number * scheduler->plan.task_bytes);
}

static uint32_t number_of(const struct tri_scheduler *scheduler, const struct tri_task *task)
{
    return (uint32_t)((size_t)((const char *)task - scheduler->tasks) / scheduler->plan.task_bytes);
}

static struct tri_processor *least_loaded(struct tri_scheduler *scheduler)
{
    struct tri_processor *least = scheduler->processors;
    for (unsigned i = 1; i < scheduler->plan.workers; i++) {
        struct tri_processor *other = &scheduler->processors[i];
        if (atomic_load_explicit(&other->tasks, memory_order_relaxed) <
            atomic_load_explicit(&least->tasks, memory_order_relaxed))
            least = other;
    }
    return least;
}

struct tri_task *tri_task_new(struct tri_scheduler *scheduler)
{
    struct tri_task *task = NULL;
    pthread_mutex_lock(&scheduler->tasks_lock);
    if (scheduler->free) {
        task = scheduler->free;
        scheduler->free = task->next;
    } else if (scheduler->fresh < scheduler->plan.tasks) {
        task = tri_scheduler_task(scheduler, scheduler->fresh++);
    }
    pthread_mutex_unlock(&scheduler->tasks_lock);
    if (!task)
        return NULL;
    task->home = least_loaded(scheduler);
    atomic_store(&task->deadline_ns, TRI_NEVER);
    atomic_store(&task->fires_ns, TRI_NEVER);
    atomic_fetch_add(&task->home->tasks, 1);
    return task;
}

size_t tri_scheduler_stack_bytes(const struct tri_scheduler *scheduler)
{
    return scheduler->stacks.slot_bytes - scheduler->stacks.page_bytes;
}

struct tri_stack tri_task_stack(const struct tri_task *task)
{
    return (struct tri_stack){task->stack, tri_scheduler_stack_bytes(task->home->scheduler)};
}

void tri_task_free(struct tri_task *task)
{
    struct tri_processor *home = task->home;
    struct tri_scheduler *scheduler = home->scheduler;
    pthread_mutex_lock(&scheduler->tasks_lock);
    task->next = scheduler->free;
    scheduler->free = task;
    pthread_mutex_unlock(&scheduler->tasks_lock);
    atomic_fetch_sub(&home->tasks, 1);
}

uint64_t tri_scheduler_event(struct tri_scheduler *scheduler, const struct tri_task *task)
{
    uint64_t generation = atomic_load(&task->readiness.word) >> 32;
    return generation << 32 | number_of(scheduler, task);
}

bool tri_task_start(struct tri_task *task, int fd, uint8_t waits, int64_t deadline_ns)
{
    struct tri_scheduler *scheduler = task->home->scheduler;
    tri_readiness_renew(&task->readiness);
    task->fd = fd;
    task->watches_out = false;
    task->waits = waits;
    atomic_store(&task->deadline_ns, deadline_ns > 0 ? deadline_ns : TRI_NEVER);
    if (!tri_processor_watch(task->home, task, false))
        return false;
    if (deadline_ns <= 0) {
        tri_processor_push(task->home, task);
        return true;
    }
    tri_processor_park(task->home, task);
    if (atomic_load(&scheduler->phase) != TRI_SCHEDULER_SERVING)
        tri_task_wake(task); /* a drain may have woken all before this one could hear it */
    return true;
}

void tri_task_wake(struct tri_task *task)
{
    if (tri_readiness_wake(&task->readiness))
        tri_processor_push(task->home, task);
}

void tri_scheduler_retire(struct tri_scheduler *scheduler, struct tri_task *task)
{
    tri_assert(task->home->scheduler == scheduler);
    tri_processor_forget(task->home, task);
    tri_readiness_renew(&task->readiness); /* events still on their way are not for the next */
    tri_task_free(task);
}

/* --- the scheduler --- */

static void release(struct tri_scheduler *scheduler)
{
    const struct tri_scheduler_plan *plan = &scheduler->plan;
    tri_overflow_close(scheduler);
    for (unsigned i = 0; scheduler->processors && i < plan->workers; i++)
        tri_processor_deinit(&scheduler->processors[i]);
    for (unsigned i = 0; scheduler->machines && i < plan->workers + plan->spares; i++)
        pthread_cond_destroy(&scheduler->machines[i].given);
    tri_stacks_deinit(&scheduler->stacks);
    if (scheduler->tasks)
        munmap(scheduler->tasks, plan->tasks * plan->task_bytes);
    pthread_cond_destroy(&scheduler->monitor_call);
    pthread_mutex_destroy(&scheduler->lock);
    pthread_mutex_destroy(&scheduler->tasks_lock);
    free(scheduler->processors);
    free(scheduler->machines);
    free(scheduler);
}

static bool init_machines(struct tri_scheduler *scheduler)
{
    unsigned count = scheduler->plan.workers + scheduler->plan.spares;
    pthread_condattr_t attr;
    scheduler->machines = calloc(count, sizeof(*scheduler->machines));
    if (!scheduler->machines)
        return false;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    for (unsigned i = 0; i < count; i++) {
        scheduler->machines[i].scheduler = scheduler;
        pthread_cond_init(&scheduler->machines[i].given, &attr);
    }
    pthread_condattr_destroy(&attr);
    return true;
}

static bool init_processors(struct tri_scheduler *scheduler, struct tri_error *error)
{
    unsigned workers = scheduler->plan.workers;
    scheduler->processors =
        aligned_alloc(_Alignof(struct tri_processor), workers * sizeof(struct tri_processor));
    if (!scheduler->processors) {
        tri_error_os(error, "scheduler: %u workers", workers);
        return false;
    }
    memset(scheduler->processors, 0, workers * sizeof(struct tri_processor));
    for (unsigned i = 0; i < workers; i++)
        if (!tri_processor_init(&scheduler->processors[i], scheduler, i, error))
            return false;
    atomic_init(&scheduler->open_doors, workers);
    return true;
}

struct tri_scheduler *tri_scheduler_new(const struct tri_scheduler_plan *plan,
                                        struct tri_error *error)
{
    struct tri_scheduler *scheduler = calloc(1, sizeof(*scheduler));
    if (!scheduler) {
        tri_error_os(error, "scheduler");
        return NULL;
    }
    tri_assert(plan->workers > 0 && plan->task_bytes >= sizeof(struct tri_task));
    tri_assert(plan->tasks < TRI_EVENT_DOOR);
    scheduler->plan = *plan;
    pthread_mutex_init(&scheduler->lock, NULL);
    pthread_cond_init(&scheduler->monitor_call, NULL);
    pthread_mutex_init(&scheduler->tasks_lock, NULL);

    void *tasks = mmap(NULL, plan->tasks * plan->task_bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (tasks == MAP_FAILED || !init_machines(scheduler)) {
        tri_error_os(error, "scheduler: no memory for %u connections", plan->tasks);
        goto failed;
    }
    scheduler->tasks = tasks;
    /* one for each task, whatever the machines keep in their caches */
    uint32_t stacks = plan->tasks + (plan->workers + plan->spares) * TRI_STACK_CACHE;
    if (tri_stacks_init(&scheduler->stacks, stacks, plan->stack_bytes,
                        plan->workers * WARM_STACKS_PER_WORKER, error) &&
        init_processors(scheduler, error))
        return scheduler;
failed:
    release(scheduler);
    return NULL;
}

/* Let all threads end, and join those that can. False: one is in a blocking handler. */
static bool stop(struct tri_scheduler *scheduler)
{
    unsigned count = scheduler->plan.workers + scheduler->plan.spares;
    bool all = true;
    pthread_mutex_lock(&scheduler->lock);
    atomic_store(&scheduler->phase, TRI_SCHEDULER_STOPPED);
    for (struct tri_machine *spare = scheduler->spares; spare; spare = spare->next)
        pthread_cond_signal(&spare->given);
    for (unsigned i = 0; i < scheduler->plan.workers; i++)
        tri_processor_abandon(&scheduler->processors[i]);
    pthread_mutex_unlock(&scheduler->lock);
    tri_monitor_join(scheduler);
    for (unsigned i = 0; i < scheduler->plan.workers; i++)
        tri_processor_ring(&scheduler->processors[i]);

    for (unsigned i = 0; i < count; i++) {
        struct tri_machine *machine = &scheduler->machines[i];
        pthread_mutex_lock(&scheduler->lock); /* now that it stops, nobody starts or goes away */
        enum tri_machine_state state = machine->state;
        pthread_mutex_unlock(&scheduler->lock);
        if (state == TRI_MACHINE_UNUSED)
            continue;
        if (state == TRI_MACHINE_AWAY) {
            pthread_detach(machine->thread);
            all = false;
        } else {
            pthread_join(machine->thread, NULL);
            machine->state = TRI_MACHINE_UNUSED;
        }
    }
    return all;
}

bool tri_scheduler_start(struct tri_scheduler *scheduler, struct tri_error *error)
{
    bool ok = true;
    tri_overflow_open(scheduler);
    pthread_mutex_lock(&scheduler->lock);
    for (unsigned i = 0; ok && i < scheduler->plan.workers; i++)
        ok = tri_machine_start(scheduler, &scheduler->processors[i]);
    pthread_mutex_unlock(&scheduler->lock);
    ok = ok && tri_monitor_start(scheduler);
    if (!ok) {
        tri_error_set(error, "scheduler: cannot start %u threads", scheduler->plan.workers);
        stop(scheduler);
    }
    return ok;
}

void tri_scheduler_wake(struct tri_scheduler *scheduler)
{
    pthread_mutex_lock(&scheduler->tasks_lock);
    uint32_t used = scheduler->fresh;
    pthread_mutex_unlock(&scheduler->tasks_lock);
    for (uint32_t i = 0; i < used; i++)
        tri_task_wake(tri_scheduler_task(scheduler, i));
}

void tri_scheduler_drain(struct tri_scheduler *scheduler)
{
    atomic_store(&scheduler->phase, TRI_SCHEDULER_DRAINING);
    for (unsigned i = 0; i < scheduler->plan.workers; i++)
        tri_processor_ring(&scheduler->processors[i]);
    tri_scheduler_wake(scheduler);
}

bool tri_scheduler_has_doors(struct tri_scheduler *scheduler)
{
    return atomic_load(&scheduler->open_doors) > 0;
}

unsigned tri_scheduler_tasks(struct tri_scheduler *scheduler)
{
    unsigned tasks = 0;
    for (unsigned i = 0; i < scheduler->plan.workers; i++)
        tasks += atomic_load(&scheduler->processors[i].tasks);
    return tasks;
}

bool tri_scheduler_free(struct tri_scheduler *scheduler)
{
    if (!stop(scheduler))
        return false;
    release(scheduler);
    return true;
}
