/*
 * processor.c - where a processor's tasks come from: its poller, its timers, a share in the doors.
 *
 * Deadlines are lazy: a timer that fires before its task's deadline is only set back then, so a
 * deadline that each request moves further away costs nothing, not even the timers' lock.
 *
 * A stolen task sets its timer from another thread, while its home may be firing it. The task
 * stores its deadline, then looks at `fires_ns`; the home stores `fires_ns`, then looks at the
 * deadline again, so one of them sees the other (both are sequentially consistent). A timer that
 * was set back too far is set again, and whenever one is turned off its task is woken to look for
 * itself: it can be woken too early, never too late. Should the home sleep longer than a new timer
 * allows, it is roused: it announces its sleep before it looks at `timers_next_ns`, which is stored
 * before anybody looks whether it sleeps.
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
        .epoll = epoll_create1(EPOLL_CLOEXEC),
        .bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
        .timers_next_ns = TRI_NEVER,
    };
    pthread_mutex_init(&processor->lock, NULL);
    pthread_mutex_init(&processor->timers_lock, NULL);
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
    pthread_mutex_destroy(&processor->timers_lock);
}

bool tri_processor_watch(struct tri_processor *home, struct tri_task *task, bool again)
{
    uint32_t out = task->watches_out ? EPOLLOUT : 0;
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLRDHUP | EPOLLET | out,
        .data.u64 = tri_scheduler_event(home->scheduler, task),
    };
    return epoll_ctl(home->epoll, again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, task->fd, &event) == 0;
}

/* --- doors --- */

static void open_door(struct tri_processor *processor, unsigned door)
{
    const struct tri_scheduler_plan *plan = &processor->scheduler->plan;
    int64_t resume_ns = plan->on_door(plan->context, processor->place, door);
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
            open_door(processor, i);
        unwatch_doors(processor, TRI_NEVER);
        processor->doors_closed = true;
        atomic_fetch_sub(&scheduler->open_doors, 1);
    } else if (!processor->doors_watched && processor->doors_resume_ns <= now_ns) {
        if (!watch_doors(processor))
            unwatch_doors(processor, now_ns + DOORS_RETRY_NS);
    }
}

/* --- deadlines --- */

/* Fire the task's timer at `at_ns`, TRI_NEVER for not at all; timers_lock held. */
static void set_timer(struct tri_processor *home, struct tri_task *task, int64_t at_ns)
{
    if (at_ns == TRI_NEVER)
        tri_timers_remove(&home->timers, &task->timer);
    else
        tri_timers_set(&home->timers, &task->timer, at_ns);
    atomic_store(&task->fires_ns, at_ns);
    atomic_store(&home->timers_next_ns, tri_timers_next(&home->timers));
}

/* See that the task's timer fires by its deadline. From any thread. */
static void mind_deadline(struct tri_task *task)
{
    struct tri_processor *home = task->home;
    int64_t deadline_ns = atomic_load(&task->deadline_ns);
    if (atomic_load(&task->fires_ns) <= deadline_ns)
        return;
    pthread_mutex_lock(&home->timers_lock);
    bool is_first = deadline_ns < atomic_load(&home->timers_next_ns);
    set_timer(home, task, deadline_ns);
    pthread_mutex_unlock(&home->timers_lock);
    if (is_first) /* no news where home's own machine is here, awake */
        tri_processor_rouse(home);
}

void tri_processor_forget(struct tri_processor *home, struct tri_task *task)
{
    if (atomic_load(&task->fires_ns) == TRI_NEVER) /* and stays off: only the task turns it on */
        return;
    pthread_mutex_lock(&home->timers_lock);
    set_timer(home, task, TRI_NEVER);
    pthread_mutex_unlock(&home->timers_lock);
}

/* The next task whose deadline has passed, its timer off now; NULL: none. Sets others back. */
static struct tri_task *take_due(struct tri_processor *processor, int64_t now_ns)
{
    struct tri_task *due = NULL;
    struct tri_timer *timer;
    pthread_mutex_lock(&processor->timers_lock);
    while (!due && (timer = tri_timers_due(&processor->timers, now_ns))) {
        struct tri_task *task = TRI_CONTAINER(timer, struct tri_task, timer);
        int64_t deadline_ns;
        bool is_early;
        do {
            deadline_ns = atomic_load(&task->deadline_ns);
            is_early = deadline_ns > now_ns && deadline_ns != TRI_NEVER;
            set_timer(processor, task, is_early ? deadline_ns : TRI_NEVER);
        } while (is_early && atomic_load(&task->deadline_ns) < deadline_ns);
        due = is_early ? NULL : task;
    }
    pthread_mutex_unlock(&processor->timers_lock);
    return due;
}

static void fire_timers(struct tri_processor *processor, int64_t now_ns, struct tri_chain *woken)
{
    struct tri_task *task;
    while (atomic_load(&processor->timers_next_ns) <= now_ns &&
           (task = take_due(processor, now_ns)))
        if (tri_readiness_wake(&task->readiness))
            tri_chain_add(woken, task);
}

/* --- events --- */

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
                       struct tri_chain *woken)
{
    uint32_t number = (uint32_t)event->data.u64;
    uint32_t generation = (uint32_t)(event->data.u64 >> 32);
    if (number == TRI_EVENT_BELL)
        return;
    if (number >= TRI_EVENT_DOOR) {
        if (processor->doors_watched)
            open_door(processor, number - TRI_EVENT_DOOR);
        return;
    }
    struct tri_task *task = tri_scheduler_task(processor->scheduler, number);
    if (tri_readiness_notify(&task->readiness, generation, readiness_of(event->events)))
        tri_chain_add(woken, task);
}

/* Milliseconds until the next timer or the end of a pause, rounded up; -1: no end. */
static int sleep_ms(struct tri_processor *processor)
{
    int64_t at_ns = atomic_load(&processor->timers_next_ns);
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
    struct tri_chain woken = {0}; /* all at home here, so one hold of the lock queues them */
    bool idle = may_sleep && tri_processor_fall_idle(processor);
    int count = epoll_wait(processor->epoll, events, EVENTS, idle ? sleep_ms(processor) : 0);
    int64_t now_ns = tri_clock_now();
    if (idle)
        tri_processor_end_idle(processor);
    processor->polled_ns = now_ns;
    processor->turns = 0;
    for (int i = 0; i < count; i++)
        take_event(processor, &events[i], &woken);
    fire_timers(processor, now_ns, &woken);
    tri_processor_push_all(processor, &woken);
    mind_doors(processor, now_ns);
}

void tri_processor_park(struct tri_processor *processor, struct tri_task *task)
{
    if ((task->waits & TRI_WAIT_OUT) && !task->watches_out) {
        task->watches_out = true;
        tri_processor_watch(task->home, task, true); /* tells at once if there is room meanwhile */
    }
    mind_deadline(task);
    tri_hook();
    if (!tri_readiness_park(&task->readiness, task->waits))
        tri_processor_push(processor, task);
}
