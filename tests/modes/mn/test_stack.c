/*
 * test_stack.c - stacks are apart, guarded, capped, and give their memory back.
 */
#include "modes/mn/fiber.h" /* TRI_FIBER_ASAN */
#include "modes/mn/stack.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/error.h"

#define SLOT_BYTES 65536

TestSuite(mn_stack, .timeout = 20);

static struct tri_stacks stacks;
static struct tri_stack_cache cache;
static struct tri_error error;

static void open_stacks(uint32_t capacity, uint32_t keep)
{
    cr_assert(tri_stacks_init(&stacks, capacity, SLOT_BYTES, keep, &error), "%s", error.text);
}

static struct tri_stack take(void)
{
    struct tri_stack stack = tri_stacks_take(&stacks, &cache, &error);
    cr_assert(ne(ptr, stack.low, NULL), "%s", error.text);
    return stack;
}

/* Whether a child that writes one byte at `at` is killed for it; no sanitizer is to report that. */
static bool is_deadly(char *at)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        *(volatile char *)at = 1;
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static void assert_guarded(struct tri_stack stack)
{
    cr_assert(not(is_deadly(stack.low)));
    cr_assert(not(is_deadly(stack.low + stack.bytes - 1)));
    cr_assert(is_deadly(stack.low - 1));
    cr_assert(is_deadly(stack.low - (SLOT_BYTES - stack.bytes)));
}

Test(mn_stack, faults_below_its_lowest_byte)
{
    open_stacks(4, 4);
    take();
    assert_guarded(take());
    tri_stacks_deinit(&stacks);
}

Test(mn_stack, faults_there_on_older_kernels_too)
{
    open_stacks(4, 4);
    stacks.guard_by_mprotect = true;
    take();
    assert_guarded(take());
    tri_stacks_deinit(&stacks);
}

Test(mn_stack, stays_guarded_after_its_memory_was_given_back)
{
    open_stacks(4, 0);
    struct tri_stack stack = take();
    tri_stacks_put(&stacks, &cache, stack.low);
    tri_stacks_flush(&stacks, &cache);
    struct tri_stack again = take();
    cr_assert(eq(ptr, again.low, stack.low));
    assert_guarded(again);
    tri_stacks_deinit(&stacks);
}

Test(mn_stack, is_apart_from_all_others_and_ends_aligned)
{
    struct tri_stack taken[100];
    open_stacks(100, 100);
    for (int i = 0; i < 100; i++) {
        taken[i] = take();
        cr_assert(eq(sz, (size_t)(taken[i].low + taken[i].bytes) % 16, 0));
        memset(taken[i].low, i, taken[i].bytes);
    }
    for (int i = 0; i < 100; i++)
        for (size_t at = 0; at < taken[i].bytes; at += 512)
            cr_assert(eq(int, taken[i].low[at], i));
    tri_stacks_deinit(&stacks);
}

Test(mn_stack, given_back_last_is_lent_first)
{
    open_stacks(10, 10);
    struct tri_stack first = take(), second = take();
    tri_stacks_put(&stacks, &cache, first.low);
    tri_stacks_put(&stacks, &cache, second.low);
    cr_assert(eq(ptr, take().low, second.low));
    cr_assert(eq(ptr, take().low, first.low));
    tri_stacks_deinit(&stacks);
}

Test(mn_stack, refuses_when_all_are_lent_and_lends_again_after)
{
    struct tri_stack taken[3];
    open_stacks(3, 3);
    for (int i = 0; i < 3; i++)
        taken[i] = take();
    cr_assert(eq(ptr, tri_stacks_take(&stacks, &cache, &error).low, NULL));
    cr_assert(ne(ptr, strstr(error.text, "all 3 are in use"), NULL), "%s", error.text);
    tri_stacks_put(&stacks, &cache, taken[1].low);
    cr_assert(eq(ptr, take().low, taken[1].low));
    tri_stacks_deinit(&stacks);
}

Test(mn_stack, lends_each_once_when_many_go_through_the_pool)
{
    enum { COUNT = 300 };
    static struct tri_stack taken[COUNT];
    static bool seen[COUNT];
    open_stacks(COUNT, 10);
    for (int i = 0; i < COUNT; i++)
        taken[i] = take();
    for (int i = 0; i < COUNT; i++)
        tri_stacks_put(&stacks, &cache, taken[i].low);
    cr_assert(le(u32, cache.count, TRI_STACK_CACHE));
    for (int i = 0; i < COUNT; i++) {
        size_t number = (size_t)(take().low - stacks.base) / SLOT_BYTES;
        cr_assert(not(seen[number]), "%zu", number);
        seen[number] = true;
    }
    cr_assert(eq(ptr, tri_stacks_take(&stacks, &cache, &error).low, NULL));
    tri_stacks_deinit(&stacks);
}

Test(mn_stack, returns_memory_beyond_what_is_kept)
{
    open_stacks(2, 1);
    struct tri_stack kept = take(), trimmed = take();
    kept.low[100] = trimmed.low[100] = 'x';
    tri_stacks_put(&stacks, &cache, trimmed.low); /* flushed in the order of last in, first out */
    tri_stacks_put(&stacks, &cache, kept.low);
    tri_stacks_flush(&stacks, &cache);
    cr_assert(eq(ptr, take().low, kept.low));
    cr_assert(eq(ptr, take().low, trimmed.low));
    cr_assert(eq(int, kept.low[100], 'x'));
    cr_assert(eq(int, trimmed.low[100], 0));
    tri_stacks_deinit(&stacks);
}

#if !defined(TRI_FIBER_ASAN) /* it needs mappings of its own */
Test(mn_stack, names_the_sysctl_when_the_kernel_has_no_more_mappings)
{
    enum { MANY = 60000 };
    FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
    long most = 0;
    struct tri_stack stack;
    uint32_t taken = 0;
    if (file) {
        cr_assert(eq(int, fscanf(file, "%ld", &most), 1));
        fclose(file);
    }
    if (most == 0 || most > MANY * 2L)
        cr_skip_test("vm.max_map_count is %ld", most);
    cr_assert(tri_stacks_init(&stacks, MANY, SLOT_BYTES, 0, &error), "%s", error.text);
    stacks.guard_by_mprotect = true;
    while ((stack = tri_stacks_take(&stacks, &cache, &error)).low)
        taken++;
    tri_stacks_deinit(&stacks);
    cr_assert(gt(u32, taken, (uint32_t)most / 4));
    cr_assert(ne(ptr, strstr(error.text, "vm.max_map_count"), NULL), "%s", error.text);
}
#endif
