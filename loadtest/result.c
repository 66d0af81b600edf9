/*
 * result.c - figures that follow from what was counted; see result.h.
 */
#include "loadtest/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct tri_result *tri_result_new(void)
{
    struct tri_result *result = calloc(1, sizeof(*result));
    if (result) {
        tri_tally_init(&result->total);
        result->server_cpus_shared = -1;
    }
    return result;
}

void tri_result_free(struct tri_result *result)
{
    if (!result)
        return;
    for (uint32_t i = 0; i < result->interval_count; i++)
        free(result->intervals[i].buckets);
    free(result->intervals);
    free(result);
}

double tri_result_rate(const struct tri_result *result)
{
    uint64_t in_time = result->total.counts.responses - result->total.counts.late;
    return result->measured_ns > 0 ? (double)in_time * 1e9 / (double)result->measured_ns : 0;
}

void tri_result_faults(const struct tri_result *result, uint64_t faults[static TRI_FAULT_COUNT])
{
    for (int i = 0; i < TRI_FAULT_COUNT; i++)
        faults[i] = result->total.counts.faults[i] + result->opening.faults[i];
}

uint64_t tri_result_fault_count(const struct tri_result *result)
{
    return tri_counts_faults(&result->total.counts) + tri_counts_faults(&result->opening);
}

int64_t tri_result_cpu_ns(const struct tri_result *result)
{
    int64_t all_ns = 0;
    for (uint32_t i = 0; i < result->processes * result->threads; i++)
        all_ns += result->costs[i].cpu_ns;
    return all_ns;
}

int64_t tri_result_server_cpu_ns(const struct tri_result *result)
{
    return result->has_server ? result->server_last.cpu_ns - result->server_first.cpu_ns : 0;
}

bool tri_result_is_trusted(const struct tri_result *result)
{
    for (unsigned i = 0; i < result->finding_count; i++)
        if (result->findings[i].is_serious)
            return false;
    return true;
}

void tri_result_note(struct tri_result *result, const char *format, ...)
{
    va_list values;
    if (result->note_count == sizeof(result->notes) / sizeof(result->notes[0]))
        return;
    va_start(values, format);
    vsnprintf(result->notes[result->note_count++], sizeof(result->notes[0]), format, values);
    va_end(values);
}
