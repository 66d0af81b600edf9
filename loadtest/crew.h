/*
 * crew.h - all workers of a run, as threads of this process or of several.
 *
 *     this process          thread 0, 1, ...                 one process is the rule
 *     child 0, child 1 ...  each with its own threads        where descriptors want several
 *
 * Why several: a process may open so many descriptors and no more. Boxes and the start lie in
 * memory that all share, so that gathering what they counted is the same in both cases.
 */
#pragma once

#include <sys/types.h>

#include "loadtest/tally.h"
#include "loadtest/worker.h"

struct tri_error;
struct tri_threads; /* those of one process */

/* In memory that all processes share. */
struct tri_shared {
    struct tri_start start;
    char fault[160]; /* of a child that could not begin */
    struct tri_box boxes[];
};

struct tri_crew {
    const struct tri_plan *plan; /* borrowed */
    struct tri_shared *shared;   /* owned: a mapping; a box for each worker */
    size_t shared_bytes;
    uint32_t processes, threads; /* threads of each process */
    uint32_t workers;            /* all of them */
    pid_t *children;             /* owned; 0: gone */
    struct tri_threads *own;     /* owned: the threads of this process, when it is the only one */
};

/* Boxes for all, empty; nobody runs yet. False with an error when there is no memory. */
bool tri_crew_init(struct tri_crew *crew, const struct tri_plan *plan, uint32_t processes,
                   uint32_t threads, struct tri_error *error);
/* Have all of them run; they connect, and wait for `shared->start.zero_ns`. */
bool tri_crew_start(struct tri_crew *crew, struct tri_error *error);
/* Whether a child has gone before its workers were done; the error says which. */
bool tri_crew_has_lost(struct tri_crew *crew, struct tri_error *error);
/* Stop those that still run, and wait for all. */
void tri_crew_end(struct tri_crew *crew);
void tri_crew_deinit(struct tri_crew *crew);
