/*
 * test_audit.c - the self-check finds what is wrong, and does not cry when nothing is.
 */
#include "loadtest/audit.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"

TestSuite(loadtest_audit, .timeout = 10);

static struct tri_plan plan;

/* Ten seconds of 1,000 responses each, looked at often: 20 requests were in flight. */
static struct tri_result *open_result(int64_t service_ns, int64_t own_ns)
{
    struct tri_result *result = tri_result_new();
    cr_assert(result != NULL);
    result->measured_ns = 10 * TRI_SECOND;
    result->total.counts.responses = 10000;
    result->looks = 200;
    result->concurrency = 20;
    tri_histogram_add_many(&result->total.service, service_ns, 10000);
    tri_histogram_add_many(&result->total.response, service_ns, 10000);
    if (own_ns)
        tri_histogram_add_many(&result->total.own, own_ns, 10000);
    tri_audit(&plan, result);
    return result;
}

static bool finds(const struct tri_result *result, const char *text)
{
    for (unsigned i = 0; i < result->finding_count; i++)
        if (strstr(result->findings[i].text, text))
            return true;
    return false;
}

Test(loadtest_audit, own_delay_belongs_to_littles_law)
{
    for (int i = 0; i < 2; i++) {
        plan.close = i == 1;
        struct tri_result *result = open_result(20 * TRI_MILLISECOND, 0);
        cr_assert(not(finds(result, "Little's law")));
        tri_result_free(result);
        result = open_result(12 * TRI_MILLISECOND, 8 * TRI_MILLISECOND);
        cr_assert(not(finds(result, "Little's law")));
        tri_result_free(result);
        result = open_result(12 * TRI_MILLISECOND, 0);
        cr_assert(finds(result, "20.0 requests were in flight, rate x latency says 12.0"));
        cr_assert(not(tri_result_is_trusted(result)));
        tri_result_free(result);
        result = open_result(20 * TRI_MILLISECOND, 8 * TRI_MILLISECOND);
        cr_assert(finds(result, "rate x latency says 28.0"));
        tri_result_free(result);
    }
}

Test(loadtest_audit, responses_without_a_stamp_are_remarked_upon)
{
    struct tri_result *result = open_result(20 * TRI_MILLISECOND, 0);
    result->total.counts.unstamped = 100;
    tri_audit(&plan, result);
    cr_assert(not(finds(result, "no usable time stamp")));
    result->total.counts.unstamped = 101;
    tri_audit(&plan, result);
    cr_assert(finds(result, "101 of 10000 responses had no usable time stamp"));
    cr_assert(tri_result_is_trusted(result));
    tri_result_free(result);
}

Test(loadtest_audit, where_a_thread_waited_for_a_cpu_is_said)
{
    static const char *const reasons[] = {NULL, "TLS"};
    static const char *const texts[] = {"that is in its own delay and its sends",
                                        "that is in the latencies"};
    for (int i = 0; i < 2; i++) {
        struct tri_result *result = tri_result_new();
        cr_assert(result != NULL);
        result->processes = result->threads = 1;
        result->costs[0] = (struct tri_worker_cost){.wall_ns = 1000, .run_delay_ns = 60};
        result->why_unstamped = reasons[i];
        tri_audit(&plan, result);
        cr_assert(finds(result, texts[i]));
        tri_result_free(result);
    }
}
