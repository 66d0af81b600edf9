/*
 * offload.h - a few threads that run blocking handlers, so that a loop need not.
 *
 * The remedy that every event loop ends up with (libuv, nginx): a bounded queue in, and a word to
 * the loop about each job that is done.
 *
 * A handler that waits (http/straight.h) is stepped by its thread, in ppoll(2) beside a bell.
 *
 * Threads: submit and close are called by the loop's thread, wake by anyone, `done` by a worker.
 */
#pragma once

#include "server/base/list.h"

#include <stdbool.h>

struct tri_conn;
struct tri_offload; /* opaque */

struct tri_job {          /* embedded by its owner */
    struct tri_link link; /* of the queue; the owner's at other times */
};

/*
 * Up to `threads` threads, and room for `most` waiting jobs; NULL when out of memory.
 *   conn_of  the connection of a job, which is not to be touched until the job is done
 *   done     is told of each job that a handler has returned for; the job is its owner's again
 */
struct tri_offload *tri_offload_open(unsigned threads, unsigned most,
                                     struct tri_conn *(*conn_of)(struct tri_job *job),
                                     void (*done)(struct tri_job *job));

/*
 * Have a thread run the handler of the job's connection; false when the queue is full, or when not
 * one thread can be had.
 */
bool tri_offload_submit(struct tri_offload *offload, struct tri_job *job);

/* End the wait of the handler that runs for `job`, or of all handlers for NULL. */
void tri_offload_wake(struct tri_offload *offload, const struct tri_job *job);

/*
 * Stop. Jobs that have not begun are dropped. If a handler is still at work its thread is left to
 * the end of the process, and false is returned: `offload` and its job must then stay in memory.
 */
bool tri_offload_close(struct tri_offload *offload);
