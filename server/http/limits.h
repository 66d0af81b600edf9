/*
 * limits.h - how much of everything one client may use, and for how long.
 *
 * Every buffer, count and wait of the server is capped here. Each value is a setting of its own
 * (config/keys.def); exceeding one gives the status named beside it, or closes. Spans are
 * nanoseconds, 0 means "no deadline".
 */
#pragma once

#include <stdint.h>

struct tri_limits {
    /* sizes and counts */
    uint32_t head_bytes;              /* request line and fields: 431                         */
    uint32_t target_bytes;            /* request target: 414                                  */
    uint32_t header_count;            /* fields, and trailer fields: 431                      */
    uint64_t body_bytes;              /* one request body: 413                                */
    uint32_t arena_bytes;             /* memory of one exchange: 431 in the head, else 500    */
    uint32_t output_bytes;            /* replies gathered before a write; then back-pressure  */
    uint64_t drain_bytes;             /* unread body skipped to keep a connection; else close */
    uint32_t requests_per_connection; /* then close; 0 = unlimited                            */
    uint32_t connections;             /* open at once per process: 503                        */
    uint32_t rate_bytes;              /* a second, least of a body or reply; 0 = any          */
    /* spans */
    int64_t handshake_ns; /* a TLS handshake, from accept on: close            */
    int64_t head_ns;      /* first byte (or accept) to the end of the head: 408   */
    int64_t body_ns;      /* for a body before the rate counts, and without a byte: 408 */
    int64_t write_ns;     /* the same for a client that takes the reply: close    */
    int64_t idle_ns;      /* between requests: close                              */
    int64_t linger_ns;    /* reading on after a final reply, RFC 9112 9.6         */
};

/* The defaults of config/keys.def, for tests. Every value is non-zero where zero means "none". */
struct tri_limits tri_limits_default(void);
