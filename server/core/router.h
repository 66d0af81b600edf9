/*
 * router.h - which handler answers a path.
 *
 * A pattern is a path whose segments are exact (`users`), parameters (`:id`, one segment, not
 * empty) or, as the last one, a tail (`*path`, the rest, possibly empty). Segment by segment an
 * exact match goes before a parameter, a parameter before a tail, whatever the order in which the
 * routes were added; a more general route also takes over when the special one does not know the
 * method.
 *
 * Nothing is guessed: a slash at the end makes another path (`/users` is not `/users/`), and
 * `/docs/` + `*path` matches `/docs/` with an empty tail but not `/docs`. Patterns are compared
 * with decoded paths, so they are written decoded, too.
 *
 * The routes form a tree that is built once and only read afterwards, so all threads share it.
 * Cost of a look-up: each tree node is visited at most once. Threads: immutable after building.
 */
#pragma once

#include "server/base/slice.h"
#include "server/http/exchange.h"
#include "server/http/request.h"

#include <stdbool.h>

struct tri_error;

struct tri_route {
    const char *pattern;               /* borrowed while building only */
    const struct tri_handler *handler; /* borrowed; outlives the router */
    const void *context;               /* borrowed; handed to the handler as x->context */
    const struct tri_policy *policy;   /* borrowed; of its replies; NULL: the router's  */
};

#define TRI_ROUTER_DEPTH 32 /* segments of a pattern at most: a look-up goes no deeper */

struct tri_router; /* opaque */

/*
 * An empty router; NULL when out of memory.
 *   policy  borrowed or NULL: of replies that no route makes, and of routes without one
 */
struct tri_router *tri_router_new(const struct tri_policy *policy);

/*
 * Add a route for all methods of its handler (GET brings HEAD).
 *   returns  false with *error: the pattern is malformed (says how), holds more than
 *            TRI_PARAMS_MAX parameters, names two parameters alike, or the same pattern (however
 *            its parameters are called) and method were added before
 */
bool tri_router_add(struct tri_router *router, const struct tri_route *route,
                    struct tri_error *error);

/*
 * Who may ask: clients that have met this demand for certificates when they connected.
 *   guard        as in struct tri_secured; 0: none, the default
 *   is_required  others are refused (421); else they are only not believed
 */
void tri_router_demand(struct tri_router *router, unsigned guard, bool is_required);

void tri_router_free(struct tri_router *router);

/* Whether a client that has met `guard` may ask. */
bool tri_router_admits(const struct tri_router *router, unsigned guard);

/* Whether what its certificate says of a client that has met `guard` counts here. */
bool tri_router_believes(const struct tri_router *router, unsigned guard);

enum tri_match {
    TRI_MATCH_FOUND,     /* *ret_matched is set, request->params are filled    */
    TRI_MATCH_NO_PATH,   /* 404                                                 */
    TRI_MATCH_NO_METHOD, /* 405; ret_matched->allowed is the mask of what would do */
};

struct tri_matched {
    const struct tri_handler *handler;
    const void *context;
    const struct tri_policy *policy; /* set whatever is found */
    unsigned allowed; /* NO_METHOD: methods that the path has, OPTIONS included; NO_PATH: 0 */
};

/*
 * Find the route for request->method and request->target.path (decoded), and fill
 * request->params with slices of the path. OPTIONS without a route of its own is
 * TRI_MATCH_NO_METHOD with `allowed` set: the core answers it.
 */
enum tri_match tri_router_find(const struct tri_router *router, struct tri_request *request,
                               struct tri_matched *ret_matched);
