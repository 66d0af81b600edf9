/*
 * audit.c - the checks; see audit.h.
 */
#include "loadtest/audit.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "server/base/clock.h"

#define CPU_SERIOUS 0.95 /* of one CPU, by one thread */
#define CPU_REMARK 0.80
#define DELAY_SERIOUS 0.05  /* of the time, waiting for a CPU */
#define STEAL_SERIOUS 0.02  /* of all CPUs */
#define BUSY_SERIOUS 0.95   /* of all CPUs, when server and client share them */
#define LITTLE_SERIOUS 0.10 /* between the two ways to know the concurrency */
#define LITTLE_LOOKS 40     /* below that many the sampled one is a guess */
#define JUMP_SERIOUS_NS (20 * TRI_MILLISECOND)

static void find(struct tri_result *result, bool is_serious, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void find(struct tri_result *result, bool is_serious, const char *format, ...)
{
    va_list values;
    if (result->finding_count == TRI_FINDINGS_MAX)
        return;
    struct tri_finding *finding = &result->findings[result->finding_count++];
    finding->is_serious = is_serious;
    va_start(values, format);
    vsnprintf(finding->text, sizeof(finding->text), format, values);
    va_end(values);
}

static int64_t now_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * TRI_SECOND + now.tv_nsec;
}

static void read_ticks(uint64_t *all, uint64_t *steal, uint64_t *idle)
{
    uint64_t ticks[8] = {0};
    FILE *file = fopen("/proc/stat", "re");
    *all = *steal = *idle = 0;
    if (!file)
        return;
    int got = fscanf(
        file,
        "cpu %" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64,
        &ticks[0], &ticks[1], &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6], &ticks[7]);
    fclose(file);
    for (int i = 0; i < got; i++)
        *all += ticks[i];
    *idle = ticks[3] + ticks[4];
    *steal = ticks[7];
}

void tri_audit_clocks_begin(struct tri_audit_clocks *clocks)
{
    clocks->monotonic_ns = now_of(CLOCK_MONOTONIC);
    clocks->real_ns = now_of(CLOCK_REALTIME);
    clocks->boot_ns = now_of(CLOCK_BOOTTIME);
    read_ticks(&clocks->ticks_all, &clocks->ticks_steal, &clocks->ticks_idle);
}

void tri_audit_clocks_end(const struct tri_audit_clocks *clocks, struct tri_result *result)
{
    struct tri_audit_clocks now;
    tri_audit_clocks_begin(&now);
    int64_t elapsed_ns = now.monotonic_ns - clocks->monotonic_ns;
    result->clock_jump_ns = now.real_ns - clocks->real_ns - elapsed_ns;
    result->suspended_ns = now.boot_ns - clocks->boot_ns - elapsed_ns;
    double all = (double)(now.ticks_all - clocks->ticks_all);
    if (all <= 0)
        return;
    result->steal = (double)(now.ticks_steal - clocks->ticks_steal) / all;
    result->busy = 1 - (double)(now.ticks_idle - clocks->ticks_idle) / all;
}

static void check_cpu(const struct tri_plan *plan, struct tri_result *result)
{
    double most = 0, delay = 0;
    for (uint32_t i = 0; i < result->processes * result->threads; i++) {
        const struct tri_worker_cost *cost = &result->costs[i];
        if (cost->wall_ns <= 0)
            continue;
        most = fmax(most, (double)cost->cpu_ns / (double)cost->wall_ns);
        delay = fmax(delay, (double)cost->run_delay_ns / (double)cost->wall_ns);
    }
    if (plan->spin_ns > 0 && most > CPU_REMARK) /* in an open loop the pacing tells the rest */
        find(result, false, "a thread of tri-load used %.0f%% of a CPU, as --spin wants it%s",
             most * 100,
             tri_plan_is_open(plan) ? "" : ": whether that limits the rate cannot be told");
    else if (most > CPU_SERIOUS)
        find(result, true,
             "a thread of tri-load used %.0f%% of a CPU: it may be what limits the rate "
             "(try more --threads)",
             most * 100);
    else if (most > CPU_REMARK)
        find(result, false, "a thread of tri-load used %.0f%% of a CPU", most * 100);
    if (delay > DELAY_SERIOUS)
        find(result, true,
             "a thread of tri-load was ready but without a CPU for %.1f%% of the time: that is in "
             "%s",
             delay * 100, result->why_unstamped ? "the latencies" : "its own delay and its sends");
}

static void check_pacing(struct tri_result *result)
{
    const struct tri_histogram *pacing = &result->total.pacing;
    int64_t late_ns = tri_histogram_quantile(pacing, 0.99);
    int64_t usual_ns = tri_histogram_quantile(&result->total.service, 0.5);
    int64_t allowed_ns = usual_ns > TRI_MILLISECOND ? usual_ns : TRI_MILLISECOND;
    if (pacing->total && late_ns > allowed_ns)
        find(result, true, "1%% of the sends were %.2f ms late by our own fault",
             (double)late_ns / 1e6);
}

/*
 * Concurrency = throughput x latency; the one is looked at, the other follows from the times. For
 * us a request is in flight until we have read its response: our own delay belongs to it.
 */
static void check_little(const struct tri_plan *plan, struct tri_result *result)
{
    double seconds = (double)result->measured_ns / 1e9;
    const struct tri_histogram *times = &result->total.service;
    if (plan->close) /* requests in flight include their connecting */
        times = &result->total.response;
    double sum_s = (times->sum_ns + result->total.own.sum_ns) / 1e9;
    double expected = sum_s / (seconds > 0 ? seconds : 1);
    if (result->looks < LITTLE_LOOKS || result->total.counts.responses < 1000)
        return;
    if (result->concurrency < 8 && expected < 8)
        return; /* the few looks at so few requests prove nothing */
    double off = fabs(expected - result->concurrency) / fmax(result->concurrency, expected);
    bool is_censored = result->unfinished + result->unsent > result->total.counts.responses / 100;
    if (off > LITTLE_SERIOUS && !is_censored && tri_result_fault_count(result) == 0)
        find(result, true,
             "Little's law does not hold: %.1f requests were in flight, rate x latency says %.1f",
             result->concurrency, expected);
}

/* A jump of the wall clock makes a few such; what ends with its connection has no stamp at all. */
static void check_stamps(struct tri_result *result)
{
    const struct tri_counts *counts = &result->total.counts;
    if (counts->unstamped > counts->responses / 100)
        find(result, false,
             "%" PRIu64 " of %" PRIu64 " responses had no usable time stamp of the kernel: their "
             "times end when they had been read",
             counts->unstamped, counts->responses);
}

static void check_machine(struct tri_result *result)
{
    if (result->clock_jump_ns > JUMP_SERIOUS_NS || result->clock_jump_ns < -JUMP_SERIOUS_NS)
        find(result, true, "the wall clock was set by %.3f s meanwhile",
             (double)result->clock_jump_ns / 1e9);
    if (result->suspended_ns > JUMP_SERIOUS_NS)
        find(result, true, "the machine slept for %.3f s meanwhile",
             (double)result->suspended_ns / 1e9);
    if (result->steal > STEAL_SERIOUS)
        find(result, true, "the hypervisor took %.1f%% of the CPU time", result->steal * 100);
    if (result->server_cpus_shared > 0) {
        bool is_crowded = result->busy > BUSY_SERIOUS;
        find(result, is_crowded,
             "server and tri-load may use the same %.0f CPUs, and all CPUs were %.0f%% busy%s",
             result->server_cpus_shared, result->busy * 100,
             is_crowded ? ": each has slowed the other (try taskset)" : "");
    }
}

void tri_audit(const struct tri_plan *plan, struct tri_result *result)
{
    check_cpu(plan, result);
    check_pacing(result);
    check_little(plan, result);
    check_stamps(result);
    check_machine(result);
    if (result->unsent)
        find(result, false,
             "%" PRIu64 " scheduled requests found no free connection before the end (try more "
             "--connections)",
             result->unsent);
}
