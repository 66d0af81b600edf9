/*
 * watch.h - what a server and its children hold and use, read from /proc on our clock.
 *
 * Why here: memory and CPU taken by another program belong to another time. A sample costs one
 * look at /proc, and some more for each process of the tree; context switches stand in a file for
 * each thread, so with many threads they are read at the begin and the end only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct tri_error;

struct tri_watch_sample {
    uint32_t processes, threads;
    uint64_t rss_bytes, pss_bytes, vsz_bytes; /* pss 0: may not be read */
    int64_t cpu_ns;                           /* used since it began, by kernel ticks */
    bool has_switches;
    uint64_t voluntary, involuntary;
};

struct tri_watch {
    pid_t pid; /* the root of the tree; 0: nobody is watched */
    char name[32];
};

/* By number, or by the name of a running program (the oldest of that name). */
bool tri_watch_find(struct tri_watch *watch, const char *text, struct tri_error *error);
void tri_watch_pid(struct tri_watch *watch, pid_t pid);

/* False when nobody is there any more. `thoroughly`: count switches, however many threads. */
bool tri_watch_sample(const struct tri_watch *watch, struct tri_watch_sample *sample,
                      bool thoroughly);

/* Keep the greatest of each figure of a size. */
void tri_watch_peak(struct tri_watch_sample *peak, const struct tri_watch_sample *sample);

/* CPUs on which both this process and the watched one may run; -1: not known. */
int tri_watch_shared_cpus(const struct tri_watch *watch);
