/*
 * straight.h - calls that wait, for blocking handlers: the straight-line way to write what a step
 * handler writes as "call me again".
 *
 *     while ((got = tri_read(x, bytes, sizeof(bytes))) > 0)
 *         if (!tri_write(x, (struct tri_slice){bytes, (size_t)got}))
 *             break;
 *
 * Each call is a step handler of a few lines that is run to its end (straight.c), so body, limits,
 * deadlines and back-pressure are those of the step handlers. What waits meanwhile is the mode's
 * affair: the connection's thread, a parked coroutine, a thread of the loop's pool.
 *
 * x->now_ns and x->draining are as of the last call that waited.
 *
 * The caller may go on on another thread, so nothing thread-local may be kept across a call, errno
 * included. After a call has failed the client is gone or has been refused: return soon; what the
 * handler replies then is not sent. Only for handlers flagged TRI_WAITS or TRI_CPU.
 */
#pragma once

#include "server/base/chan.h"
#include "server/http/exchange.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Sleep until `until_ns` (CLOCK_MONOTONIC), also while the server drains: x->draining tells.
 * False: the client is gone, or a drain has been cut short.
 */
bool tri_sleep(struct tri_exchange *x, int64_t until_ns);

/*
 * Wait for some of the request's body; a client that wants to be told 100 Continue is told so.
 *   returns  bytes read, `room` at most; 0 at the end of the body; -1: the rest will not come
 */
ssize_t tri_read(struct tri_exchange *x, char *bytes, size_t room);

/*
 * After tri_stream_begin(): send a piece of the body, and wait while the client is slow. False: no
 * more is wanted, since the client is gone, the request was HEAD, or the length is reached.
 */
bool tri_write(struct tri_exchange *x, struct tri_slice bytes);

/*
 * Wait until one of the cases is done (base/chan.h).
 *   returns  its number; TRI_SELECT_LATE at `deadline_ns`; TRI_SELECT_ENDING when the client is
 *            gone, or the server has begun to drain since the last call: none is done then
 */
int tri_select(struct tri_exchange *x, struct tri_case *cases, unsigned count, int64_t deadline_ns);
