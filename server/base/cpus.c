/*
 * cpus.c - CPUs as the kernel will let us use them, not as the machine has them.
 *
 * Why: a container with a quota of one CPU on a 64-core machine should not start 64 workers. A
 * limit may sit on the cgroup itself or on any parent, and inside a container the path that
 * /proc names may not exist below the mount; files that are missing therefore mean "no limit here".
 */
#include "server/base/cpus.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/fd.h"

#define FILE_BYTES 4096 /* /proc/self/cgroup of a process in every v1 hierarchy is about 1 KiB */
#define MASK_CPUS_MOST 65536

/* A small file's text, cut at `room`; false when it cannot be read. */
static bool read_text(char *text, size_t room, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, room - 1);
    tri_fd_close(&fd);
    if (len < 0)
        return false;
    text[len] = '\0';
    return true;
}

static unsigned smaller(unsigned a, unsigned b) /* where 0 stands for "no limit" */
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static unsigned quota_cpus(long long quota_us, long long period_us)
{
    if (quota_us <= 0 || period_us <= 0)
        return 0;
    long long cpus = (quota_us - 1) / period_us + 1;
    return cpus > UINT_MAX ? 0 : (unsigned)cpus;
}

/* The limit of one cgroup directory, in whichever version's files it has. */
static unsigned quota_of(const char *directory)
{
    char path[PATH_MAX + 32];
    char text[64];
    long long quota_us = -1;
    long long period_us = 0;
    snprintf(path, sizeof(path), "%s/cpu.max", directory);
    if (read_text(text, sizeof(text), path)) { /* "150000 100000" or "max 100000" */
        if (sscanf(text, "%lld %lld", &quota_us, &period_us) != 2)
            return 0;
        return quota_cpus(quota_us, period_us);
    }
    snprintf(path, sizeof(path), "%s/cpu.cfs_quota_us", directory);
    if (!read_text(text, sizeof(text), path))
        return 0;
    quota_us = strtoll(text, NULL, 10);
    snprintf(path, sizeof(path), "%s/cpu.cfs_period_us", directory);
    if (!read_text(text, sizeof(text), path))
        return 0;
    period_us = strtoll(text, NULL, 10);
    return quota_cpus(quota_us, period_us);
}

/* The smallest limit from mount + cgroup up to the mount itself. */
static unsigned quota_upwards(const char *root, const char *mount, const char *cgroup)
{
    char directory[PATH_MAX];
    int len = snprintf(directory, sizeof(directory), "%s%s%s", root, mount, cgroup);
    size_t top = strlen(root) + strlen(mount);
    unsigned least = 0;
    if (len < 0 || (size_t)len >= sizeof(directory))
        return 0;
    for (;;) {
        least = smaller(least, quota_of(directory));
        char *slash = strrchr(directory, '/');
        if (!slash || (size_t)(slash - directory) < top)
            return least;
        *slash = '\0';
    }
}

static bool names_cpu(const char *controllers)
{
    size_t len = strcspn(controllers, ",");
    while (!(len == 3 && strncmp(controllers, "cpu", 3) == 0)) {
        if (controllers[len] == '\0')
            return false;
        controllers += len + 1;
        len = strcspn(controllers, ",");
    }
    return true;
}

unsigned tri_cpus_quota(const char *root)
{
    char path[PATH_MAX];
    char text[FILE_BYTES];
    unsigned least = 0;
    snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
    if (!read_text(text, sizeof(text), path))
        return 0;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *controllers = strchr(line, ':'); /* "0::/path" or "4:cpu,cpuacct:/path" */
        char *cgroup = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!cgroup)
            continue;
        controllers++;
        *cgroup++ = '\0';
        if (controllers[0] == '\0')
            least = smaller(least, quota_upwards(root, "/sys/fs/cgroup", cgroup));
        else if (names_cpu(controllers))
            least = smaller(least, quota_upwards(root, "/sys/fs/cgroup/cpu", cgroup));
    }
    return least;
}

/* CPUs of the affinity mask; the mask is grown until the kernel's fits. */
static unsigned affinity_cpus(void)
{
    for (int cpus = CPU_SETSIZE; cpus <= MASK_CPUS_MOST; cpus *= 2) {
        cpu_set_t *mask = CPU_ALLOC((size_t)cpus);
        size_t bytes = CPU_ALLOC_SIZE((size_t)cpus);
        if (!mask)
            return 1;
        int failed = sched_getaffinity(0, bytes, mask);
        int os = errno;
        int usable = failed ? 0 : CPU_COUNT_S(bytes, mask);
        CPU_FREE(mask);
        if (!failed)
            return usable > 0 ? (unsigned)usable : 1;
        if (os != EINVAL)
            return 1;
    }
    return 1;
}

unsigned tri_cpus_usable(void)
{
    return smaller(affinity_cpus(), tri_cpus_quota(""));
}
