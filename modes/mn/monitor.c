/*
 * monitor.c - a thread that looks, every millisecond, who is in a blocking handler for long.
 *
 * It costs nothing while nobody blocks: after some looks without a blocking handler it rests until
 * the next one calls it. It announces its rest before the last look, and who blocks says so before
 * it looks whether the monitor rests; both are sequentially consistent, so no call is lost.
 */
#include "modes/mn/machinery.h"

#include <time.h>

#include "modes/mn/hook.h"
#include "server/base/clock.h"

enum { QUIET_LOOKS = 16, THREAD_STACK_BYTES = 64 * 1024 };
#define LOOK_NS TRI_MILLISECOND

/* Is anybody in a blocking handler? */
static bool look(struct tri_scheduler *scheduler)
{
    bool any = false;
    for (unsigned i = 0; i < scheduler->plan.workers; i++)
        any |= tri_processor_look(&scheduler->processors[i]);
    return any;
}

static bool is_stopped(struct tri_scheduler *scheduler)
{
    return atomic_load(&scheduler->phase) == TRI_SCHEDULER_STOPPED;
}

static void rest(struct tri_scheduler *scheduler)
{
    atomic_store(&scheduler->monitor_rests, true);
    tri_hook();
    if (look(scheduler)) {
        atomic_store(&scheduler->monitor_rests, false);
        return;
    }
    pthread_mutex_lock(&scheduler->lock);
    while (atomic_load(&scheduler->monitor_rests) && !is_stopped(scheduler))
        pthread_cond_wait(&scheduler->monitor_call, &scheduler->lock);
    pthread_mutex_unlock(&scheduler->lock);
}

static void *watch(void *arg)
{
    struct tri_scheduler *scheduler = arg;
    unsigned quiet = 0;
    while (!is_stopped(scheduler)) {
        quiet = look(scheduler) ? 0 : quiet + 1;
        if (quiet > QUIET_LOOKS) {
            rest(scheduler);
            quiet = 0;
        }
        nanosleep(&(struct timespec){0, LOOK_NS}, NULL);
    }
    return NULL;
}

bool tri_monitor_start(struct tri_scheduler *scheduler)
{
    pthread_attr_t attr;
    if (!scheduler->plan.handoff)
        return true;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
    scheduler->has_monitor = pthread_create(&scheduler->monitor, &attr, watch, scheduler) == 0;
    pthread_attr_destroy(&attr);
    return scheduler->has_monitor;
}

void tri_monitor_join(struct tri_scheduler *scheduler)
{
    if (!scheduler->has_monitor)
        return;
    pthread_mutex_lock(&scheduler->lock);
    pthread_cond_signal(&scheduler->monitor_call);
    pthread_mutex_unlock(&scheduler->lock);
    pthread_join(scheduler->monitor, NULL);
    scheduler->has_monitor = false;
}

void tri_monitor_call(struct tri_scheduler *scheduler)
{
    if (!atomic_load(&scheduler->monitor_rests))
        return;
    pthread_mutex_lock(&scheduler->lock);
    atomic_store(&scheduler->monitor_rests, false);
    pthread_cond_signal(&scheduler->monitor_call);
    pthread_mutex_unlock(&scheduler->lock);
}
