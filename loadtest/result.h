/*
 * result.h - what came of a run.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "loadtest/tally.h"
#include "loadtest/watch.h"

/* What is kept of an interval; times run from the begin of the measuring. */
struct tri_interval {
    int64_t from_ns, until_ns;
    struct tri_counts counts;
    int64_t p50_ns, p90_ns, p99_ns, p999_ns, max_ns; /* response time */
    double mean_ns;
    struct tri_bucket *buckets; /* owned: response time */
    uint32_t bucket_count;
    uint32_t open; /* connections at its end */
    bool has_server;
    struct tri_watch_sample server; /* at its end */
};

/* What a thread of ours cost while it measured. */
struct tri_worker_cost {
    int64_t wall_ns, cpu_ns, run_delay_ns; /* run_delay_ns -1: not known */
    uint64_t switches;
};

struct tri_finding {
    bool is_serious; /* the result is not to be trusted; otherwise a remark */
    char text[240];
};

#define TRI_FINDINGS_MAX 16

struct tri_result {
    bool is_open_loop;
    bool was_interrupted;
    int64_t began_unix_ns;
    int64_t measured_ns;            /* from the end of the warm-up to the end */
    int64_t opening_ns;             /* it took to make the connections beforehand */
    struct tri_tally total;         /* of the measured time */
    struct tri_counts opening;      /* of the time before it: faults are listed, too */
    struct tri_interval *intervals; /* owned */
    uint32_t interval_count, interval_room;
    uint64_t unfinished, unsent;
    int64_t oldest_ns;
    uint32_t open_most; /* connections */
    uint32_t processes, threads;
    struct tri_worker_cost costs[256];
    const char *why_unstamped; /* why times end when we had read; NULL: they end at the arrival */
    double concurrency;        /* requests in flight, looked at 20 times a second */
    uint32_t looks;
    int64_t clock_jump_ns;     /* of the wall clock against the monotonic one */
    int64_t suspended_ns;      /* the machine slept */
    double steal, busy;        /* shares of all CPUs, by the hypervisor and by everybody */
    double server_cpus_shared; /* CPUs that server and client may both use; -1: not known */
    bool has_server;
    struct tri_watch_sample server_first, server_last, server_peak;
    char first_fault[160];
    char notes[4][200]; /* what was decided on the way and has to be said */
    unsigned note_count;
    struct tri_finding findings[TRI_FINDINGS_MAX];
    unsigned finding_count;
};

/* On the heap; NULL without memory. */
struct tri_result *tri_result_new(void);
void tri_result_free(struct tri_result *result);

/* Responses within the measured time, a second. */
double tri_result_rate(const struct tri_result *result);
/* Everything that went wrong, the time before the measuring included. */
void tri_result_faults(const struct tri_result *result, uint64_t faults[static TRI_FAULT_COUNT]);
uint64_t tri_result_fault_count(const struct tri_result *result);
/* CPU of all our threads, and of the server while it was watched. */
int64_t tri_result_cpu_ns(const struct tri_result *result);
int64_t tri_result_server_cpu_ns(const struct tri_result *result);
bool tri_result_is_trusted(const struct tri_result *result);

void tri_result_note(struct tri_result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
