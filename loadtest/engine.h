/*
 * engine.h - a run from beginning to end: processes, threads, intervals, the account of it.
 */
#pragma once

#include "loadtest/plan.h"
#include "loadtest/result.h"

struct tri_error;

/* How far it is, for a display; told about 20 times a second. */
struct tri_progress {
    int64_t elapsed_ns, whole_ns; /* warm-up included; whole_ns 0: until the requests are done */
    bool is_opening, is_warming;
    uint32_t open, wanted; /* connections */
    uint32_t in_flight;
    const struct tri_result *result; /* as far as it is there */
};

struct tri_observer {
    void *context;
    void (*progress)(void *context, const struct tri_progress *progress); /* may be NULL */
    void (*interval)(void *context, const struct tri_interval *interval); /* may be NULL */
};

/*
 * Do what the plan says.
 *   watch     whom to watch, or NULL
 *   returns   NULL with an error when there was no measuring at all; otherwise the caller's result
 *   signals   SIGINT and SIGTERM end the measuring early; a second one ends the program (130)
 */
struct tri_result *tri_engine_run(const struct tri_plan *plan, const struct tri_watch *watch,
                                  const struct tri_observer *observer, struct tri_error *error);

/* How many processes the descriptors ask for. */
unsigned tri_engine_processes(const struct tri_plan *plan, unsigned descriptors);
