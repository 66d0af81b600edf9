/*
 * overflow.h - the last words of a process whose coroutine has outgrown its stack.
 *
 *     ... error mode=mn pid=71 event=stack_overflow handler=cpu stack_bytes=61440
 *                                                  hint="raise --stack-size (now 64KiB)"
 *
 * (one line). Then the fault takes its course: the process dies by the signal, with a core if those
 * are allowed. Any other fault goes to whoever handled it before, a sanitizer perhaps, as if nobody
 * had looked.
 *
 * Why an alternate stack: the fault says that there is no room on the one in use.
 *
 * Limits: a single frame larger than a page may reach past the guard into a neighbour; compile
 * handlers with -fstack-clash-protection where that matters. Kernel threads' stacks (mode threads)
 * are not looked after.
 *
 * Threads: one scheduler is watched at a time, the last that was opened.
 */
#pragma once

struct tri_scheduler;

/* Watch the stacks of a scheduler (borrowed until _close); before its threads start. */
void tri_overflow_open(struct tri_scheduler *scheduler);

/* Faults are nobody's business any more; nothing if another scheduler is watched by now. */
void tri_overflow_close(struct tri_scheduler *scheduler);

/*
 * The calling thread will run coroutines: give it an alternate stack, unless it has one.
 *   returns  owned memory for tri_overflow_leave(); NULL when it needs none, or there is none, and
 *            an overflow then ends the process without a word
 */
void *tri_overflow_enter(void);

/* The calling thread ends. */
void tri_overflow_leave(void *alternate);
