/*
 * overflow.c - telling an overflow from other faults, in a signal handler.
 *
 * What the handler calls is async-signal-safe, and it allocates nothing: all but the handler's name
 * is composed beforehand. It looks the coroutine up by its stack among all tasks, since nobody is
 * in a hurry any more; so nothing needs to be noted while all is well.
 */
#include "modes/mn/overflow.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "modes/mn/machinery.h"

enum { ALTERNATE_BYTES = 32768 }; /* the line, and room for the registers of wide vectors */

static const int signals[] = {SIGSEGV, SIGBUS};
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static _Atomic(struct tri_scheduler *) watched;
static struct sigaction before[SIGNALS]; /* what _open replaced */
static char advice[96];                  /* the end of the line */

/* The lowest usable byte of the stack whose guard `at` is in, or NULL. */
static char *overflown(const struct tri_stacks *stacks, const char *at)
{
    if (at < stacks->base || at >= stacks->base + stacks->capacity * stacks->slot_bytes)
        return NULL;
    size_t offset = (size_t)(at - stacks->base);
    if (offset % stacks->slot_bytes >= stacks->page_bytes)
        return NULL;
    return stacks->base + offset / stacks->slot_bytes * stacks->slot_bytes + stacks->page_bytes;
}

static const char *name_of_user(struct tri_scheduler *scheduler, const char *low)
{
    const char *name = NULL;
    for (uint32_t i = 0; scheduler->plan.name && i < scheduler->fresh; i++) {
        struct tri_task *task = tri_scheduler_task(scheduler, i);
        if (task->stack == low)
            name = scheduler->plan.name(task);
    }
    return name ? name : "none";
}

/* Returning repeats the fault, under the action that is set by then. */
static void on_fault(int number, siginfo_t *info, void *context)
{
    struct tri_scheduler *scheduler = atomic_load(&watched);
    const char *low = scheduler ? overflown(&scheduler->stacks, info->si_addr) : NULL;
    (void)context;
    if (!low) {
        sigaction(number, &before[number == signals[0] ? 0 : 1], NULL);
        return;
    }
    const char *const fields[] = {" handler=", name_of_user(scheduler, low), advice, NULL};
    tri_log_last_words("stack_overflow", fields);
    sigaction(number, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
}

void tri_overflow_open(struct tri_scheduler *scheduler)
{
    const struct tri_stacks *stacks = &scheduler->stacks;
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    snprintf(advice, sizeof(advice), " stack_bytes=%zu hint=\"raise --stack-size (now %zuKiB)\"",
             stacks->slot_bytes - stacks->page_bytes, stacks->slot_bytes / 1024);
    if (atomic_exchange(&watched, scheduler))
        return; /* the handler is there already */
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &action, &before[i]);
}

void tri_overflow_close(struct tri_scheduler *scheduler)
{
    if (!atomic_compare_exchange_strong(&watched, &scheduler, NULL))
        return;
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &before[i], NULL);
}

void *tri_overflow_enter(void)
{
    stack_t present;
    if (sigaltstack(NULL, &present) != 0 || !(present.ss_flags & SS_DISABLE))
        return NULL; /* a sanitizer's, which it frees itself */
    stack_t alternate = {.ss_sp = malloc(ALTERNATE_BYTES), .ss_size = ALTERNATE_BYTES};
    if (!alternate.ss_sp || sigaltstack(&alternate, NULL) != 0) {
        free(alternate.ss_sp);
        return NULL;
    }
    return alternate.ss_sp;
}

void tri_overflow_leave(void *alternate)
{
    if (!alternate)
        return;
    sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
    free(alternate);
}
