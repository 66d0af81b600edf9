/*
 * policy.h - what the configuration adds to replies, whoever makes them.
 *
 * Made once when the server starts; immutable, and outlives all connections.
 */
#pragma once

#include "server/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct tri_error_page { /* stands in for the plain sentence of an error */
    int status;
    struct tri_slice type, body;
};

struct tri_policy {
    struct tri_slice fields;        /* whole field lines, CRLF-ended: on every reply */
    struct tri_slice cache_control; /* value, for replies below 400 that say nothing themselves */
    const struct tri_error_page *errors;
    uint32_t error_count;
    const struct tri_policy *when_secure; /* in its place where TLS is spoken; NULL: itself */
};

/* `policy` may be NULL. */
static inline const struct tri_policy *tri_policy_for(const struct tri_policy *policy,
                                                      bool is_secure)
{
    return is_secure && policy && policy->when_secure ? policy->when_secure : policy;
}

/* The page for a status, or NULL; `policy` may be NULL. */
static inline const struct tri_error_page *tri_policy_page(const struct tri_policy *policy,
                                                           int status)
{
    for (uint32_t i = 0; policy && i < policy->error_count; i++)
        if (policy->errors[i].status == status)
            return &policy->errors[i];
    return NULL;
}
