/*
 * test_cpus.c - quotas of both cgroup versions, read from a tree made for the purpose.
 */
#include "server/base/cpus.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

struct file {
    const char *path;
    const char *text;
};

struct tree {
    const char *claim;
    struct file files[6];
    unsigned cpus;
};

static const struct tree trees[] = {
    {"nothing at all", {{0}}, 0},
    {"v2 without a limit",
     {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "max 100000\n"}},
     0},
    {"v2 whole",
     {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "200000 100000\n"}},
     2},
    {"v2 rounds up",
     {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "200001 100000\n"}},
     3},
    {"v2 below one is one",
     {{"/proc/self/cgroup", "0::/a\n"}, {"/sys/fs/cgroup/a/cpu.max", "1000 100000\n"}},
     1},
    {"v2 parent is stricter",
     {{"/proc/self/cgroup", "0::/a/b\n"},
      {"/sys/fs/cgroup/a/b/cpu.max", "800000 100000\n"},
      {"/sys/fs/cgroup/a/cpu.max", "300000 100000\n"}},
     3},
    {"v2 child is stricter",
     {{"/proc/self/cgroup", "0::/a/b\n"},
      {"/sys/fs/cgroup/a/b/cpu.max", "200000 100000\n"},
      {"/sys/fs/cgroup/a/cpu.max", "max 100000\n"},
      {"/sys/fs/cgroup/cpu.max", "400000 100000\n"}},
     2},
    {"v2 path outside the container's mount",
     {{"/proc/self/cgroup", "0::/host/slice\n"}, {"/sys/fs/cgroup/cpu.max", "400000 100000\n"}},
     4},
    {"v1 unlimited",
     {{"/proc/self/cgroup", "3:cpu,cpuacct:/\n"},
      {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
      {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}},
     0},
    {"v1 quota, found among other controllers",
     {{"/proc/self/cgroup", "9:memory:/m\n5:cpuset:/s\n3:cpuacct,cpu:/d/x\n0::/\n"},
      {"/sys/fs/cgroup/cpu/d/x/cpu.cfs_quota_us", "150000\n"},
      {"/sys/fs/cgroup/cpu/d/x/cpu.cfs_period_us", "100000\n"}},
     2},
    {"cpuset is not cpu",
     {{"/proc/self/cgroup", "5:cpuset:/\n"},
      {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000\n"},
      {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}},
     0},
    {"garbage is no limit",
     {{"/proc/self/cgroup", "no colons\n0::/\n"}, {"/sys/fs/cgroup/cpu.max", "lots\n"}},
     0},
};

static void write_file(const char *root, const struct file *file)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s%s", root, file->path);
    for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *stream = fopen(path, "w");
    cr_assert(ne(ptr, stream, NULL), "%s", path);
    fputs(file->text, stream);
    fclose(stream);
}

TestSuite(base_cpus, .timeout = 20);

Test(base_cpus, quota_is_the_smallest_of_all_levels)
{
    for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
        char root[] = "/tmp/tri-cpus-XXXXXX";
        char sweep[64];
        cr_assert(ne(ptr, mkdtemp(root), NULL));
        for (const struct file *file = trees[i].files; file->path; file++)
            write_file(root, file);
        unsigned cpus = tri_cpus_quota(root);
        snprintf(sweep, sizeof(sweep), "rm -r %s", root);
        cr_expect(eq(int, system(sweep), 0));
        cr_expect(eq(uint, cpus, trees[i].cpus), "%s", trees[i].claim);
    }
}

Test(base_cpus, affinity_mask_limits)
{
    cpu_set_t one;
    cr_assert(ge(uint, tri_cpus_usable(), 1));
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    cr_assert(eq(int, sched_setaffinity(0, sizeof(one), &one), 0));
    cr_assert(eq(uint, tri_cpus_usable(), 1));
}
