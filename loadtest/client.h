/*
 * client.h - one connection of a worker: connect, ask, read, begin again.
 */
#pragma once

#include "loadtest/worker.h"

/* Connect, when its turn has come. */
void tri_client_open(struct tri_worker *worker, struct tri_client *client, int64_t now_ns);

/* Open those whose turn has come, as many as may connect at once. */
void tri_client_open_next(struct tri_worker *worker, int64_t now_ns);

/* Something happened on its descriptor. */
void tri_client_event(struct tri_worker *worker, struct tri_client *client, uint32_t events);

/* The time of its entry in the agenda has come. */
void tri_client_due(struct tri_worker *worker, struct tri_client *client, int64_t now_ns);

/* Give it its first work at time zero. */
void tri_client_start(struct tri_worker *worker, struct tri_client *client, int64_t now_ns);

/* Begin a request that was meant for `intended_ns`, and send what can be sent of it. */
void tri_client_begin(struct tri_worker *worker, struct tri_client *client, int64_t intended_ns,
                      int64_t now_ns);

/* Whether it waits for longer than it may; then the request or the connection has failed. */
void tri_client_check(struct tri_worker *worker, struct tri_client *client, int64_t now_ns);

/* Send on free connections what the schedule wants sent by now. */
void tri_worker_dispatch(struct tri_worker *worker, int64_t now_ns);
