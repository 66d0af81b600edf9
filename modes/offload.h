/*
 * offload.h - a few threads that run blocking handlers, so that a loop need not.
 *
 * The remedy that every event loop ends up with (libuv, nginx): a bounded queue in, a list of
 * finished jobs out, and a word to the loop that there is one.
 *
 * A handler that waits (http/straight.h) is stepped by its thread, in ppoll(2) beside a bell.
 *
 * Threads: submit, finished and close are called by the loop's thread; `notify` is called by a
 * worker; wake by anyone.
 */
#pragma once

#include "server/base/list.h"

#include <stdbool.h>

struct tri_conn;
struct tri_offload; /* opaque */

struct tri_job {           /* embedded by its owner */
    struct tri_link link;  /* of the queue, or of the finished */
    struct tri_conn *conn; /* borrowed; not to be touched until the job is finished */
};

/* Up to `threads` threads, and room for `most` waiting jobs; NULL when out of memory. */
struct tri_offload *tri_offload_open(unsigned threads, unsigned most, void (*notify)(void *),
                                     void *notify_arg);

/*
 * Have a thread run job->conn's handler; false when the queue is full, or when not one thread
 * can be had.
 */
bool tri_offload_submit(struct tri_offload *offload, struct tri_job *job);

/* The next job that is done, or NULL. */
struct tri_job *tri_offload_finished(struct tri_offload *offload);

/* End the wait of the handler that runs for `job`, or of all handlers for NULL. */
void tri_offload_wake(struct tri_offload *offload, const struct tri_job *job);

/*
 * Stop. Jobs that have not begun are dropped. If a handler is still at work its thread is left to
 * the end of the process, and false is returned: `offload` and its job must then stay in memory.
 */
bool tri_offload_close(struct tri_offload *offload);
