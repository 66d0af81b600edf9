/*
 * handoff.c - a processor whose task blocks goes to another machine, so that nobody else waits.
 *
 *     BUSY --its task is in a blocking handler for long--> AWAY --the task returns--> SPARE
 *      ^                                                                             |  |
 *      +--------------------------- given a processor ------------------------------+  +--> ENDED
 *                                                                         10 s unwanted
 *
 * A blocking handler that is short shall cost nothing, so its machine keeps the processor at first
 * and only leaves word: the processor's `claim`, a number of the visit and a state.
 *
 *     RUNNING --block()--> BLOCKING --unblock()---------------> RUNNING    the same machine
 *                          BLOCKING --monitor, second look--> TAKEN --> RUNNING    a spare one
 *
 * Who waits behind several handlers that all turn out to be long would wait a look for each. So
 * what was long lately is believed to be long again: after one was taken, the next ones leave at
 * once, until BELIEF of them in a row were short.
 *
 * Both ways out of BLOCKING are compare-and-swaps on the number that was found, so one of them
 * wins: a machine that comes back either keeps its processor or knows that it has none, and a
 * handler that returned and another that began between two looks are not taken for one.
 */
#include "modes/mn/machinery.h"

#include "modes/mn/hook.h"
#include "server/base/assert.h"
#include "server/base/clock.h"

#define SPARE_NS (10 * TRI_SECOND) /* a spare machine ends when not wanted for so long */

#define LONG_NS TRI_MILLISECOND /* as the monitor sees it */

enum { BELIEF = 16 };
enum { RUNNING, BLOCKING, TAKEN, STATE = 3, VISIT = 4 };

static bool is_stopped(struct tri_scheduler *scheduler)
{
    return atomic_load(&scheduler->phase) == TRI_SCHEDULER_STOPPED;
}

/* --- giving and getting; under scheduler->lock --- */

static void remove_spare(struct tri_scheduler *scheduler, const struct tri_machine *machine)
{
    struct tri_machine **at = &scheduler->spares;
    while (*at && *at != machine)
        at = &(*at)->next;
    if (*at)
        *at = machine->next;
}

static void set_away(struct tri_machine *machine)
{
    machine->state = TRI_MACHINE_AWAY;
    atomic_fetch_add(&machine->scheduler->away, 1);
}

static void give_to_spare(struct tri_scheduler *scheduler, struct tri_processor *processor)
{
    struct tri_machine *spare = scheduler->spares;
    scheduler->spares = spare->next;
    spare->processor = processor;
    spare->state = TRI_MACHINE_BUSY;
    processor->holder = spare;
    pthread_cond_signal(&spare->given);
}

bool tri_machine_await_processor(struct tri_machine *machine)
{
    struct tri_scheduler *scheduler = machine->scheduler;
    int64_t until_ns = tri_clock_now() + SPARE_NS;
    struct timespec until = {until_ns / TRI_SECOND, until_ns % TRI_SECOND};
    int late = 0;

    tri_stacks_flush(&scheduler->stacks, &machine->stacks); /* others can use them meanwhile */
    pthread_mutex_lock(&scheduler->lock);
    if (machine->state == TRI_MACHINE_AWAY)
        atomic_fetch_sub(&scheduler->away, 1);
    if (!machine->processor) {
        machine->state = TRI_MACHINE_SPARE;
        machine->next = scheduler->spares;
        scheduler->spares = machine;
        while (!machine->processor && !late && !is_stopped(scheduler))
            late = pthread_cond_timedwait(&machine->given, &scheduler->lock, &until);
    }
    bool ends = !machine->processor || is_stopped(scheduler);
    if (ends) {
        remove_spare(scheduler, machine);
        machine->state = TRI_MACHINE_ENDED;
    }
    pthread_mutex_unlock(&scheduler->lock);
    return !ends;
}

/* --- the machine's side --- */

/* Give the processor away now. False: there is nobody to give it to. */
static bool leave(struct tri_machine *machine)
{
    struct tri_scheduler *scheduler = machine->scheduler;
    bool given = false;
    pthread_mutex_lock(&scheduler->lock);
    if (is_stopped(scheduler)) {
        /* who stops them counts on it that nobody goes away now */
    } else if (scheduler->spares) {
        give_to_spare(scheduler, machine->processor);
        given = true;
    } else {
        given = tri_machine_start(scheduler, machine->processor);
    }
    if (given) {
        machine->processor = NULL;
        set_away(machine);
    }
    pthread_mutex_unlock(&scheduler->lock);
    return given;
}

/* Leave word in the claim. False: the end has come meanwhile, and nobody shall block any more. */
static bool leave_word(struct tri_machine *machine)
{
    struct tri_processor *processor = machine->processor;
    unsigned visit = (atomic_load(&processor->claim) & ~(unsigned)STATE) + VISIT;
    unsigned claim = visit | BLOCKING;
    machine->claim = claim;
    atomic_store(&processor->claim, claim);
    if (is_stopped(
            machine->scheduler) && /* before tri_processor_abandon() could see it, or after */
        atomic_compare_exchange_strong(&processor->claim, &claim, visit | RUNNING)) {
        machine->claim = RUNNING;
        return false;
    }
    return true;
}

bool tri_task_block(struct tri_task *task, bool at_once)
{
    struct tri_machine *machine = tri_machine_current();
    struct tri_scheduler *scheduler = machine->scheduler;
    const struct tri_scheduler_plan *plan = &task->home->scheduler->plan;
    if (!plan->handoff) /* nobody takes it, but who stops the scheduler has to know */
        return leave_word(machine);
    if (at_once)
        return leave(machine);
    if (atomic_load_explicit(&scheduler->away, memory_order_relaxed) >= plan->spares)
        return false;
    if (atomic_load_explicit(&scheduler->expects_long, memory_order_relaxed) > 0 &&
        leave(machine)) {
        machine->left_ns = tri_clock_now();
        return true;
    }
    if (!leave_word(machine))
        return false;
    tri_monitor_call(scheduler);
    return true;
}

/* A handler that was believed to be long is back. */
static void learn(struct tri_scheduler *scheduler, int64_t took_ns)
{
    if (took_ns >= LONG_NS)
        atomic_store(&scheduler->expects_long, BELIEF);
    else if (atomic_load(&scheduler->expects_long) > 0) /* roughly: others learn as well */
        atomic_fetch_sub(&scheduler->expects_long, 1);
}

void tri_task_unblock(struct tri_task *task)
{
    struct tri_machine *machine = tri_machine_current();
    struct tri_processor *processor = machine->processor;
    unsigned left = machine->claim;
    machine->claim = RUNNING;
    if (machine->left_ns > 0)
        learn(machine->scheduler, tri_clock_now() - machine->left_ns);
    machine->left_ns = 0;
    tri_hook();
    if (processor && (left & STATE) == BLOCKING &&
        !atomic_compare_exchange_strong(&processor->claim, &left,
                                        (left & ~(unsigned)STATE) | RUNNING))
        machine->processor = NULL; /* taken */
    if (!machine->processor)
        tri_machine_switch(task, TRI_INTENT_RETURN);
}

/* --- the monitor's side --- */

/* Hand the processor over, if its claim still is `claim` and there is somebody. */
static void hand_over(struct tri_processor *processor, unsigned claim)
{
    struct tri_scheduler *scheduler = processor->scheduler;
    unsigned visit = claim & ~(unsigned)STATE;
    pthread_mutex_lock(&scheduler->lock);
    struct tri_machine *holder = processor->holder;
    bool can = !is_stopped(scheduler) && scheduler->spares;
    if (can && atomic_compare_exchange_strong(&processor->claim, &claim, visit | TAKEN)) {
        set_away(holder);
        atomic_store(&scheduler->expects_long, BELIEF);
        atomic_store(&processor->claim, visit | RUNNING);
        give_to_spare(scheduler, processor);
    }
    if (!is_stopped(scheduler) && !scheduler->spares)
        tri_machine_start(scheduler, NULL); /* it will be there at the next look, if it can be */
    pthread_mutex_unlock(&scheduler->lock);
}

bool tri_processor_look(struct tri_processor *processor)
{
    unsigned claim = atomic_load(&processor->claim);
    bool is_blocking = (claim & STATE) == BLOCKING;
    if (is_blocking && claim == processor->seen)
        hand_over(processor, claim);
    processor->seen = claim;
    return is_blocking;
}

void tri_processor_abandon(struct tri_processor *processor)
{
    unsigned claim = atomic_load(&processor->claim);
    if ((claim & STATE) == BLOCKING &&
        atomic_compare_exchange_strong(&processor->claim, &claim,
                                       (claim & ~(unsigned)STATE) | TAKEN))
        set_away(processor->holder);
}
