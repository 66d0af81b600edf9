/*
 * queue.c - tasks that wait for a processor, and who takes them.
 *
 * Sleeping and waking: the queue's lock also guards changes of `idle`. A machine goes to sleep
 * only after it has found the queue empty and set `idle` under one hold of the lock; whoever
 * queues a task under that lock and finds `idle` set rings the bell. So either the sleeper sees the
 * task or the bell wakes it, and a busy processor is never rung.
 *
 * Stealing is for skewed load. Under even load it only moves warm connections to cold caches, so
 * nobody steals before a processor has said that it is behind: it ran for a whole round (machine.c)
 * and several tasks still wait. It says so first and looks for an idle processor then; who falls
 * idle announces that first and looks for somebody behind then. Both are sequentially consistent,
 * so at least one of them sees the other.
 *
 * A thief takes the older half. Those tasks stay at home where they were: events and deadlines come
 * to the processor that watches their descriptors, and only this run of them is elsewhere.
 */
#include "modes/mn/machinery.h"

#include <unistd.h>

#include "modes/mn/hook.h"

void tri_chain_add(struct tri_chain *chain, struct tri_task *task)
{
    task->next = NULL;
    if (chain->last)
        chain->last->next = task;
    else
        chain->first = task;
    chain->last = task;
    chain->count++;
}

/* --- falling idle and being woken --- */

void tri_processor_ring(struct tri_processor *processor)
{
    ssize_t rung = write(processor->bell, &(uint64_t){1}, sizeof(uint64_t));
    (void)rung; /* a counter that nobody reads: it cannot fill up in practice */
}

void tri_processor_rouse(struct tri_processor *processor)
{
    pthread_mutex_lock(&processor->lock);
    bool sleeps = atomic_exchange(&processor->idle, false);
    pthread_mutex_unlock(&processor->lock);
    if (sleeps)
        tri_processor_ring(processor);
}

static bool may_steal(const struct tri_scheduler *scheduler)
{
    return scheduler->plan.steal && scheduler->plan.workers > 1;
}

/* The i-th other processor, going round from this one. */
static struct tri_processor *neighbour(const struct tri_processor *processor, unsigned i)
{
    struct tri_scheduler *scheduler = processor->scheduler;
    return &scheduler->processors[(processor->place + i) % scheduler->plan.workers];
}

static bool is_somebody_behind(const struct tri_processor *processor)
{
    if (may_steal(processor->scheduler))
        for (unsigned i = 1; i < processor->scheduler->plan.workers; i++)
            if (atomic_load(&neighbour(processor, i)->behind))
                return true;
    return false;
}

bool tri_processor_fall_idle(struct tri_processor *processor)
{
    tri_hook();
    pthread_mutex_lock(&processor->lock);
    bool idle = processor->queue.count == 0;
    atomic_store(&processor->idle, idle);
    pthread_mutex_unlock(&processor->lock);
    tri_hook();
    if (idle && is_somebody_behind(processor)) {
        tri_processor_end_idle(processor);
        return false;
    }
    return idle;
}

void tri_processor_end_idle(struct tri_processor *processor)
{
    pthread_mutex_lock(&processor->lock);
    atomic_store(&processor->idle, false);
    pthread_mutex_unlock(&processor->lock);
}

/* --- in and out --- */

void tri_processor_push_all(struct tri_processor *processor, const struct tri_chain *chain)
{
    struct tri_chain *queue = &processor->queue;
    if (chain->count == 0)
        return;
    pthread_mutex_lock(&processor->lock);
    if (queue->last)
        queue->last->next = chain->first;
    else
        queue->first = chain->first;
    queue->last = chain->last;
    queue->count += chain->count;
    atomic_store_explicit(&processor->queued, queue->count, memory_order_relaxed);
    bool sleeps = atomic_exchange(&processor->idle, false);
    pthread_mutex_unlock(&processor->lock);
    if (sleeps)
        tri_processor_ring(processor);
}

void tri_processor_push(struct tri_processor *processor, struct tri_task *task)
{
    struct tri_chain alone = {0};
    tri_chain_add(&alone, task);
    tri_processor_push_all(processor, &alone);
}

/* Take the first `count` tasks out, lock held; as many must be there, and one at least. */
static struct tri_chain take(struct tri_processor *processor, unsigned count)
{
    struct tri_chain *queue = &processor->queue;
    struct tri_chain taken = {queue->first, queue->first, count};
    for (unsigned i = 1; i < count; i++)
        taken.last = taken.last->next;
    queue->first = taken.last->next;
    if (!queue->first)
        queue->last = NULL;
    queue->count -= count;
    atomic_store_explicit(&processor->queued, queue->count, memory_order_relaxed);
    taken.last->next = NULL;
    return taken;
}

struct tri_task *tri_processor_pop(struct tri_processor *processor)
{
    struct tri_task *task = NULL;
    pthread_mutex_lock(&processor->lock);
    if (processor->queue.count > 0)
        task = take(processor, 1).first;
    pthread_mutex_unlock(&processor->lock);
    if (!task && atomic_load_explicit(&processor->behind, memory_order_relaxed))
        atomic_store(&processor->behind, false);
    return task;
}

/* --- stealing --- */

void tri_processor_call_thief(struct tri_processor *processor)
{
    struct tri_scheduler *scheduler = processor->scheduler;
    if (!may_steal(scheduler))
        return;
    bool behind = atomic_load_explicit(&processor->queued, memory_order_relaxed) >= 2;
    if (behind != atomic_load_explicit(&processor->behind, memory_order_relaxed))
        atomic_store(&processor->behind, behind);
    for (unsigned i = 1; behind && i < scheduler->plan.workers; i++) {
        struct tri_processor *other = neighbour(processor, i);
        if (atomic_load(&other->idle)) {
            tri_processor_rouse(other);
            return;
        }
    }
}

struct tri_task *tri_processor_steal(struct tri_processor *thief)
{
    struct tri_scheduler *scheduler = thief->scheduler;
    struct tri_chain loot = {0};
    if (!may_steal(scheduler))
        return NULL;
    for (unsigned i = 1; loot.count == 0 && i < scheduler->plan.workers; i++) {
        struct tri_processor *victim = neighbour(thief, i);
        if (!atomic_load(&victim->behind))
            continue;
        pthread_mutex_lock(&victim->lock);
        if (victim->queue.count >= 2)
            loot = take(victim, victim->queue.count / 2);
        pthread_mutex_unlock(&victim->lock);
        if (loot.count == 0) /* it has caught up, or nearly */
            atomic_store(&victim->behind, false);
    }
    tri_hook();
    struct tri_task *first = loot.first;
    if (loot.count > 1) {
        loot = (struct tri_chain){first->next, loot.last, loot.count - 1};
        tri_processor_push_all(thief, &loot);
    }
    return first;
}
