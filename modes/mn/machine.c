/*
 * machine.c - an OS thread that runs tasks while it holds a processor.
 *
 *     BUSY --task leaves--> AWAY --task returns--> SPARE --given a processor--> BUSY
 *                                                    |
 *                                                    +--10 s unwanted--> ENDED
 *
 * A coroutine that wants something says so in task->intent and switches to its machine's own
 * stack; only there, with the coroutine's stack complete and at rest, is the wish carried out.
 */
#include "modes/mn/machinery.h"

#include "modes/mn/hook.h"
#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/list.h"

enum {
    TURNS = 64,      /* tasks run between two looks at the poller */
    CLOCK_TURNS = 8, /* ... between two looks at the clock        */
    THREAD_STACK_BYTES = 256 * 1024,
};
#define POLL_NS TRI_MILLISECOND    /* longest without a look at the poller, one task apart */
#define SPARE_NS (10 * TRI_SECOND) /* a spare machine ends when not wanted for so long */

enum intent { INTENT_END, INTENT_REST, INTENT_WAIT, INTENT_YIELD, INTENT_RETURN };

static _Thread_local struct tri_machine *current_machine;

/* Not inlined, so that no caller can keep the thread-local's address across a switch. */
static __attribute__((noinline)) struct tri_machine *current(void)
{
    __asm__ volatile("");
    return current_machine;
}

/* --- running tasks --- */

static void coroutine(struct tri_fiber *fiber)
{
    struct tri_task *task = TRI_CONTAINER(fiber, struct tri_task, fiber);
    task->home->scheduler->plan.run(task);
    tri_fiber_exit(&task->fiber, &current()->fiber);
}

/* Give a task a stack and a coroutine; false, and the task is over, when there is no stack. */
static bool begin(struct tri_machine *machine, struct tri_task *task)
{
    struct tri_scheduler *scheduler = machine->scheduler;
    struct tri_error error;
    struct tri_stack stack = tri_stacks_take(&scheduler->stacks, &machine->stacks, &error);
    task->intent = INTENT_END;
    if (!stack.low) {
        if (tri_log_rate_due(&scheduler->no_stack, tri_clock_now()))
            tri_log(TRI_LOG_ERROR, "connection_dropped", " reason=\"%s\"", error.text);
        scheduler->plan.drop(task);
        tri_scheduler_retire(scheduler, task);
        return false;
    }
    task->stack = stack.low;
    tri_fiber_init(&task->fiber, stack.low, stack.bytes, coroutine);
    return true;
}

static void end(struct tri_machine *machine, struct tri_task *task)
{
    tri_fiber_deinit(&task->fiber);
    tri_stacks_put(&machine->scheduler->stacks, &machine->stacks, task->stack);
    task->stack = NULL;
}

static void run(struct tri_machine *machine, struct tri_task *task)
{
    if (!task->stack && !begin(machine, task))
        return;
    tri_readiness_clear(&task->readiness);
    tri_fiber_switch(&machine->fiber, &task->fiber);
    tri_hook();

    /* Once parked or queued, the task may run elsewhere at once: it is not touched after that. */
    switch ((enum intent)task->intent) {
    case INTENT_END:
        end(machine, task);
        tri_scheduler_retire(machine->scheduler, task);
        break;
    case INTENT_REST:
        end(machine, task);
        tri_processor_park(machine->processor, task);
        break;
    case INTENT_WAIT:
        tri_processor_park(machine->processor, task);
        break;
    case INTENT_YIELD:
    case INTENT_RETURN:
        tri_processor_push(task->home, task);
        break;
    }
}

static bool is_time_to_poll(struct tri_processor *processor)
{
    unsigned turns = ++processor->turns;
    return turns >= TURNS ||
           (turns % CLOCK_TURNS == 0 && tri_clock_now() - processor->polled_ns >= POLL_NS);
}

/* Run tasks until the processor is given away or the scheduler stops. */
static void serve(struct tri_machine *machine)
{
    while (machine->processor && atomic_load(&machine->scheduler->phase) != TRI_SCHEDULER_STOPPED) {
        struct tri_task *task = tri_processor_pop(machine->processor);
        if (!task) {
            tri_processor_poll(machine->processor, true);
            continue;
        }
        run(machine, task);
        if (machine->processor && is_time_to_poll(machine->processor))
            tri_processor_poll(machine->processor, false);
    }
}

/* --- changing hands --- */

static void remove_spare(struct tri_scheduler *scheduler, const struct tri_machine *machine)
{
    struct tri_machine **at = &scheduler->spares;
    while (*at && *at != machine)
        at = &(*at)->next;
    if (*at)
        *at = machine->next;
}

/* Wait for a processor; false when the thread is to end. */
static bool wait_for_processor(struct tri_machine *machine)
{
    struct tri_scheduler *scheduler = machine->scheduler;
    int64_t until_ns = tri_clock_now() + SPARE_NS;
    struct timespec until = {until_ns / TRI_SECOND, until_ns % TRI_SECOND};
    int late = 0;

    tri_stacks_flush(&scheduler->stacks, &machine->stacks); /* others can use them meanwhile */
    pthread_mutex_lock(&scheduler->lock);
    if (!machine->processor) {
        machine->state = TRI_MACHINE_SPARE;
        machine->next = scheduler->spares;
        scheduler->spares = machine;
        while (!machine->processor && !late &&
               atomic_load(&scheduler->phase) != TRI_SCHEDULER_STOPPED)
            late = pthread_cond_timedwait(&machine->given, &scheduler->lock, &until);
    }
    bool ends = !machine->processor || atomic_load(&scheduler->phase) == TRI_SCHEDULER_STOPPED;
    if (ends) {
        remove_spare(scheduler, machine);
        machine->state = TRI_MACHINE_ENDED;
    }
    pthread_mutex_unlock(&scheduler->lock);
    return !ends;
}

static void *work(void *arg)
{
    struct tri_machine *machine = arg;
    current_machine = machine;
    tri_fiber_adopt(&machine->fiber);
    do
        serve(machine);
    while (wait_for_processor(machine));
    return NULL;
}

bool tri_machine_start(struct tri_scheduler *scheduler, struct tri_processor *processor)
{
    struct tri_machine *machine = scheduler->machines;
    struct tri_machine *last = machine + scheduler->plan.workers + scheduler->plan.spares;
    while (machine < last && machine->state != TRI_MACHINE_UNUSED &&
           machine->state != TRI_MACHINE_ENDED)
        machine++;
    if (machine == last)
        return false;
    if (machine->state == TRI_MACHINE_ENDED) /* it takes no lock any more: this is short */
        pthread_join(machine->thread, NULL);

    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
    machine->processor = processor;
    machine->state = TRI_MACHINE_BUSY;
    bool ok = pthread_create(&machine->thread, &attr, work, machine) == 0;
    pthread_attr_destroy(&attr);
    if (!ok) {
        machine->processor = NULL;
        machine->state = TRI_MACHINE_UNUSED;
    }
    return ok;
}

/* --- what coroutines call --- */

static void switch_to_machine(struct tri_task *task, enum intent intent)
{
    task->intent = (uint8_t)intent;
    tri_fiber_switch(&task->fiber, &current()->fiber);
}

void tri_task_wait(struct tri_task *task, uint8_t waits, int64_t deadline_ns)
{
    task->waits = waits;
    task->deadline_ns = deadline_ns;
    switch_to_machine(task, INTENT_WAIT);
    task->intent = INTENT_END;
}

void tri_task_yield(struct tri_task *task)
{
    switch_to_machine(task, INTENT_YIELD);
    task->intent = INTENT_END;
}

void tri_task_rest(struct tri_task *task, uint8_t waits, int64_t deadline_ns)
{
    task->waits = waits;
    task->deadline_ns = deadline_ns;
    task->intent = INTENT_REST;
}

bool tri_task_block(struct tri_task *task, bool at_once)
{
    (void)task, (void)at_once;
    struct tri_machine *machine = current();
    struct tri_scheduler *scheduler = machine->scheduler;
    bool given = false;

    pthread_mutex_lock(&scheduler->lock);
    struct tri_machine *spare = scheduler->spares;
    if (atomic_load(&scheduler->phase) == TRI_SCHEDULER_STOPPED) {
        /* who stops them counts on it that nobody goes away now */
    } else if (spare) {
        scheduler->spares = spare->next;
        spare->processor = machine->processor;
        spare->state = TRI_MACHINE_BUSY;
        pthread_cond_signal(&spare->given);
        given = true;
    } else {
        given = tri_machine_start(scheduler, machine->processor);
    }
    if (given) {
        machine->processor = NULL;
        machine->state = TRI_MACHINE_AWAY;
    }
    pthread_mutex_unlock(&scheduler->lock);
    return given;
}

void tri_task_unblock(struct tri_task *task)
{
    tri_assert(!current()->processor);
    switch_to_machine(task, INTENT_RETURN);
    task->intent = INTENT_END;
}

unsigned tri_task_place(void)
{
    return current()->processor->place;
}
