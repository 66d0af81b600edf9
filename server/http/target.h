/*
 * target.h - the request target: which form it has, and the path that routes are matched with.
 *
 * What matching sees is decoded and free of dot segments, so no route or file can be reached by
 * a spelling that hides from it, and no two targets are one path that mean different things: an
 * escaped slash is data, not a separator (RFC 3986 2.2), and is refused. So is an escaped control
 * byte, so that a path is always safe to put into a field or a log; an escaped NUL anywhere.
 */
#pragma once

#include "server/base/arena.h"
#include "server/base/slice.h"
#include "server/http/method.h"
#include "server/http/refusal.h"

#include <stdbool.h>

enum tri_target_form {
    TRI_TARGET_ORIGIN,    /* /where?q=now                */
    TRI_TARGET_ABSOLUTE,  /* http://www.example.org/pub  */
    TRI_TARGET_AUTHORITY, /* www.example.org:80, CONNECT */
    TRI_TARGET_ASTERISK,  /* *, OPTIONS                  */
};

struct tri_target {
    enum tri_target_form form;
    bool is_https;        /* of absolute form: the scheme; only for who speaks TLS (RFC 9110 7.4) */
    struct tri_slice raw; /* as sent                                                       */
    struct tri_slice authority; /* of absolute and authority form, else empty                    */
    struct tri_slice path;      /* begins with '/', decoded, no dot segments; "*" for asterisk;
                                   empty for authority form                                       */
    struct tri_slice query;     /* raw, without '?'                                              */
};

/*
 * Parse a request target (RFC 9112 3.2, RFC 3986 3).
 *   raw      borrowed; must live as long as *target. Slices of *target point into it or the arena.
 *   returns  false with *refusal set (400: grammar, NUL, bad escape, fragment, userinfo, a scheme
 *            other than http/https, a form that does not go with the method)
 */
bool tri_target_parse(struct tri_target *target, struct tri_slice raw, enum tri_method method,
                      struct tri_arena *arena, struct tri_refusal *refusal);

/* Is `authority` a valid `host [":" port]` (RFC 3986 3.2.2, 3.2.3)? Empty host: false. */
bool tri_authority_is_valid(struct tri_slice authority);

/* The host of a valid authority, without its port (brackets of an IPv6 literal kept). */
struct tri_slice tri_authority_host(struct tri_slice authority);
