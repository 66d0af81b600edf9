/*
 * merge.h - the tallies of all workers, brought together by interval.
 *
 * Workers hand over at about the same time, not at the same: a few intervals are open at once, and
 * one is closed when every worker has passed it.
 */
#pragma once

#include "loadtest/engine.h"

#define TRI_MERGE_OPEN 4 /* intervals that may be open at once */

struct tri_merge {
    const struct tri_plan *plan;            /* borrowed */
    struct tri_result *result;              /* borrowed: intervals and the total go there */
    struct tri_tally *open[TRI_MERGE_OPEN]; /* owned */
    uint64_t first;                         /* number of the oldest open interval */
    uint32_t workers;
    int64_t passed_ns[TRI_WORKERS_MAX]; /* by worker, from the begin of the measuring */
    struct tri_watch_sample sample;     /* the last one, for the next interval closed */
    bool has_sample;
    uint32_t connections; /* open now */
};

bool tri_merge_init(struct tri_merge *merge, const struct tri_plan *plan, uint32_t workers,
                    struct tri_result *result);
void tri_merge_deinit(struct tri_merge *merge);

/* Take a tally of a worker; `until_ns` from the begin of the measuring, 0 or less: before it. */
void tri_merge_add(struct tri_merge *merge, uint32_t worker, const struct tri_tally *tally,
                   int64_t until_ns);

/* Close what all have passed; `all`: whatever is left. Each closed one is told to the observer. */
void tri_merge_close(struct tri_merge *merge, bool all, const struct tri_observer *observer);
