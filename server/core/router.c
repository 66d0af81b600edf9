/*
 * router.c - routes as a tree of path segments.
 *
 *     GET  /users/:id           root -- "users" --+-- "me"   [GET]
 *     GET  /users/me                  |           +-- :      [GET id]
 *     GET  /docs/ + *path             +-- "docs" ---- *      [GET path]
 *
 * Each node has its exact children sorted for a binary search, at most one child for "any
 * segment" and at most one list of routes for "the rest". Names of parameters belong to routes,
 * not to nodes, so `/a/:x` and `/a/:y/b` share the node between them.
 *
 * Invariant: what hangs below a node was added with it, so no path through the tree is longer
 * than TRI_ROUTER_DEPTH or meets more than TRI_PARAMS_MAX parameters.
 * Ownership: nodes, routes and names live in the router's arena; handlers are borrowed.
 */
#include "server/core/router.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/arena.h"
#include "server/base/assert.h"
#include "server/base/error.h"

#define ROUTER_BYTES ((size_t)64 << 20) /* all routes together; a guard, not a budget */

struct route {
    struct route *next; /* other methods of the same pattern */
    const struct tri_handler *handler;
    const void *context;
    const struct tri_policy *policy;
    struct tri_slice pattern; /* for messages */
    struct tri_slice names[TRI_PARAMS_MAX];
    unsigned name_count;
};

struct node {
    struct tri_slice segment; /* of an exact child */
    struct node **exact;      /* sorted by order() */
    size_t exact_count, exact_room;
    struct node *any;    /* the rest of patterns with a parameter here */
    struct route *ends;  /* patterns that end here */
    struct route *tails; /* patterns whose tail begins here */
};

struct tri_router {
    struct tri_arena arena; /* owns all below */
    const struct tri_policy *policy;
    unsigned guard;
    bool is_guarded; /* by a demand that must be met */
    struct node root;
};

struct tri_router *tri_router_new(const struct tri_policy *policy)
{
    struct tri_router *router = calloc(1, sizeof(*router));
    if (!router)
        return NULL;
    router->policy = policy;
    tri_arena_init(&router->arena, NULL, ROUTER_BYTES);
    return router;
}

void tri_router_demand(struct tri_router *router, unsigned guard, bool is_required)
{
    router->guard = guard;
    router->is_guarded = is_required;
}

bool tri_router_admits(const struct tri_router *router, unsigned guard)
{
    return !router->is_guarded || router->guard == guard;
}

bool tri_router_believes(const struct tri_router *router, unsigned guard)
{
    return guard > 0 && router->guard == guard;
}

void tri_router_free(struct tri_router *router)
{
    if (!router)
        return;
    tri_arena_reset(&router->arena);
    free(router);
}

/* The segment that begins at `at`; *ret_next is where the next one does, NULL after the last. */
static struct tri_slice segment_at(const char *at, const char *end, const char **ret_next)
{
    const char *slash = memchr(at, '/', (size_t)(end - at));
    *ret_next = slash ? slash + 1 : NULL;
    return (struct tri_slice){at, (size_t)((slash ? slash : end) - at)};
}

/* --- building --- */

static bool is_name(struct tri_slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.at[i]) && name.at[i] != '_')
            return false;
    return name.len > 0;
}

/* What is wrong with one segment, or NULL. */
static const char *segment_fault(struct tri_slice segment, bool is_last)
{
    if (segment.len == 0)
        return is_last ? NULL : "an empty segment matches nothing, write one slash";
    if (segment.at[0] == '*' && !is_last)
        return "a tail takes the rest of the path, so it must be the last segment";
    if (segment.at[0] == ':' || segment.at[0] == '*')
        return is_name(tri_slice_from(segment, 1))
                   ? NULL
                   : "a parameter needs a name of letters, digits and '_', as in :id or *path";
    if (tri_slice_is(segment, TRI_SLICE(".")) || tri_slice_is(segment, TRI_SLICE("..")))
        return "paths are matched without dot segments";
    if (memchr(segment.at, '?', segment.len) || memchr(segment.at, '#', segment.len))
        return "only paths are matched, leave out '?' and '#'";
    return NULL;
}

/* Check a whole pattern and collect the names of its parameters; they point into the pattern. */
static bool pattern_check(struct tri_slice pattern, struct route *route, struct tri_error *error)
{
    const char *fault = NULL;
    if (pattern.len == 0 || pattern.at[0] != '/')
        fault = "it must begin with '/'";
    unsigned depth = 0;
    const char *next = fault ? NULL : pattern.at + 1;
    while (next && !fault) {
        struct tri_slice segment = segment_at(next, pattern.at + pattern.len, &next);
        fault = segment_fault(segment, next == NULL);
        if (!fault && ++depth > TRI_ROUTER_DEPTH)
            fault = "it has more than 32 segments";
        if (fault || segment.len == 0 || (segment.at[0] != ':' && segment.at[0] != '*'))
            continue;
        struct tri_slice name = tri_slice_from(segment, 1);
        for (unsigned i = 0; i < route->name_count; i++)
            if (tri_slice_is(route->names[i], name))
                fault = "two parameters have the same name";
        if (route->name_count == TRI_PARAMS_MAX)
            fault = "it has more than 8 parameters";
        if (!fault)
            route->names[route->name_count++] = name;
    }
    if (fault)
        tri_error_set(error, "route \"%s\": %s", pattern.at ? pattern.at : "", fault);
    return !fault;
}

static_assert(TRI_ROUTER_DEPTH == 32 && TRI_PARAMS_MAX == 8, "the messages above name them");

/* Any total order will do; lengths decide most comparisons without touching the text. */
static int order(struct tri_slice a, struct tri_slice b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len ? memcmp(a.at, b.at, a.len) : 0;
}

/* Where `segment` is among the exact children, or belongs. */
static size_t exact_place(const struct node *node, struct tri_slice segment, bool *ret_is_there)
{
    size_t low = 0;
    size_t high = node->exact_count;
    *ret_is_there = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int side = order(segment, node->exact[middle]->segment);
        if (side == 0) {
            *ret_is_there = true;
            return middle;
        }
        if (side < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static struct node *node_new(struct tri_arena *arena, struct tri_slice segment)
{
    struct node *node = tri_arena_alloc(arena, sizeof(*node));
    if (!node)
        return NULL;
    *node = (struct node){.segment = tri_arena_copy(arena, segment)};
    return node->segment.at ? node : NULL;
}

static struct node *exact_add(struct tri_arena *arena, struct node *node, struct tri_slice segment)
{
    bool is_there;
    size_t place = exact_place(node, segment, &is_there);
    if (is_there)
        return node->exact[place];
    if (node->exact_count == node->exact_room) {
        size_t room = node->exact_room ? 2 * node->exact_room : 4;
        struct node **more = tri_arena_alloc(arena, room * sizeof(struct node *));
        if (!more)
            return NULL;
        if (node->exact_count > 0)
            memcpy(more, node->exact, node->exact_count * sizeof(struct node *));
        node->exact = more;
        node->exact_room = room;
    }
    struct node *child = node_new(arena, segment);
    if (!child)
        return NULL;
    memmove(node->exact + place + 1, node->exact + place,
            (node->exact_count - place) * sizeof(struct node *));
    node->exact[place] = child;
    node->exact_count++;
    return child;
}

/* The list that a route of this pattern belongs to, growing the tree; NULL when out of memory. */
static struct route **list_for(struct tri_router *router, struct tri_slice pattern)
{
    struct node *node = &router->root;
    const char *next = pattern.at + 1;
    while (next && node) {
        struct tri_slice segment = segment_at(next, pattern.at + pattern.len, &next);
        if (segment.len > 0 && segment.at[0] == '*')
            return &node->tails;
        if (segment.len == 0 || segment.at[0] != ':') {
            node = exact_add(&router->arena, node, segment);
        } else {
            if (!node->any)
                node->any = node_new(&router->arena, (struct tri_slice){0});
            node = node->any;
        }
    }
    return node ? &node->ends : NULL;
}

bool tri_router_add(struct tri_router *router, const struct tri_route *added,
                    struct tri_error *error)
{
    tri_assert(added->handler && added->handler->methods != 0);
    struct tri_slice pattern = tri_slice_of(added->pattern);
    struct route checked = {
        .handler = added->handler,
        .context = added->context,
        .policy = added->policy ? added->policy : router->policy,
    };
    if (!pattern_check(pattern, &checked, error))
        return false;
    struct route **list = list_for(router, pattern);
    struct route *route = tri_arena_alloc(&router->arena, sizeof(*route));
    checked.pattern = tri_arena_copy(&router->arena, pattern);
    if (!list || !route || !checked.pattern.at) {
        tri_error_set(error, "route \"%s\": out of memory", added->pattern);
        return false;
    }
    for (; *list; list = &(*list)->next) {
        unsigned both = (*list)->handler->methods & added->handler->methods;
        if (both == 0)
            continue;
        char methods[64];
        tri_method_list(both, methods);
        tri_error_set(error, "route \"%s\": %s is taken by \"%s\" (%s), remove one of them",
                      added->pattern, methods, (*list)->pattern.at, (*list)->handler->name);
        return false;
    }
    *route = checked;
    for (unsigned i = 0; i < route->name_count; i++) /* from the caller's text to our copy */
        route->names[i].at = route->pattern.at + (route->names[i].at - pattern.at);
    *list = route;
    return true;
}

/* --- looking up --- */

struct search {
    const char *end; /* of the path */
    enum tri_method method;
    struct tri_slice values[TRI_PARAMS_MAX];
    const struct route *found;
    unsigned allowed;
};

/* Look for the method among the routes of a pattern that matches; a HEAD of its own goes first. */
static bool choose(struct search *search, const struct route *routes)
{
    const struct route *get = NULL;
    for (const struct route *route = routes; route; route = route->next) {
        search->allowed |= route->handler->methods;
        if (route->handler->methods & search->method)
            search->found = route;
        if (route->handler->methods & TRI_METHOD_GET)
            get = route;
    }
    if (!search->found && search->method == TRI_METHOD_HEAD)
        search->found = get;
    return search->found != NULL;
}

/*
 * Match what begins at `at` (NULL: the path is used up) below `node`.
 *   values   parameters met on the way here
 */
static bool descend(struct search *search, const struct node *node, const char *at, unsigned values)
{
    struct tri_slice segment;
    const char *next;
    bool is_there;
    size_t place;
    for (;; node = node->exact[place], at = next) { /* as long as there is no other way to go */
        if (!at)
            return choose(search, node->ends);
        segment = segment_at(at, search->end, &next);
        place = exact_place(node, segment, &is_there);
        if (!is_there || node->any || node->tails)
            break;
    }
    if (is_there && descend(search, node->exact[place], next, values))
        return true;
    if (node->any && segment.len > 0) {
        search->values[values] = segment;
        if (descend(search, node->any, next, values + 1))
            return true;
    }
    if (!node->tails)
        return false;
    search->values[values] = (struct tri_slice){at, (size_t)(search->end - at)};
    return choose(search, node->tails);
}

enum tri_match tri_router_find(const struct tri_router *router, struct tri_request *request,
                               struct tri_matched *ret_matched)
{
    struct tri_slice path = request->target.path;
    struct search search; /* its values are set when they are found */
    search.method = request->method;
    search.found = NULL;
    search.allowed = 0;
    if (path.len > 0 && path.at[0] == '/') { /* not "*" or an authority */
        search.end = path.at + path.len;
        descend(&search, &router->root, path.at + 1, 0);
    }
    if (search.allowed & TRI_METHOD_GET)
        search.allowed |= TRI_METHOD_HEAD;
    if (search.allowed)
        search.allowed |= TRI_METHOD_OPTIONS;
    *ret_matched = (struct tri_matched){.allowed = search.allowed, .policy = router->policy};
    request->param_count = 0;
    if (!search.found)
        return search.allowed ? TRI_MATCH_NO_METHOD : TRI_MATCH_NO_PATH;
    ret_matched->handler = search.found->handler;
    ret_matched->context = search.found->context;
    ret_matched->policy = search.found->policy;
    request->param_count = search.found->name_count;
    for (unsigned i = 0; i < search.found->name_count; i++)
        request->params[i] = (struct tri_field){search.found->names[i], search.values[i]};
    return TRI_MATCH_FOUND;
}
