/*
 * switch_x86_64.S - leave one stack, go on upon another (System V AMD64 ABI).
 *
 *     void tri_fiber_swap(void **save_sp, void *load_sp);
 *
 * Saved are the registers a callee owns: rbx, rbp, r12-r15, rsp, and the control parts of MXCSR
 * and the x87 word (psABI 3.2.3), so a fiber keeps its rounding mode. All others are the caller's
 * and dead across a call. From the saved stack pointer upwards (fiber.c builds the same):
 *
 *     0 mxcsr, 4 x87 control word | 8 r15 | 16 r14 | 24 r13 | 32 r12 | 40 rbx | 48 rbp | 56 rip
 *
 * The end is an indirect jump: a `ret` here always finds the other stack's address in the
 * return-stack predictor and is mispredicted each time (measured: 17 ns instead of 5).
 *
 * CET: no .note.gnu.property is written, hence the linker marks no program that holds this file
 * as ready for shadow stacks (which a switch would have to change too) or for indirect branch
 * tracking; `notrack` keeps the jump legal should the latter be forced.
 */
        .text
        .globl  tri_fiber_swap
        .hidden tri_fiber_swap
        .type   tri_fiber_swap, @function
        .p2align 4
tri_fiber_swap:
        .cfi_startproc
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbx, 0
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r12, 0
        pushq   %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r13, 0
        pushq   %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r14, 0
        pushq   %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r15, 0
        subq    $8, %rsp
        .cfi_adjust_cfa_offset 8
        stmxcsr (%rsp)
        fnstcw  4(%rsp)

        movq    %rsp, (%rdi)
        movq    %rsi, %rsp              /* same layout, so the rules above stay true */

        ldmxcsr (%rsp)
        fldcw   4(%rsp)
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        popq    %r15
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r15
        popq    %r14
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r14
        popq    %r13
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r13
        popq    %r12
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r12
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbx
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbp
        popq    %rcx
        .cfi_adjust_cfa_offset -8
        .cfi_register %rip, %rcx
        notrack jmp *%rcx
        .cfi_endproc
        .size   tri_fiber_swap, .-tri_fiber_swap

/*
 * The first thing a fiber runs, on an empty and aligned stack: rbx(r12, r13), which never
 * returns. An undefined rip tells unwinders that nobody called.
 */
        .globl  tri_fiber_start
        .hidden tri_fiber_start
        .type   tri_fiber_start, @function
        .p2align 4
tri_fiber_start:
        .cfi_startproc
        .cfi_undefined %rip
        .cfi_def_cfa %rsp, 0
        movq    %r12, %rdi
        movq    %r13, %rsi
        callq   *%rbx
        ud2
        .cfi_endproc
        .size   tri_fiber_start, .-tri_fiber_start

        .section .note.GNU-stack, "", @progbits
