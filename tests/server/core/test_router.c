/*
 * test_router.c - precedence, parameters, tails, methods, and what is refused.
 */
#include "server/core/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/error.h"

TestSuite(core_router, .timeout = 10);

static struct tri_next never(struct tri_exchange *x)
{
    (void)x;
    abort();
}

static const struct tri_handler get = {.name = "get", .handle = never, .methods = TRI_METHOD_GET};
static const struct tri_handler post = {
    .name = "post", .handle = never, .methods = TRI_METHOD_POST};
static const struct tri_handler head = {
    .name = "head", .handle = never, .methods = TRI_METHOD_HEAD};
static const struct tri_handler options = {
    .name = "options", .handle = never, .methods = TRI_METHOD_OPTIONS};
static const struct tri_handler both = {
    .name = "both", .handle = never, .methods = TRI_METHOD_GET | TRI_METHOD_PUT};

/* The pattern is the context, so that a match names its route. */
static void add(struct tri_router *router, const char *pattern, const struct tri_handler *handler)
{
    struct tri_error error = {0};
    const struct tri_route route = {pattern, handler, pattern, NULL};
    cr_assert(tri_router_add(router, &route, &error), "%s", error.text);
}

static struct tri_request request;
static struct tri_matched matched;

static enum tri_match find(const struct tri_router *router, enum tri_method method,
                           const char *path)
{
    request = (struct tri_request){.method = method, .target.path = tri_slice_of(path)};
    return tri_router_find(router, &request, &matched);
}

static bool refuses(struct tri_router *router, const char *pattern,
                    const struct tri_handler *handler, struct tri_error *error)
{
    const struct tri_route route = {pattern, handler, NULL, NULL};
    return !tri_router_add(router, &route, error);
}

/* The pattern that GET `path` leads to, or "-". */
static const char *found(const struct tri_router *router, const char *path)
{
    return find(router, TRI_METHOD_GET, path) == TRI_MATCH_FOUND ? matched.context : "-";
}

static bool param_is(const char *name, const char *value)
{
    return tri_slice_is(tri_request_param(&request, name), tri_slice_of(value));
}

/* --- precedence --- */

static const char *const patterns[] = {"/",         "/:a",       "/*all",           "/users/:id",
                                       "/users/me", "/users/*x", "/users/:id/posts"};
static const struct {
    const char *path, *pattern;
} expectations[] = {
    {"/", "/"},
    {"/users", "/:a"},
    {"/users/", "/users/*x"},
    {"/users/me", "/users/me"},
    {"/users/mee", "/users/:id"},
    {"/users/7", "/users/:id"},
    {"/users/7/posts", "/users/:id/posts"},
    {"/users/me/posts", "/users/:id/posts"},
    {"/users/7/posts/", "/users/*x"},
    {"/users/7/likes", "/users/*x"},
    {"/other/", "/*all"},
    {"/a/b/c", "/*all"},
    {"//", "/*all"},
};
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static unsigned orders_tried;

static void expect_all(const size_t order[static COUNT(patterns)])
{
    struct tri_router *router = tri_router_new(NULL);
    for (size_t i = 0; i < COUNT(patterns); i++)
        add(router, patterns[order[i]], &get);
    for (size_t i = 0; i < COUNT(expectations); i++)
        cr_assert(
            eq(str, (char *)found(router, expectations[i].path), (char *)expectations[i].pattern));
    tri_router_free(router);
    orders_tried++;
}

static void permute(size_t order[static COUNT(patterns)], size_t fixed)
{
    if (fixed == COUNT(patterns))
        expect_all(order);
    for (size_t i = fixed; i < COUNT(patterns); i++) {
        size_t swapped = order[fixed];
        order[fixed] = order[i];
        order[i] = swapped;
        permute(order, fixed + 1);
        order[i] = order[fixed];
        order[fixed] = swapped;
    }
}

Test(core_router, precedence_does_not_depend_on_the_order_of_adding)
{
    size_t order[COUNT(patterns)];
    for (size_t i = 0; i < COUNT(patterns); i++)
        order[i] = i;
    permute(order, 0);
    cr_assert(eq(uint, orders_tried, 7 * 6 * 5 * 4 * 3 * 2));
}

Test(core_router, backtracks_out_of_exact_segments_that_lead_nowhere)
{
    struct tri_router *router = tri_router_new(NULL);
    add(router, "/a/b/c", &get);
    add(router, "/a/:x/d", &get);
    add(router, "/:y/b/e", &get);
    add(router, "/:y/:z/f", &get);
    add(router, "/*rest", &get);
    cr_assert(eq(str, (char *)found(router, "/a/b/c"), "/a/b/c"));
    cr_assert(eq(str, (char *)found(router, "/a/b/d"), "/a/:x/d"));
    cr_assert(param_is("x", "b"));
    cr_assert(eq(str, (char *)found(router, "/a/b/e"), "/:y/b/e"));
    cr_assert(param_is("y", "a") && request.param_count == 1);
    cr_assert(eq(str, (char *)found(router, "/a/b/f"), "/:y/:z/f"));
    cr_assert(param_is("y", "a") && param_is("z", "b"));
    cr_assert(eq(str, (char *)found(router, "/a/b/g"), "/*rest"));
    cr_assert(param_is("rest", "a/b/g") && request.param_count == 1);
    tri_router_free(router);
}

/* --- parameters and tails --- */

Test(core_router, routes_may_name_the_same_segment_differently)
{
    struct tri_router *router = tri_router_new(NULL);
    add(router, "/u/:id", &get);
    add(router, "/u/:name", &post);
    add(router, "/u/:key/x", &get);
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/u/7"), TRI_MATCH_FOUND));
    cr_assert(param_is("id", "7") && param_is("name", ""));
    cr_assert(eq(int, find(router, TRI_METHOD_POST, "/u/8"), TRI_MATCH_FOUND));
    cr_assert(param_is("name", "8"));
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/u/9/x"), TRI_MATCH_FOUND));
    cr_assert(param_is("key", "9"));
    tri_router_free(router);
}

Test(core_router, a_parameter_is_one_segment_and_not_empty)
{
    struct tri_router *router = tri_router_new(NULL);
    add(router, "/u/:id", &get);
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/u/"), TRI_MATCH_NO_PATH));
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/u/a/b"), TRI_MATCH_NO_PATH));
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/u/a/"), TRI_MATCH_NO_PATH));
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/u/a%2Fb"), TRI_MATCH_FOUND));
    cr_assert(param_is("id", "a%2Fb"));
    tri_router_free(router);
}

Test(core_router, a_tail_takes_the_rest_even_when_empty_but_not_its_own_slash)
{
    struct tri_router *router = tri_router_new(NULL);
    add(router, "/docs/*path", &get);
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/docs"), TRI_MATCH_NO_PATH));
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/docs/"), TRI_MATCH_FOUND));
    cr_assert(param_is("path", ""));
    cr_assert(eq(uint, request.param_count, 1));
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/docs/a/b//c/"), TRI_MATCH_FOUND));
    cr_assert(param_is("path", "a/b//c/"));
    tri_router_free(router);
}

Test(core_router, a_slash_at_the_end_makes_another_path)
{
    struct tri_router *router = tri_router_new(NULL);
    add(router, "/a", &get);
    add(router, "/b/", &get);
    cr_assert(eq(str, (char *)found(router, "/a"), "/a"));
    cr_assert(eq(str, (char *)found(router, "/a/"), "-"));
    cr_assert(eq(str, (char *)found(router, "/b"), "-"));
    cr_assert(eq(str, (char *)found(router, "/b/"), "/b/"));
    tri_router_free(router);
}

/* --- methods --- */

Test(core_router, get_brings_head_but_a_head_of_its_own_goes_first)
{
    struct tri_router *router = tri_router_new(NULL);
    add(router, "/a", &get);
    add(router, "/b", &get);
    add(router, "/b", &head);
    cr_assert(eq(int, find(router, TRI_METHOD_HEAD, "/a"), TRI_MATCH_FOUND));
    cr_assert(eq(ptr, (void *)matched.handler, (void *)&get));
    cr_assert(eq(int, find(router, TRI_METHOD_HEAD, "/b"), TRI_MATCH_FOUND));
    cr_assert(eq(ptr, (void *)matched.handler, (void *)&head));
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/b"), TRI_MATCH_FOUND));
    cr_assert(eq(ptr, (void *)matched.handler, (void *)&get));
    tri_router_free(router);
}

Test(core_router, a_wrong_method_is_told_what_would_do)
{
    struct tri_router *router = tri_router_new(NULL);
    add(router, "/a", &post);
    add(router, "/g", &both);
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/a"), TRI_MATCH_NO_METHOD));
    cr_assert(eq(uint, matched.allowed, TRI_METHOD_POST | TRI_METHOD_OPTIONS));
    cr_assert(eq(int, find(router, TRI_METHOD_HEAD, "/a"), TRI_MATCH_NO_METHOD));
    cr_assert(eq(int, find(router, TRI_METHOD_NONE, "/g"), TRI_MATCH_NO_METHOD));
    cr_assert(eq(uint, matched.allowed,
                 TRI_METHOD_GET | TRI_METHOD_HEAD | TRI_METHOD_PUT | TRI_METHOD_OPTIONS));
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/x"), TRI_MATCH_NO_PATH));
    cr_assert(eq(uint, matched.allowed, 0));
    tri_router_free(router);
}

Test(core_router, allowed_methods_are_those_of_all_routes_that_match)
{
    struct tri_router *router = tri_router_new(NULL);
    add(router, "/a/b", &post);
    add(router, "/a/:x", &head);
    add(router, "/*rest", &both);
    cr_assert(eq(int, find(router, TRI_METHOD_DELETE, "/a/b"), TRI_MATCH_NO_METHOD));
    cr_assert(eq(uint, matched.allowed,
                 TRI_METHOD_POST | TRI_METHOD_HEAD | TRI_METHOD_GET | TRI_METHOD_PUT |
                     TRI_METHOD_OPTIONS));
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/a/b"), TRI_MATCH_FOUND));
    cr_assert(eq(str, (char *)matched.context, "/*rest"));
    cr_assert(param_is("rest", "a/b") && request.param_count == 1);
    tri_router_free(router);
}

Test(core_router, options_is_left_to_the_core_unless_it_has_a_route)
{
    struct tri_router *router = tri_router_new(NULL);
    add(router, "/a", &get);
    add(router, "/b", &options);
    cr_assert(eq(int, find(router, TRI_METHOD_OPTIONS, "/a"), TRI_MATCH_NO_METHOD));
    cr_assert(eq(uint, matched.allowed, TRI_METHOD_GET | TRI_METHOD_HEAD | TRI_METHOD_OPTIONS));
    cr_assert(eq(int, find(router, TRI_METHOD_OPTIONS, "/b"), TRI_MATCH_FOUND));
    cr_assert(eq(int, find(router, TRI_METHOD_OPTIONS, "*"), TRI_MATCH_NO_PATH));
    cr_assert(eq(int, find(router, TRI_METHOD_CONNECT, ""), TRI_MATCH_NO_PATH));
    tri_router_free(router);
}

/* --- what is refused --- */

static const struct {
    const char *pattern, *complaint;
} malformed[] = {
    {"", "must begin with '/'"},
    {"a", "must begin with '/'"},
    {"//", "empty segment"},
    {"/a//b", "empty segment"},
    {"/:", "needs a name"},
    {"/:/a", "needs a name"},
    {"/*", "needs a name"},
    {"/:a-b", "needs a name"},
    {"/*rest/a", "must be the last"},
    {"/*rest/", "must be the last"},
    {"/./a", "dot segments"},
    {"/a/..", "dot segments"},
    {"/a?b", "only paths"},
    {"/a#b", "only paths"},
    {"/:a/:a", "same name"},
    {"/:a/*a", "same name"},
    {"/:a/:b/:c/:d/:e/:f/:g/:h/:i", "more than 8"},
    {"/:a/:b/:c/:d/:e/:f/:g/:h/*i", "more than 8"},
    {"/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31/32/33",
     "more than 32"},
};

Test(core_router, refuses_malformed_patterns_and_says_why)
{
    struct tri_router *router = tri_router_new(NULL);
    for (size_t i = 0; i < COUNT(malformed); i++) {
        struct tri_error error = {0};
        cr_assert(refuses(router, malformed[i].pattern, &get, &error), "%s", malformed[i].pattern);
        cr_assert(strstr(error.text, malformed[i].complaint) != NULL, "%s", error.text);
        cr_assert(strstr(error.text, malformed[i].pattern) != NULL, "%s", error.text);
    }
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/"), TRI_MATCH_NO_PATH));
    tri_router_free(router);
}

Test(core_router, takes_patterns_at_the_limits)
{
    struct tri_router *router = tri_router_new(NULL);
    add(router, "/:a/:b/:c/:d/:e/:f/:g/:h", &get);
    add(router,
        "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28/29/30"
        "/31/32",
        &post);
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/1/2/3/4/5/6/7/8"), TRI_MATCH_FOUND));
    cr_assert(param_is("a", "1") && param_is("h", "8"));
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/1/2/3/4/5/6/7/8/9"), TRI_MATCH_NO_PATH));
    tri_router_free(router);
}

Test(core_router, refuses_the_same_pattern_and_method_twice)
{
    struct tri_router *router = tri_router_new(NULL);
    add(router, "/u/:id", &get);
    add(router, "/t/*rest", &get);
    struct tri_error error = {0};
    cr_assert(refuses(router, "/u/:name", &both, &error));
    cr_assert(eq(str, error.text,
                 "route \"/u/:name\": GET is taken by \"/u/:id\" (get), "
                 "remove one of them"));
    cr_assert(refuses(router, "/t/*all", &get, &error));
    cr_assert(refuses(router, "/t/*rest", &get, NULL));
    cr_assert(eq(int, find(router, TRI_METHOD_PUT, "/u/7"), TRI_MATCH_NO_METHOD));
    add(router, "/u/:id/", &get);
    add(router, "/u/id", &get);
    tri_router_free(router);
}

Test(core_router, does_not_keep_the_text_of_patterns)
{
    struct tri_router *router = tri_router_new(NULL);
    char pattern[] = "/abc/:name/*rest";
    cr_assert(tri_router_add(router, &(struct tri_route){pattern, &get, NULL, NULL}, NULL));
    memset(pattern, 'x', sizeof(pattern) - 1);
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/abc/1/2/3"), TRI_MATCH_FOUND));
    cr_assert(param_is("name", "1") && param_is("rest", "2/3"));
    tri_router_free(router);
}

Test(core_router, finds_each_of_many_routes)
{
    enum { MANY = 5000 };
    struct tri_router *router = tri_router_new(NULL);
    char pattern[64];
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(pattern, sizeof(pattern), "/v%u/item%u/:id", i % 7, i * 7919 % MANY);
        add(router, pattern, &get);
    }
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(pattern, sizeof(pattern), "/v%u/item%u/%u", i % 7, i * 7919 % MANY, i);
        cr_assert(eq(int, find(router, TRI_METHOD_GET, pattern), TRI_MATCH_FOUND));
        snprintf(pattern, sizeof(pattern), "%u", i);
        cr_assert(param_is("id", pattern));
    }
    cr_assert(eq(int, find(router, TRI_METHOD_GET, "/v0/item5000/1"), TRI_MATCH_NO_PATH));
    tri_router_free(router);
}
