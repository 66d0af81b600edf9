/*
 * fiber.c - the C around the switch: the first frame, and word to the sanitizers.
 *
 * ASan keeps the bounds of the running stack and, with use-after-return checks, frames beside
 * it; both must change with the stack. It tells the arriving side the bounds of the stack that
 * was left, which is how an adopted thread's bounds become known. TSan keeps one vector clock per
 * fiber; it is told immediately before the switch, in the frame that switches.
 */
#include "modes/mn/fiber.h"

#include <stdint.h>
#include <string.h>

#if defined(TRI_FIBER_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#elif defined(TRI_FIBER_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

#include "server/base/assert.h"

/* switch_<architecture>.S */
void tri_fiber_swap(void **save_sp, void *load_sp);
void tri_fiber_start(void);

/* What a resting fiber's sp points at; the switch files say the same. */
#if defined(__x86_64__)
struct frame {
    uint32_t mxcsr;
    uint16_t x87_control, unused;
    uintptr_t r15, r14, r13, r12, rbx, rbp, rip;
};
_Static_assert(sizeof(struct frame) == 64, "switch_x86_64.S knows this layout");
#elif defined(__aarch64__)
struct frame {
    uintptr_t x19, x20, x21, x22, x23, x24, x25, x26, x27, x28, x29, x30;
    uint64_t d8_to_d15[8], fpcr, unused;
};
_Static_assert(sizeof(struct frame) == 176, "switch_aarch64.S knows this layout");
#else
#error "mode mn has a stack switch for x86-64 and aarch64 only: see modes/mn/switch_*.S"
#endif

/*
 * `from` is about to be left for `to`; `keep` is NULL when it is for good. Always inlined: TSan
 * counts calls and returns per fiber, and a call that returned on the other would unbalance both.
 */
__attribute__((always_inline)) static inline void announce(struct tri_fiber *from,
                                                           struct tri_fiber *to, void **keep)
{
#if defined(TRI_FIBER_ASAN)
    to->from = from;
    __sanitizer_start_switch_fiber(keep, to->low, to->bytes);
#elif defined(TRI_FIBER_TSAN)
    __tsan_switch_to_fiber(to->tsan, 0);
    (void)from, (void)keep;
#else
    (void)from, (void)to, (void)keep;
#endif
}

/* `fiber` runs now; `fake` is what its leaving kept, NULL at its start. */
__attribute__((always_inline)) static inline void arrived(struct tri_fiber *fiber, void *fake)
{
#if defined(TRI_FIBER_ASAN)
    __sanitizer_finish_switch_fiber(fake, &fiber->from->low, &fiber->from->bytes);
#else
    (void)fiber, (void)fake;
#endif
}

static void enter(struct tri_fiber *fiber, tri_fiber_entry *entry)
{
    arrived(fiber, NULL);
    entry(fiber);
    tri_assert_failed("an entry ends with tri_fiber_exit()", __FILE__, __LINE__);
}

void tri_fiber_init(struct tri_fiber *fiber, void *low, size_t bytes, tri_fiber_entry *entry)
{
    char *top = (char *)low + bytes;
    struct frame *frame = (struct frame *)(void *)(top - sizeof(*frame));

    tri_assert(((uintptr_t)top & 15) == 0);
#if defined(TRI_FIBER_ASAN)
    __asan_unpoison_memory_region(low, bytes); /* frames abandoned by its last user */
    *fiber = (struct tri_fiber){.low = low, .bytes = bytes};
#elif defined(TRI_FIBER_TSAN)
    fiber->tsan = __tsan_create_fiber(0);
#endif
    memset(frame, 0, sizeof(*frame)); /* a frame pointer of 0 ends the chain */
#if defined(__x86_64__)
    frame->mxcsr = 0x1f80; /* the state that the psABI gives a new process */
    frame->x87_control = 0x037f;
    frame->rbx = (uintptr_t)enter;
    frame->r12 = (uintptr_t)fiber;
    frame->r13 = (uintptr_t)entry;
    frame->rip = (uintptr_t)tri_fiber_start;
#elif defined(__aarch64__)
    frame->x19 = (uintptr_t)fiber;
    frame->x20 = (uintptr_t)entry;
    frame->x21 = (uintptr_t)enter;
    frame->x30 = (uintptr_t)tri_fiber_start;
#endif
    fiber->sp = frame;
}

void tri_fiber_deinit(struct tri_fiber *fiber)
{
#if defined(TRI_FIBER_TSAN)
    __tsan_destroy_fiber(fiber->tsan);
#endif
    fiber->sp = NULL;
}

void tri_fiber_adopt(struct tri_fiber *fiber)
{
    *fiber = (struct tri_fiber){0};
#if defined(TRI_FIBER_TSAN)
    fiber->tsan = __tsan_get_current_fiber();
#endif
}

void tri_fiber_switch(struct tri_fiber *from, struct tri_fiber *to)
{
#if defined(TRI_FIBER_ASAN)
    announce(from, to, &from->fake);
    tri_fiber_swap(&from->sp, to->sp);
    arrived(from, from->fake);
#else
    announce(from, to, NULL);
    tri_fiber_swap(&from->sp, to->sp);
#endif
}

_Noreturn void tri_fiber_exit(struct tri_fiber *from, struct tri_fiber *to)
{
    announce(from, to, NULL);
    tri_fiber_swap(&from->sp, to->sp);
    tri_assert_failed("a fiber that left for good stays away", __FILE__, __LINE__);
}
