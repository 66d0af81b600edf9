/*
 * forwarded.h - who the client behind trusted proxies is, from X-Forwarded-For, and whether
 * it speaks TLS with them, from X-Forwarded-Proto.
 */
#pragma once

#include "server/base/ip.h"
#include "server/http/request.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Walk the list from its end, past the addresses that are trusted, to the first that is not: the
 * nearest whom nobody we trust vouches for. Several fields count as one list. A member may carry a
 * port ("192.0.2.1:80", "[2001:db8::1]:80"); one that is no address ends the walk.
 *   peer     who sent the request; when not trusted it is the answer, whatever the field says
 *   returns  the client: never further than where trust ends
 */
struct tri_ip tri_forwarded_client(const struct tri_fields *fields, const struct tri_ip *peer,
                                   const struct tri_network *trusted, uint32_t trusted_count);

/*
 * Does a trusted peer say that its client speaks TLS with it, by X-Forwarded-Proto: https? Of
 * several words the last counts, which is that of the nearest.
 */
bool tri_forwarded_is_secure(const struct tri_fields *fields, const struct tri_ip *peer,
                             const struct tri_network *trusted, uint32_t trusted_count);
