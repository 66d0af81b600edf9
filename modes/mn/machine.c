/*
 * machine.c - an OS thread that runs tasks while it holds a processor.
 *
 * A round of a processor is 64 tasks or a millisecond; then it looks at its poller, even while
 * tasks still wait, so that a task that always goes on starves neither descriptors nor deadlines.
 *
 * A coroutine that wants something says so in task->intent and switches to its machine's own
 * stack; only there, with the coroutine's stack complete and at rest, is the wish carried out.
 */
#include "modes/mn/machinery.h"

#include "modes/mn/hook.h"
#include "modes/mn/overflow.h"
#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/list.h"

enum {
    TURNS = 64,      /* tasks run between two looks at the poller */
    CLOCK_TURNS = 8, /* ... between two looks at the clock        */
    THREAD_STACK_BYTES = 256 * 1024,
};
#define POLL_NS TRI_MILLISECOND /* longest without a look at the poller, one task apart */

static _Thread_local struct tri_machine *current_machine;

/* Not inlined, so that no caller can keep the thread-local's address across a switch. */
__attribute__((noinline)) struct tri_machine *tri_machine_current(void)
{
    __asm__ volatile("");
    return current_machine;
}

/* --- running tasks --- */

static void coroutine(struct tri_fiber *fiber)
{
    struct tri_task *task = TRI_CONTAINER(fiber, struct tri_task, fiber);
    task->home->scheduler->plan.run(task);
    tri_fiber_exit(&task->fiber, &tri_machine_current()->fiber);
}

/* Give a task a stack and a coroutine; false, and the task is over, when there is no stack. */
static bool begin(struct tri_machine *machine, struct tri_task *task)
{
    struct tri_scheduler *scheduler = machine->scheduler;
    struct tri_error error;
    struct tri_stack stack = tri_stacks_take(&scheduler->stacks, &machine->stacks, &error);
    task->intent = TRI_INTENT_END;
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
    switch ((enum tri_intent)task->intent) {
    case TRI_INTENT_END:
        end(machine, task);
        tri_scheduler_retire(machine->scheduler, task);
        break;
    case TRI_INTENT_REST:
        end(machine, task);
        tri_processor_park(machine->processor, task);
        break;
    case TRI_INTENT_WAIT:
        tri_processor_park(machine->processor, task);
        break;
    case TRI_INTENT_YIELD:
        tri_processor_push(machine->processor, task);
        break;
    case TRI_INTENT_RETURN:
        tri_processor_push(task->home, task);
        break;
    }
}

/* The clock is looked at early where others wait, since each task may have taken long. */
static bool is_time_to_poll(struct tri_processor *processor)
{
    unsigned turns = ++processor->turns;
    bool others_wait = atomic_load_explicit(&processor->queued, memory_order_relaxed) >= 2;
    bool looks = turns % CLOCK_TURNS == 0 || (others_wait && (turns & (turns - 1)) == 0);
    return turns >= TURNS || (looks && tri_clock_now() - processor->polled_ns >= POLL_NS);
}

/* Run tasks until the processor is given away or the scheduler stops. */
static void serve(struct tri_machine *machine)
{
    while (machine->processor && atomic_load(&machine->scheduler->phase) != TRI_SCHEDULER_STOPPED) {
        struct tri_task *task = tri_processor_pop(machine->processor);
        if (!task)
            task = tri_processor_steal(machine->processor);
        if (!task) {
            tri_processor_poll(machine->processor, true);
            continue;
        }
        run(machine, task);
        if (machine->processor && is_time_to_poll(machine->processor)) {
            tri_processor_call_thief(machine->processor);
            tri_processor_poll(machine->processor, false);
        }
    }
}

/* --- threads --- */

static void *work(void *arg)
{
    struct tri_machine *machine = arg;
    void *alternate = tri_overflow_enter();
    current_machine = machine;
    tri_fiber_adopt(&machine->fiber);
    do
        serve(machine);
    while (tri_machine_await_processor(machine));
    tri_overflow_leave(alternate);
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
    machine->state = processor ? TRI_MACHINE_BUSY : TRI_MACHINE_SPARE;
    bool ok = pthread_create(&machine->thread, &attr, work, machine) == 0;
    pthread_attr_destroy(&attr);
    if (ok && processor)
        processor->holder = machine;
    if (!ok) {
        machine->processor = NULL;
        machine->state = TRI_MACHINE_UNUSED;
    }
    return ok;
}

/* --- what coroutines call --- */

void tri_machine_switch(struct tri_task *task, enum tri_intent intent)
{
    task->intent = (uint8_t)intent;
    tri_fiber_switch(&task->fiber, &tri_machine_current()->fiber);
    task->intent = TRI_INTENT_END;
}

void tri_task_wait(struct tri_task *task, uint8_t waits, int64_t deadline_ns)
{
    task->waits = waits;
    atomic_store(&task->deadline_ns, deadline_ns);
    tri_machine_switch(task, TRI_INTENT_WAIT);
}

void tri_task_yield(struct tri_task *task)
{
    tri_machine_switch(task, TRI_INTENT_YIELD);
}

void tri_task_rest(struct tri_task *task, uint8_t waits, int64_t deadline_ns)
{
    task->waits = waits;
    atomic_store(&task->deadline_ns, deadline_ns);
    task->intent = TRI_INTENT_REST;
}

unsigned tri_task_place(void)
{
    return tri_machine_current()->processor->place;
}

int64_t tri_task_now(const struct tri_task *task)
{
    const struct tri_processor *processor = tri_machine_current()->processor;
    return processor == task->home ? processor->polled_ns : tri_clock_now();
}

uint64_t tri_task_round(void)
{
    return (uint64_t)tri_machine_current()->processor->polled_ns;
}
