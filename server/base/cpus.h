/*
 * cpus.h - how many CPUs this process may really use.
 */
#pragma once

/* The affinity mask, cut down to the cgroup v2/v1 CPU quota (rounded up); at least 1. */
unsigned tri_cpus_usable(void);

/*
 * The smallest CPU quota among this process's cgroups and their parents.
 *   root     what to put before /proc and /sys: "" but for tests
 *   returns  whole CPUs, rounded up; 0 when there is no quota
 */
unsigned tri_cpus_quota(const char *root);
