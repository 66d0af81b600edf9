/*
 * test_fiber.c - a switch gives each side its own registers, rounding mode and stack back.
 */
#include "modes/mn/fiber.h"

#include <fenv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unwind.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define STACK_BYTES 65536

TestSuite(mn_fiber, .timeout = 20);

struct guest {
    struct tri_fiber fiber;
    struct tri_fiber *host;
    void *stack;
    long count;
    double quotient;
};

static struct tri_fiber host;

static struct guest *guest_of(struct tri_fiber *fiber)
{
    return (struct guest *)(void *)fiber; /* its first member */
}

static void open_guest(struct guest *guest, tri_fiber_entry *entry)
{
    memset(guest, 0, sizeof(*guest));
    guest->host = &host;
    guest->stack = aligned_alloc(4096, STACK_BYTES);
    tri_fiber_adopt(&host);
    tri_fiber_init(&guest->fiber, guest->stack, STACK_BYTES, entry);
}

static void close_guest(struct guest *guest)
{
    tri_fiber_deinit(&guest->fiber);
    free(guest->stack);
}

/* --- registers --- */

/* Fill all registers that a callee owns with rubbish. */
static inline void spoil_registers(void)
{
#if defined(__x86_64__)
    __asm__ volatile("mov $-1, %%rbx; mov $-1, %%r12; mov $-1, %%r13; mov $-1, %%r14;"
                     "mov $-1, %%r15" ::
                         : "rbx", "r12", "r13", "r14", "r15");
#elif defined(__aarch64__)
    __asm__ volatile("mov x19, #-1; mov x20, #-1; mov x21, #-1; mov x22, #-1; mov x23, #-1;"
                     "mov x24, #-1; mov x25, #-1; mov x26, #-1; mov x27, #-1; mov x28, #-1;"
                     "fmov d8, #1.0; fmov d9, #1.0; fmov d10, #1.0; fmov d11, #1.0;"
                     "fmov d12, #1.0; fmov d13, #1.0; fmov d14, #1.0; fmov d15, #1.0" ::
                         : "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28",
                           "d8", "d9", "d10", "d11", "d12", "d13", "d14", "d15");
#endif
}

static void spoil(struct tri_fiber *fiber)
{
    for (int i = 0; i < 3; i++) {
        spoil_registers();
        tri_fiber_switch(fiber, guest_of(fiber)->host);
    }
    tri_fiber_exit(fiber, guest_of(fiber)->host);
}

/* So many values live across the switch that every register a callee owns holds one. */
static __attribute__((noinline)) long carry(struct guest *guest, const volatile long *in,
                                            const volatile double *real)
{
    long a = in[0], b = in[1], c = in[2], d = in[3], e = in[4], f = in[5], g = in[6], h = in[7],
         i = in[8], j = in[9];
    double p = real[0], q = real[1], r = real[2], s = real[3], t = real[4], u = real[5],
           v = real[6], w = real[7];
    tri_fiber_switch(guest->host, &guest->fiber);
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j +
           (long)(p + 2 * q + 3 * r + 4 * s + 5 * t + 6 * u + 7 * v + 8 * w);
}

Test(mn_fiber, keeps_the_registers_that_a_callee_owns)
{
    const volatile long in[10] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3};
    const volatile double real[8] = {2, 7, 1, 8, 2, 8, 1, 8};
    struct guest guest;
    open_guest(&guest, spoil);
    for (int i = 0; i < 3; i++)
        cr_assert(eq(long, carry(&guest, in, real), 237 + 180));
    tri_fiber_switch(&host, &guest.fiber);
    close_guest(&guest);
}

/* --- floating point --- */

static volatile double one = 1, three = 3; /* read, so that no compiler divides ahead of time */

static __attribute__((noinline)) double divide(void)
{
    return one / three; /* SSE on x86-64 */
}

static void round_up(struct tri_fiber *fiber)
{
    struct guest *guest = guest_of(fiber);
    fesetround(FE_UPWARD);
    tri_fiber_switch(fiber, guest->host);
    guest->count = fegetround(); /* the x87 word on x86-64 */
    guest->quotient = divide();
    tri_fiber_exit(fiber, guest->host);
}

Test(mn_fiber, keeps_the_rounding_mode_of_each_side)
{
    struct guest guest;
    double nearest = divide();
    open_guest(&guest, round_up);
    tri_fiber_switch(&host, &guest.fiber);
    cr_assert(eq(int, fegetround(), FE_TONEAREST));
    cr_assert(divide() == nearest);
    tri_fiber_switch(&host, &guest.fiber);
    cr_assert(eq(long, guest.count, FE_UPWARD));
    cr_assert(guest.quotient > nearest);
    cr_assert(eq(int, fegetround(), FE_TONEAREST));
    close_guest(&guest);
}

/* --- stacks --- */

static void count_up(struct tri_fiber *fiber)
{
    for (int i = 0; i < 100000; i++) {
        guest_of(fiber)->count++;
        tri_fiber_switch(fiber, guest_of(fiber)->host);
    }
    tri_fiber_exit(fiber, guest_of(fiber)->host);
}

Test(mn_fiber, goes_on_where_it_left_a_hundred_thousand_times)
{
    struct guest guest;
    open_guest(&guest, count_up);
    for (long i = 1; i <= 100000; i++) {
        tri_fiber_switch(&host, &guest.fiber);
        cr_assert(eq(long, guest.count, i));
    }
    tri_fiber_switch(&host, &guest.fiber);
    close_guest(&guest);
}

static __attribute__((noinline)) long dig(struct tri_fiber *fiber, int depth)
{
    volatile unsigned char piece[1024];
    memset((void *)(uintptr_t)piece, depth, sizeof(piece));
    tri_fiber_switch(fiber, guest_of(fiber)->host);
    long below = depth > 0 ? dig(fiber, depth - 1) : 0;
    for (size_t i = 0; i < sizeof(piece); i++)
        below += piece[i] == depth ? 0 : 1;
    return below;
}

static void dig_down(struct tri_fiber *fiber)
{
    guest_of(fiber)->count = dig(fiber, 30);
    tri_fiber_exit(fiber, guest_of(fiber)->host);
}

Test(mn_fiber, uses_its_stack_in_depth_and_in_turn_with_others)
{
    struct guest guests[8];
    for (int i = 0; i < 8; i++)
        open_guest(&guests[i], dig_down);
    for (int turn = 0; turn < 32; turn++)
        for (int i = 0; i < 8; i++)
            tri_fiber_switch(&host, &guests[i].fiber);
    for (int i = 0; i < 8; i++) {
        cr_assert(eq(long, guests[i].count, 0), "bytes of guest %d changed", i);
        close_guest(&guests[i]);
    }
}

static void once(struct tri_fiber *fiber)
{
    volatile char scratch[4096];
    memset((void *)(uintptr_t)scratch, 1, sizeof(scratch));
    guest_of(fiber)->count = scratch[guest_of(fiber)->count % 4096];
    tri_fiber_exit(fiber, guest_of(fiber)->host);
}

Test(mn_fiber, leaves_a_stack_that_serves_the_next)
{
    struct guest guest;
    open_guest(&guest, once);
    for (int i = 0; i < 1000; i++) {
        tri_fiber_switch(&host, &guest.fiber);
        cr_assert(eq(long, guest.count, 1));
        tri_fiber_deinit(&guest.fiber);
        tri_fiber_init(&guest.fiber, guest.stack, STACK_BYTES, once);
    }
    close_guest(&guest);
}

/* --- debuggers and profilers --- */

static _Unwind_Reason_Code count_frame(struct _Unwind_Context *context, void *arg)
{
    long *frames = arg;
    (void)context;
    return ++*frames < 100 ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

static void unwind(struct tri_fiber *fiber)
{
    struct guest *guest = guest_of(fiber);
    if (_Unwind_Backtrace(count_frame, &guest->count) != _URC_END_OF_STACK)
        guest->count = -1;
    tri_fiber_exit(fiber, guest->host);
}

Test(mn_fiber, ends_for_unwinders_where_it_began)
{
    struct guest guest;
    open_guest(&guest, unwind);
    tri_fiber_switch(&host, &guest.fiber);
    cr_assert(gt(long, guest.count, 1));
    cr_assert(lt(long, guest.count, 10));
    close_guest(&guest);
}
