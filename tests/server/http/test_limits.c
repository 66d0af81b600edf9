/*
 * test_limits.c - the defaults make sense together.
 */
#include "server/http/limits.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_limits, .timeout = 5);

Test(http_limits, defaults_fit_each_other)
{
    struct tri_limits limits = tri_limits_default();
    cr_assert(lt(u32, limits.target_bytes, limits.head_bytes), "414 must come before 431");
    cr_assert(gt(u32, limits.arena_bytes, 4 * limits.head_bytes), "a full head must fit its arena");
    cr_assert(le(u64, limits.body_bytes, INT64_MAX));
    cr_assert(eq(u32, limits.requests_per_connection, 0));
    cr_assert(limits.header_count > 0 && limits.connections > 0 && limits.output_bytes > 0);
    cr_assert(limits.head_ns > 0 && limits.body_ns > 0 && limits.write_ns > 0);
    cr_assert(limits.idle_ns > 0 && limits.linger_ns > 0);
}
