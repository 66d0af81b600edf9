/*
 * marks.h - how deep each handler goes: a high-water mark of stack use by name.
 *
 *     low                                                  high
 *     | painted, painted, painted | used, and left | in use |
 *                                 ^ what a look finds       ^ its caller's frames
 *
 * The free part of a stack is painted with a pattern. A look finds the lowest word that is painted
 * no longer, notes its distance from the top under a name, and paints again. Whoever looks before
 * and after a call learns what that call used: the figure is the distance from the top of the
 * stack to the lowest byte that was written between the two looks, the frames above the call
 * included, since all of it has to fit. It is at least the depth of the look itself. Room that was
 * reserved and not written does not count.
 *
 * What it costs: a look reads the unused part, and each stack has all its memory for good. It is
 * for finding out which --stack-size suffices, not for production.
 *
 * Threads: a look is at the caller's own stack; the table is atomic, and nothing is allocated.
 */
#pragma once

#include "modes/mn/stack.h"

#include <stdatomic.h>

#define TRI_MARKS 64 /* names; what comes after them is not noted */

struct tri_marks { /* zero-initialised is valid */
    struct {
        _Atomic(const char *) name; /* borrowed; NULL from here on: free */
        atomic_size_t bytes;
    } of[TRI_MARKS];
};

/*
 * Look at the caller's own stack, and paint it again.
 *   stack  the one that the caller runs on
 *   name   of static text, the same pointer each time; NULL to paint only
 */
void tri_marks_look(struct tri_marks *marks, struct tri_stack stack, const char *name);

/* Log one line for each name: event=stack_use handler=hello bytes=3120 of=61440 */
void tri_marks_log(struct tri_marks *marks, size_t stack_bytes);
