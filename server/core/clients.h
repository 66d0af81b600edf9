/*
 * clients.h - how many connections each client address has open, and how fast it may ask.
 *
 * One table for a process, with several locks, so that threads seldom meet. Its size is fixed when
 * it is made. A client may sit in one of few places; when others have them all, one of those is
 * taken over whose client has nothing open and a full bucket, so nothing is forgotten. When there
 * is none, the client is let in uncounted rather than turned away, since a table that a crowd can
 * fill must not lock out the next visitor; until it has left, some of its later connections may go
 * uncounted, too.
 *
 * Counted is the household (ip.h): an IPv4 address, an IPv6 /64. Unknown addresses (Unix sockets)
 * are never counted.
 *
 * Threads: safe from any. A table that is made before fork() counts in each process on its own.
 */
#pragma once

#include "server/base/ip.h"

#include <stdbool.h>
#include <stdint.h>

struct tri_clients; /* opaque */

struct tri_client_limits {
    uint32_t connections; /* open at once per client; 0: any number */
    uint32_t rate;        /* requests a second per client (token bucket); 0: any */
    uint32_t burst;       /* bucket size, requests; at least 1 when rate > 0 */
};

/*
 * A table of `places` clients (rounded up to 16; 40 bytes each, untouched until used): twice as
 * many as may come at once are plenty. NULL when out of memory or the kernel has no random bytes.
 */
struct tri_clients *tri_clients_new(const struct tri_client_limits *limits, uint32_t places);
void tri_clients_free(struct tri_clients *clients);

/*
 * A connection opens. False: the client has its share already (answer 429); then it is not
 * counted. Each true is paired with one tri_clients_leave() of the same address.
 */
bool tri_clients_enter(struct tri_clients *clients, const struct tri_ip *ip, int64_t now_ns);
void tri_clients_leave(struct tri_clients *clients, const struct tri_ip *ip);

/*
 * A request comes. False: too fast (429); *ret_retry_s is when the next one may come, >= 1, for
 * Retry-After.
 */
bool tri_clients_ask(struct tri_clients *clients, const struct tri_ip *ip, int64_t now_ns,
                     uint32_t *ret_retry_s);
