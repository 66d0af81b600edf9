/*
 * phases.h - where a worker is in its run. Called by worker.c, on the worker's thread.
 */
#pragma once

#include "loadtest/worker.h"

/* Queue all connections for opening; with --close they are opened request by request. */
void tri_phases_open(struct tri_worker *worker);

/* Time zero, the end, and what comes between; false when everything is over. */
bool tri_phases_pass(struct tri_worker *worker, int64_t now_ns);

/* Count what is in flight and will not be waited for. */
void tri_phases_close(struct tri_worker *worker, int64_t now_ns);
