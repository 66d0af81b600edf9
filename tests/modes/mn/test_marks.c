/*
 * test_marks.c - the greatest depth of each name is known, to within what the looks need.
 */
#include "modes/mn/fiber.h"
#include "modes/mn/marks.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/list.h"

TestSuite(mn_marks, .timeout = 20);

enum { STACK_BYTES = 65536, SLACK_BYTES = 4096 };

static struct tri_marks marks;
static struct tri_fiber host;

struct digger {
    struct tri_fiber fiber;
    struct tri_stack stack;
    void (*dig)(struct tri_stack stack);
};

static size_t most(const char *name)
{
    for (unsigned i = 0; i < TRI_MARKS; i++)
        if (atomic_load(&marks.of[i].name) == name)
            return atomic_load(&marks.of[i].bytes);
    return 0;
}

static void entry(struct tri_fiber *fiber)
{
    struct digger *digger = TRI_CONTAINER(fiber, struct digger, fiber);
    tri_marks_look(&marks, digger->stack, NULL);
    digger->dig(digger->stack);
    tri_fiber_exit(fiber, &host);
}

/* Run `dig` on a stack of its own, full of what others left. */
static void run(void (*dig)(struct tri_stack stack))
{
    struct digger digger = {.dig = dig};
    digger.stack.low = aligned_alloc(4096, STACK_BYTES);
    digger.stack.bytes = STACK_BYTES;
    cr_assert(ne(ptr, digger.stack.low, NULL));
    memset(digger.stack.low, 0xa5, STACK_BYTES);
    tri_fiber_adopt(&host);
    tri_fiber_init(&digger.fiber, digger.stack.low, STACK_BYTES, entry);
    tri_fiber_switch(&host, &digger.fiber);
    tri_fiber_deinit(&digger.fiber);
    free(digger.stack.low);
}

/* Write `bytes` of stack at least; no sanitizer is to move the frames elsewhere. */
__attribute__((noinline, no_sanitize("address"))) static int use(int bytes)
{
    volatile char piece[1024];
    for (size_t i = 0; i < sizeof(piece); i++)
        piece[i] = (char)bytes;
    return (bytes > 1024 ? use(bytes - 1024) : 0) + piece[17];
}

static const char shallow[] = "shallow", deep[] = "deep", after[] = "after";

static void assert_about(const char *name, size_t bytes)
{
    size_t found = most(name);
    cr_assert(found >= bytes && found < bytes + bytes / 4 + SLACK_BYTES, "%s: %zu for %zu", name,
              found, bytes);
}

static void one_after_the_other(struct tri_stack stack)
{
    use(4096);
    tri_marks_look(&marks, stack, shallow);
    use(32768);
    tri_marks_look(&marks, stack, deep);
    use(1024);
    tri_marks_look(&marks, stack, after);
}

Test(mn_marks, tells_the_depth_of_each_call_apart)
{
    run(one_after_the_other);
    assert_about(shallow, 4096);
    assert_about(deep, 32768);
    assert_about(after, 1024);
}

static void deep_then_shallow(struct tri_stack stack)
{
    use(16384);
    tri_marks_look(&marks, stack, deep);
    use(2048);
    tri_marks_look(&marks, stack, deep);
}

Test(mn_marks, keeps_the_greatest)
{
    run(deep_then_shallow);
    run(deep_then_shallow);
    assert_about(deep, 16384);
}

static void nothing(struct tri_stack stack)
{
    tri_marks_look(&marks, stack, after);
}

Test(mn_marks, forgets_who_had_the_stack_before)
{
    run(nothing);
    assert_about(after, 0);
    cr_assert(gt(sz, most(after), 0));
}

static char names[TRI_MARKS + 1][8];

static void many(struct tri_stack stack)
{
    for (int i = 0; i <= TRI_MARKS; i++)
        tri_marks_look(&marks, stack, names[i]);
}

Test(mn_marks, has_room_for_so_many_names_and_no_more)
{
    run(many);
    cr_assert(gt(sz, most(names[TRI_MARKS - 1]), 0));
    cr_assert(eq(sz, most(names[TRI_MARKS]), 0));
}
