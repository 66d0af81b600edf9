/*
 * client_parts.h - what the files of a connection call of each other. Private to client*.c.
 *
 * All of it runs on the worker's thread. Whatever may lose the connection says so: afterwards it
 * may be CLOSED, or already CONNECTING again, and its requests are gone.
 */
#pragma once

#include "loadtest/client.h"
#include "server/base/clock.h"

#define TRI_CLIENT_BACKOFF_NS (100 * TRI_MILLISECOND) /* after a connection that answered nothing  \
                                                       */

/* The nth pending request, from the oldest on. */
static inline struct tri_pending *tri_client_pending(const struct tri_worker *worker,
                                                     struct tri_client *client, uint32_t nth)
{
    uint32_t at = client->first + nth;
    return &client->ring[at >= worker->plan->pipeline ? at - worker->plan->pipeline : at];
}

/* --- client_connect.c --- */

/* The connect that was under way has an outcome. May lose the connection. */
void tri_client_connected(struct tri_worker *worker, struct tri_client *client);
/* Go on with the handshake of TLS. May lose the connection. */
void tri_client_shake(struct tri_worker *worker, struct tri_client *client);
/* Be told at `due_ns`: see tri_client_due(). */
void tri_client_open_later(struct tri_worker *worker, struct tri_client *client, int64_t due_ns);
/* Close it; what it had asked for is forgotten, not counted. */
void tri_client_shut(struct tri_worker *worker, struct tri_client *client);
/* A connection of its kind is wanted again, now or after a moment. */
void tri_client_reopen(struct tri_worker *worker, struct tri_client *client, int64_t now_ns,
                       int64_t after_ns);
/* The connection is lost, and with it all requests on it: count them, and reopen it. */
void tri_client_fail(struct tri_worker *worker, struct tri_client *client, enum tri_fault fault,
                     int64_t now_ns);

/* --- client_send.c --- */

/* Put the next request of the cycle in its ring. */
void tri_client_add(struct tri_worker *worker, struct tri_client *client, int64_t intended_ns);
/* Hand to the kernel what it takes; the rest when there is room again. */
void tri_client_flush(struct tri_worker *worker, struct tri_client *client, int64_t now_ns);
/* So many bytes of the unwritten requests went to the kernel at `now_ns`. */
void tri_client_written(struct tri_worker *worker, struct tri_client *client, size_t bytes,
                        int64_t now_ns);
/* It can take requests: what the loop's shape gives it. */
void tri_client_refill(struct tri_worker *worker, struct tri_client *client, int64_t now_ns);
/* A pause between a response and the next request, at random within the plan's bounds. */
int64_t tri_client_think(struct tri_worker *worker);

/* --- client_slow.c --- */

/* Send the next piece, or have the next byte read, and come back in a while. */
void tri_client_drip(struct tri_worker *worker, struct tri_client *client, int64_t now_ns);

/* --- client_receive.c --- */

/* Read what there is. `has_hung_up`: read until the end, too. May lose the connection. */
void tri_client_receive(struct tri_worker *worker, struct tri_client *client, bool has_hung_up);
