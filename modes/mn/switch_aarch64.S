/*
 * switch_aarch64.S - leave one stack, go on upon another (AAPCS64).
 *
 *     void tri_fiber_swap(void **save_sp, void *load_sp);
 *
 * Saved are the registers a callee owns: x19-x28, x29, x30, sp, the low halves of v8-v15
 * (AAPCS64 6.1.2), and FPCR, so a fiber keeps its rounding mode; FPCR is written only when it
 * differs, since a write drains the pipeline of many cores. From the saved stack pointer upwards
 * (fiber.c builds the same):
 *
 *     0 x19-x28 | 80 x29 | 88 x30 | 96 d8-d15 | 160 fpcr | 168 unused
 *
 * The end is an indirect jump: a `ret` here always finds the other stack's address in the
 * return-stack predictor and is mispredicted each time.
 *
 * BTI, PAC, GCS: no .note.gnu.property is written, hence the linker marks no program that holds
 * this file as protected by them; return addresses that callers signed lie on their own stacks
 * and are checked there, against an unchanged sp.
 */
        .text
        .globl  tri_fiber_swap
        .hidden tri_fiber_swap
        .type   tri_fiber_swap, %function
        .p2align 4
tri_fiber_swap:
        .cfi_startproc
        sub     sp, sp, #176
        .cfi_adjust_cfa_offset 176
        stp     x19, x20, [sp, #0]
        stp     x21, x22, [sp, #16]
        stp     x23, x24, [sp, #32]
        stp     x25, x26, [sp, #48]
        stp     x27, x28, [sp, #64]
        stp     x29, x30, [sp, #80]
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        .cfi_rel_offset x19, 0
        .cfi_rel_offset x20, 8
        .cfi_rel_offset x21, 16
        .cfi_rel_offset x22, 24
        .cfi_rel_offset x23, 32
        .cfi_rel_offset x24, 40
        .cfi_rel_offset x25, 48
        .cfi_rel_offset x26, 56
        .cfi_rel_offset x27, 64
        .cfi_rel_offset x28, 72
        .cfi_rel_offset x29, 80
        .cfi_rel_offset x30, 88
        mrs     x9, fpcr
        str     x9, [sp, #160]

        mov     x10, sp
        str     x10, [x0]
        mov     sp, x1                  /* same layout, so the rules above stay true */

        ldr     x10, [sp, #160]
        cmp     x9, x10
        b.eq    1f
        msr     fpcr, x10
1:      ldp     x19, x20, [sp, #0]
        ldp     x21, x22, [sp, #16]
        ldp     x23, x24, [sp, #32]
        ldp     x25, x26, [sp, #48]
        ldp     x27, x28, [sp, #64]
        ldp     x29, x30, [sp, #80]
        ldp     d8, d9, [sp, #96]
        ldp     d10, d11, [sp, #112]
        ldp     d12, d13, [sp, #128]
        ldp     d14, d15, [sp, #144]
        .cfi_restore x19
        .cfi_restore x20
        .cfi_restore x21
        .cfi_restore x22
        .cfi_restore x23
        .cfi_restore x24
        .cfi_restore x25
        .cfi_restore x26
        .cfi_restore x27
        .cfi_restore x28
        .cfi_restore x29
        .cfi_restore x30
        add     sp, sp, #176
        .cfi_adjust_cfa_offset -176
        br      x30
        .cfi_endproc
        .size   tri_fiber_swap, .-tri_fiber_swap

/*
 * The first thing a fiber runs, on an empty and aligned stack: x21(x19, x20), which never
 * returns. An undefined x30 tells unwinders that nobody called.
 */
        .globl  tri_fiber_start
        .hidden tri_fiber_start
        .type   tri_fiber_start, %function
        .p2align 4
tri_fiber_start:
        .cfi_startproc
        .cfi_undefined x30
        mov     x0, x19
        mov     x1, x20
        blr     x21
        brk     #0
        .cfi_endproc
        .size   tri_fiber_start, .-tri_fiber_start

        .section .note.GNU-stack, "", %progbits
