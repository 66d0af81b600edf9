/*
 * audit.h - whether this program was in a state to measure anything.
 *
 * Each check either finds nothing, leaves a remark, or says that the result is not to be trusted,
 * with the figure that it goes by. What is checked: CPU of our own threads, their wait for a CPU,
 * lateness of our sends, Little's law, jumps of the clocks, time stolen by a hypervisor, and
 * whether server and client had to share CPUs that were all busy.
 */
#pragma once

#include "loadtest/plan.h"
#include "loadtest/result.h"

/* Clocks and CPU time of the whole machine when the run began. */
struct tri_audit_clocks {
    int64_t monotonic_ns, real_ns, boot_ns;
    uint64_t ticks_all, ticks_steal, ticks_idle;
};

void tri_audit_clocks_begin(struct tri_audit_clocks *clocks);
void tri_audit_clocks_end(const struct tri_audit_clocks *clocks, struct tri_result *result);

/* Fill result->findings. */
void tri_audit(const struct tri_plan *plan, struct tri_result *result);
