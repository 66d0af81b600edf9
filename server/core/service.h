/*
 * service.h - what all connections of one process share.
 *
 * Everything but the atomics is immutable once serving has begun, so it needs no lock; the
 * table of clients has locks of its own. A mode sets `wake` before it serves.
 */
#pragma once

#include "server/base/ip.h"
#include "server/http/limits.h"
#include "server/http/policy.h"

#include <stdatomic.h>
#include <stdbool.h>

#define TRI_TURNED_AWAY_MAX 64 /* connections beyond limits.connections that are still told 503 */

struct tri_clients;
struct tri_conn;
struct tri_handler;
struct tri_hosts;

struct tri_service {
    struct tri_limits limits;
    const struct tri_hosts *hosts;     /* borrowed; outlives all connections */
    const struct tri_policy *policy;   /* borrowed or NULL: for replies without a route */
    struct tri_clients *clients;       /* borrowed or NULL: nobody is counted */
    const struct tri_network *trusted; /* borrowed: whose word on their clients counts */
    uint32_t trusted_count;
    /*
     * Called on the stack of each call of a handler, before it with NULL and after it with the
     * handler; NULL in all but measurements.
     */
    void (*around)(struct tri_conn *conn, const struct tri_handler *handler);
    /*
     * Set by the mode when it starts: have this connection stepped soon, or end the wait of its
     * blocking handler. From any thread, while its exchange is open; it never waits.
     */
    void (*wake)(struct tri_conn *conn);
    uint16_t https_port;  /* plain requests are sent there; 0: they are answered */
    bool proxy_protocol;  /* trusted peers begin with a PROXY header */
    atomic_bool draining; /* finish what is open, keep nothing alive */
    atomic_uint open;     /* connections open now */
    atomic_uint seated; /* of these, those that were not turned away: limits.connections at most */
};

static inline bool tri_service_is_draining(const struct tri_service *service)
{
    return atomic_load_explicit(&service->draining, memory_order_relaxed);
}

/* Are so many being turned away that those who are told should go at once? */
static inline bool tri_service_is_crowded(const struct tri_service *service)
{
    unsigned open = atomic_load_explicit(&service->open, memory_order_relaxed);
    unsigned seated = atomic_load_explicit(&service->seated, memory_order_relaxed);
    return open > seated + TRI_TURNED_AWAY_MAX / 2;
}

/* Is this peer one whose PROXY header and X-Forwarded-For are believed? */
static inline bool tri_service_trusts(const struct tri_service *service, const struct tri_ip *peer)
{
    for (uint32_t i = 0; i < service->trusted_count; i++)
        if (tri_network_holds(&service->trusted[i], peer))
            return true;
    return false;
}
