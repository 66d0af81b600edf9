/*
 * processor.c - the right to run tasks: a queue, a poller, timers, and a share in the doors.
 *
 * Sleeping and waking: the queue's lock also guards `idle`. A machine goes to sleep only after it
 * has found the queue empty and set `idle` under one hold of the lock; whoever queues a task under
 * that lock and finds `idle` set rings the bell. So either the sleeper sees the task or the bell
 * wakes it, and a busy processor is never rung.
 *
 * Deadlines are lazy: a timer that fires before its task's deadline is only set back then, so a
 * deadline that each request moves further away costs nothing.
 */
#include "modes/mn/machinery.h"

#include <limits.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "modes/mn/hook.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/fd.h"
#include "server/base/list.h"

enum { EVENTS = 256 }; /* taken from the kernel at once */
#define DOORS_RETRY_NS (100 * TRI_MILLISECOND)

static bool watch(struct tri_processor *processor, int fd, uint32_t events, uint32_t number)
{
    struct epoll_event event = {.events = events, .data.u64 = number};
    return epoll_ctl(processor->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void unwatch_doors(struct tri_processor *processor, int64_t resume_ns)
{
    const struct tri_scheduler_plan *plan = &processor->scheduler->plan;
    for (unsigned i = 0; i < plan->door_count; i++)
        epoll_ctl(processor->epoll, EPOLL_CTL_DEL, plan->doors[i], NULL);
    processor->doors_watched = false;
    processor->doors_resume_ns = resume_ns;
}

/* Level-triggered, so that what one batch leaves is told again; exclusive: one worker is woken. */
static bool watch_doors(struct tri_processor *processor)
{
    const struct tri_scheduler_plan *plan = &processor->scheduler->plan;
    bool ok = true;
    for (unsigned i = 0; ok && i < plan->door_count; i++)
        ok = watch(processor, plan->doors[i], EPOLLIN | EPOLLEXCLUSIVE, TRI_EVENT_DOOR + i);
    processor->doors_watched = ok;
    return ok;
}

bool tri_processor_init(struct tri_processor *processor, struct tri_scheduler *scheduler,
                        unsigned place, struct tri_error *error)
{
    *processor = (struct tri_processor){
        .scheduler = scheduler,
        .place = place,
        .tail = &processor->head,
        .epoll = epoll_create1(EPOLL_CLOEXEC),
        .bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
    };
    pthread_mutex_init(&processor->lock, NULL);
    if (processor->epoll < 0 || processor->bell < 0 ||
        !watch(processor, processor->bell, EPOLLIN | EPOLLET, TRI_EVENT_BELL)) {
        tri_error_os(error, "worker %u: no poller", place);
        return false;
    }
    if (!tri_timers_init(&processor->timers, scheduler->plan.tasks)) {
        tri_error_os(error, "worker %u: no memory for %u timers", place, scheduler->plan.tasks);
        return false;
    }
    if (!watch_doors(processor)) {
        tri_error_os(error, "worker %u: cannot watch the listeners", place);
        return false;
    }
    return true;
}

void tri_processor_deinit(struct tri_processor *processor)
{
    if (!processor->scheduler)
        return;
    tri_fd_close(&processor->epoll);
    tri_fd_close(&processor->bell);
    tri_timers_deinit(&processor->timers);
    pthread_mutex_destroy(&processor->lock);
}

/* --- the queue --- */

void tri_processor_ring(struct tri_processor *processor)
{
    ssize_t rung = write(processor->bell, &(uint64_t){1}, sizeof(uint64_t));
    (void)rung; /* a counter that nobody reads: it cannot fill up in practice */
}

void tri_processor_push(struct tri_processor *processor, struct tri_task *task)
{
    task->next = NULL;
    pthread_mutex_lock(&processor->lock);
    *processor->tail = task;
    processor->tail = &task->next;
    bool sleeps = processor->idle;
    processor->idle = false;
    pthread_mutex_unlock(&processor->lock);
    if (sleeps)
        tri_processor_ring(processor);
}

struct tri_task *tri_processor_pop(struct tri_processor *processor)
{
    pthread_mutex_lock(&processor->lock);
    struct tri_task *task = processor->head;
    if (task && !(processor->head = task->next))
        processor->tail = &processor->head;
    pthread_mutex_unlock(&processor->lock);
    return task;
}

/* Returns false, and is not idle, when a task has been queued meanwhile. */
static bool fall_idle(struct tri_processor *processor)
{
    tri_hook();
    pthread_mutex_lock(&processor->lock);
    processor->idle = !processor->head;
    bool idle = processor->idle;
    pthread_mutex_unlock(&processor->lock);
    return idle;
}

static void end_idle(struct tri_processor *processor)
{
    pthread_mutex_lock(&processor->lock);
    processor->idle = false;
    pthread_mutex_unlock(&processor->lock);
}

/* --- doors --- */

static void open_door(struct tri_processor *processor, unsigned door, int64_t now_ns)
{
    const struct tri_scheduler_plan *plan = &processor->scheduler->plan;
    int64_t resume_ns = plan->on_door(plan->context, processor->place, plan->doors[door], now_ns);
    if (resume_ns != 0 && processor->doors_watched)
        unwatch_doors(processor, resume_ns);
}

/* Begin watching, resume after a pause, or close the doors, whatever the time demands. */
static void mind_doors(struct tri_processor *processor, int64_t now_ns)
{
    struct tri_scheduler *scheduler = processor->scheduler;
    if (processor->doors_closed)
        return;
    if (atomic_load(&scheduler->phase) != TRI_SCHEDULER_SERVING) {
        for (unsigned i = 0; i < scheduler->plan.door_count; i++)
            open_door(processor, i, now_ns);
        unwatch_doors(processor, TRI_NEVER);
        processor->doors_closed = true;
        atomic_fetch_sub(&scheduler->open_doors, 1);
    } else if (!processor->doors_watched && processor->doors_resume_ns <= now_ns) {
        if (!watch_doors(processor))
            unwatch_doors(processor, now_ns + DOORS_RETRY_NS);
    }
}

/* --- events and deadlines --- */

static uint32_t readiness_of(uint32_t events)
{
    uint32_t ready = 0;
    if (events & EPOLLIN)
        ready |= TRI_READY_IN;
    if (events & EPOLLOUT)
        ready |= TRI_READY_OUT;
    if (events & EPOLLRDHUP)
        ready |= TRI_READY_HUP;
    if (events & (EPOLLHUP | EPOLLERR)) /* the next read and write say what happened */
        ready |= TRI_READY_IN | TRI_READY_OUT | TRI_READY_HUP;
    return ready;
}

static void take_event(struct tri_processor *processor, const struct epoll_event *event,
                       int64_t now_ns)
{
    uint32_t number = (uint32_t)event->data.u64;
    uint32_t generation = (uint32_t)(event->data.u64 >> 32);
    if (number == TRI_EVENT_BELL)
        return;
    if (number >= TRI_EVENT_DOOR) {
        if (processor->doors_watched)
            open_door(processor, number - TRI_EVENT_DOOR, now_ns);
        return;
    }
    struct tri_task *task = tri_scheduler_task(processor->scheduler, number);
    if (tri_readiness_notify(&task->readiness, generation, readiness_of(event->events)))
        tri_processor_push(task->home, task);
}

static void fire_timers(struct tri_processor *processor, int64_t now_ns)
{
    struct tri_timer *timer;
    while ((timer = tri_timers_due(&processor->timers, now_ns))) {
        struct tri_task *task = TRI_CONTAINER(timer, struct tri_task, timer);
        if (task->deadline_ns != TRI_NEVER && task->deadline_ns > now_ns) {
            tri_timers_set(&processor->timers, timer, task->deadline_ns);
            continue;
        }
        tri_timers_remove(&processor->timers, timer);
        if (task->deadline_ns != TRI_NEVER && tri_readiness_wake(&task->readiness))
            tri_processor_push(task->home, task);
    }
}

/* Milliseconds until the next timer or the end of a pause, rounded up; -1: no end. */
static int sleep_ms(const struct tri_processor *processor)
{
    int64_t at_ns = tri_timers_next(&processor->timers);
    if (!processor->doors_watched && processor->doors_resume_ns < at_ns)
        at_ns = processor->doors_resume_ns;
    if (at_ns == TRI_NEVER)
        return -1;
    int64_t ms = (at_ns - tri_clock_now() + TRI_MILLISECOND - 1) / TRI_MILLISECOND;
    return ms < 0 ? 0 : ms > INT_MAX ? INT_MAX : (int)ms;
}

void tri_processor_poll(struct tri_processor *processor, bool may_sleep)
{
    struct epoll_event events[EVENTS];
    bool idle = may_sleep && fall_idle(processor);
    int count = epoll_wait(processor->epoll, events, EVENTS, idle ? sleep_ms(processor) : 0);
    int64_t now_ns = tri_clock_now();
    if (idle)
        end_idle(processor);
    processor->polled_ns = now_ns;
    processor->turns = 0;
    for (int i = 0; i < count; i++)
        take_event(processor, &events[i], now_ns);
    fire_timers(processor, now_ns);
    mind_doors(processor, now_ns);
}

void tri_processor_park(struct tri_processor *processor, struct tri_task *task)
{
    if (task->deadline_ns < tri_timers_at(&processor->timers, &task->timer))
        tri_timers_set(&processor->timers, &task->timer, task->deadline_ns);
    tri_hook();
    if (!tri_readiness_park(&task->readiness, task->waits))
        tri_processor_push(processor, task);
}
