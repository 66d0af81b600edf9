/*
 * fiber.h - a flow of control with a stack of its own: start it, leave it, come back to it.
 *
 * Why own assembly: ucontext pays two system calls per switch for the signal mask (160 ns); this
 * switch takes 5 ns, half of them for the floating-point control words. A fiber knows nothing of
 * scheduling; who runs when is the scheduler's business.
 *
 *     machine's fiber (adopted)                  a coroutine's fiber (init)
 *          | switch(machine, coroutine) ------------> entry(coroutine)
 *          | <------------ switch(coroutine, machine) |
 *          | switch(machine, coroutine) ------------> |
 *          | <-------------- exit(coroutine, machine) |  its stack may be given back now
 *
 * Invariants: a fiber runs on one thread at a time, but may be resumed on another than it left,
 * so whoever switches must hold no address of a thread-local. Switches are announced to
 * AddressSanitizer and ThreadSanitizer when the build has them.
 */
#pragma once

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TRI_FIBER_ASAN 1
#elif __has_feature(thread_sanitizer)
#define TRI_FIBER_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define TRI_FIBER_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define TRI_FIBER_TSAN 1
#endif

struct tri_fiber {
    void *sp; /* its saved registers, on its own stack; meaningless while it runs */
#if defined(TRI_FIBER_ASAN)
    const void *low;        /* its stack, from the lowest byte        */
    size_t bytes;           /* its size                               */
    void *fake;             /* ASan's own frames of it, while it rests */
    struct tri_fiber *from; /* borrowed: who switched to it           */
#elif defined(TRI_FIBER_TSAN)
    void *tsan; /* owned unless adopted: ThreadSanitizer's idea of it */
#endif
};

typedef void tri_fiber_entry(struct tri_fiber *fiber);

/*
 * Prepare a fiber; the first switch to it calls entry(fiber).
 *   low, bytes  its stack, borrowed until the fiber has left by tri_fiber_exit(); the upper end
 *               must be aligned to 16
 *   entry       must not return: it ends with tri_fiber_exit()
 */
void tri_fiber_init(struct tri_fiber *fiber, void *low, size_t bytes, tri_fiber_entry *entry);

/* Give back what init took; the fiber does not run and never will again. */
void tri_fiber_deinit(struct tri_fiber *fiber);

/* Make the calling thread's own stack a fiber, so that one can switch away from it and back. */
void tri_fiber_adopt(struct tri_fiber *fiber);

/* Leave `from`, which must be running, for `to`. Returns when something switches to `from`. */
void tri_fiber_switch(struct tri_fiber *from, struct tri_fiber *to);

/* Leave `from` for good. */
_Noreturn void tri_fiber_exit(struct tri_fiber *from, struct tri_fiber *to);
