/*
 * landing.h - how a thread waits between two requests: in the very recv(2) that brings the next.
 *
 * Why: a ppoll(2) before each recv is what exact deadlines cost, a third system call beside the
 * two that a request needs. Between requests the deadline is known long before and the same each
 * time, so the socket itself can be told, once: SO_RCVTIMEO. What comes lands on the stack of the
 * waiting thread, which holds no workspace meanwhile, and is handed to the next step.
 *
 * The kernel rounds such a time-out up, by an eighth of it at most (its timer wheel), so recv is
 * given three quarters of the idle time and ppoll the rest: a deadline stays exact.
 *
 * Used by nobody's first request, so that a connection for one request never pays for it.
 */
#pragma once

#include "server/core/conn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRI_LANDING_BYTES 1024 /* a request without a body fits */

struct tri_landing { /* one for each connection, on its thread's stack */
    char bytes[TRI_LANDING_BYTES];
    size_t len; /* that have landed and were not handed over yet */
};

/*
 * Grant `wish` by waiting in recv(2), if it is one for the next request.
 *   now_ns   when the wish was made
 *   returns  false: it was not granted, or not yet: wait in ppoll(2); true: step again
 */
bool tri_landing_wait(struct tri_landing *landing, struct tri_conn *conn, struct tri_wish wish,
                      int64_t now_ns);

/* Hand what has landed to the step that follows. */
void tri_landing_hand_over(struct tri_landing *landing, struct tri_conn *conn,
                           struct tri_workspace *workspace);
