/*
 * refusal.h - a client's fault as an answer: the status, one sentence, and the rule it broke.
 *
 * A refusal ends the connection: after a message that cannot be trusted, nothing behind it can be
 * (RFC 9112 11.2). All text is static: raw input is never echoed.
 */
#pragma once

#include <stdbool.h>

struct tri_refusal {
    int status;         /* 0: nothing refused */
    const char *reason; /* a sentence without a full stop; static */
    const char *rfc;    /* "RFC 9112 3.2", or "" when a limit of ours; static */
};

/* Fill *refusal; returns false, so that a check can refuse and return in one line. */
static inline bool tri_refuse(struct tri_refusal *refusal, int status, const char *reason,
                              const char *rfc)
{
    *refusal = (struct tri_refusal){status, reason, rfc};
    return false;
}
