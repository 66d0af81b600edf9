/*
 * limits.c - the defaults, equal to those of config/keys.def.
 */
#include "server/http/limits.h"

#include "server/base/clock.h"

#define KIB 1024

struct tri_limits tri_limits_default(void)
{
    return (struct tri_limits){
        .head_bytes = 16 * KIB,
        .target_bytes = 8 * KIB,
        .header_count = 100,
        .body_bytes = (uint64_t)KIB * KIB * KIB,
        .arena_bytes = 256 * KIB,
        .output_bytes = 64 * KIB,
        .drain_bytes = 256 * KIB,
        .requests_per_connection = 0,
        .connections = 10000,
        .rate_bytes = 256,
        .head_ns = 10 * TRI_SECOND,
        .body_ns = 30 * TRI_SECOND,
        .write_ns = 30 * TRI_SECOND,
        .idle_ns = 60 * TRI_SECOND,
        .linger_ns = 2 * TRI_SECOND,
    };
}
