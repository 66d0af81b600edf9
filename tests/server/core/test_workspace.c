/*
 * test_workspace.c - what steps borrow: buffers of the right size, or none, and the date.
 */
#include "server/core/workspace.h"

#include <criterion/criterion.h>

#include "server/base/clock.h"
#include "wire.h"

TestSuite(core_workspace, .timeout = 30);

Test(core_workspace, has_room_for_one_read_and_for_the_output_that_is_allowed)
{
    struct tri_limits limits = tri_limits_default();
    limits.output_bytes = 12345;
    cr_assert(tri_workspace_init(&workspace, &limits));
    cr_assert(workspace.out.room == 12345 && workspace.out.len == 0);
    cr_assert(tri_buf_space(&workspace.in) == TRI_WORKSPACE_INPUT_BYTES);
    tri_workspace_deinit(&workspace);
    cr_assert(allocs_live == 0);
    tri_workspace_deinit(&workspace); /* twice is harmless */
}

Test(core_workspace, without_memory_keeps_none)
{
    struct tri_limits limits = tri_limits_default();
    for (alloc_fails_at = 1; !tri_workspace_init(&workspace, &limits); alloc_fails_at++) {
        cr_assert(alloc_fails_at < 10);
        cr_assert(allocs_live == 0, "failing %lu", alloc_fails_at);
        allocs = 0;
    }
    cr_assert(alloc_fails_at == 3, "two buffers, two allocations");
    tri_workspace_deinit(&workspace);
}

/* Not time(2), which lags behind by a tick of the kernel. */
static int64_t wall_seconds(void)
{
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    return wall.tv_sec % 86400;
}

/* Seconds since midnight in the Date text; -1 when it is none. */
static int seconds_of(struct tri_slice date)
{
    int h, m, s;
    if (date.len != 29 || sscanf(date.at + 16, " %2d:%2d:%2d GMT", &h, &m, &s) != 3)
        return -1;
    return h * 3600 + m * 60 + s;
}

Test(core_workspace, the_date_is_that_of_the_wall_to_the_second)
{
    struct tri_limits limits = tri_limits_default();
    cr_assert(tri_workspace_init(&workspace, &limits));
    for (int i = 0; i < 300; i++) { /* 3 s, so that the second turns while we look */
        int64_t before = wall_seconds();
        int64_t said = seconds_of(tri_workspace_date(&workspace, tri_clock_now()));
        int64_t after = wall_seconds();
        cr_assert(said >= 0);
        if (before <= after) /* not at midnight */
            cr_assert(said >= before && said <= after, "%d where %d to %d was expected", (int)said,
                      (int)before, (int)after);
        nanosleep(&(struct timespec){0, 10 * TRI_MILLISECOND}, NULL);
    }
    tri_workspace_deinit(&workspace);
}

Test(core_workspace, the_date_is_formatted_once_a_second)
{
    struct tri_limits limits = tri_limits_default();
    cr_assert(tri_workspace_init(&workspace, &limits));
    int64_t now = tri_clock_now();
    tri_workspace_date(&workspace, now);
    int64_t until = workspace.date_until_ns;
    cr_assert(until > now && until <= now + TRI_SECOND);
    workspace.date[0] = '?'; /* left alone until then */
    cr_assert(tri_workspace_date(&workspace, until - 1).at[0] == '?');
    cr_assert(tri_workspace_date(&workspace, until).at[0] != '?');
    tri_workspace_deinit(&workspace);
}
