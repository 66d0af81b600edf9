/*
 * marks.c - painting and looking, by a function that runs on the stack it paints.
 */
#include "modes/mn/marks.h"

#include <stdint.h>

#include "server/base/log.h"

#define PAINT UINT64_C(0x9e3779b97f4a7c15)

/* Below the frame that paints: its own locals and the red zone, with room to spare. */
enum { UNPAINTED_BYTES = 512 };

/*
 * The lowest word that is not painted; everything from there to the caller's frame is painted.
 * Calls nobody, and no sanitizer may watch it: it touches what belongs to no frame.
 */
__attribute__((noinline, no_sanitize("address", "thread", "undefined"))) static char *
look(struct tri_stack stack)
{
    char *frame = __builtin_frame_address(0);
    volatile uint64_t *at = (uint64_t *)(void *)stack.low;
    volatile uint64_t *end = (uint64_t *)(void *)(frame - UNPAINTED_BYTES);
    end = (volatile uint64_t *)((uintptr_t)end & ~(uintptr_t)7);
    while (at < end && *at == PAINT)
        at++;
    volatile uint64_t *lowest = at;
    for (; at < end; at++)
        *at = PAINT;
    return (char *)(uintptr_t)lowest;
}

static void note(struct tri_marks *marks, const char *name, size_t bytes)
{
    for (unsigned i = 0; i < TRI_MARKS; i++) {
        const char *there = NULL; /* the first of a name takes the entry */
        if (!atomic_compare_exchange_strong(&marks->of[i].name, &there, name) && there != name)
            continue;
        size_t most = atomic_load(&marks->of[i].bytes);
        while (bytes > most && !atomic_compare_exchange_weak(&marks->of[i].bytes, &most, bytes))
            continue;
        return;
    }
}

void tri_marks_look(struct tri_marks *marks, struct tri_stack stack, const char *name)
{
    size_t bytes = (size_t)(stack.low + stack.bytes - look(stack));
    if (name)
        note(marks, name, bytes);
}

void tri_marks_log(struct tri_marks *marks, size_t stack_bytes)
{
    for (unsigned i = 0; i < TRI_MARKS; i++) {
        const char *name = atomic_load(&marks->of[i].name);
        if (name)
            tri_log(TRI_LOG_INFO, "stack_use", " handler=%s bytes=%zu of=%zu", name,
                    atomic_load(&marks->of[i].bytes), stack_bytes);
    }
}
