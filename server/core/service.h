/*
 * service.h - what all connections of one process share.
 *
 * Everything but the two atomics is immutable once serving has begun, so it needs no lock.
 */
#pragma once

#include "server/http/limits.h"

#include <stdatomic.h>
#include <stdbool.h>

struct tri_hosts;

struct tri_service {
    struct tri_limits limits;
    const struct tri_hosts *hosts; /* borrowed; outlives all connections */
    atomic_bool draining;          /* finish what is open, keep nothing alive */
    atomic_uint open;              /* connections open now */
};

static inline bool tri_service_is_draining(const struct tri_service *service)
{
    return atomic_load_explicit(&service->draining, memory_order_relaxed);
}
