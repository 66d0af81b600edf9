/*
 * hosting.c - from settings to routers; see hosting.h.
 *
 * The routes of a host, the special before the general: those of its blocks, the health check,
 * the laboratory's (unless --lab=off), and for all other paths the files of its root, or the
 * built-in page.
 */
#include "server/hosting.h"

#include <stdlib.h>
#include <string.h>

#include "server/core/router.h"
#include "server/handlers/files/cache.h"
#include "server/handlers/handlers.h"
#include "server/handlers/return.h"
#include "server/policies.h"
#include "server/securing.h"

#define ARENA_BYTES ((size_t)64 << 20) /* policies with their pages; a guard, not a budget */

_Static_assert(TRI_CONFIG_SEGMENTS == TRI_ROUTER_DEPTH, "each path of --health can be a route");

struct tri_folder {
    struct tri_folder *next;
    struct tri_files files;
};

/* What routes of one host are made with. */
struct maker {
    struct tri_hosting *hosting;
    const struct tri_config *config;
    const struct tri_config_host *host;
    const struct tri_policy *policy; /* the host's */
    struct tri_router *router;
};

static const struct tri_handler *find_handler(const char *name)
{
    for (size_t i = 0; tri_handlers[i]; i++)
        if (strcmp(tri_handlers[i]->name, name) == 0)
            return tri_handlers[i];
    return NULL;
}

static enum tri_symlinks symlinks_of(const char *word)
{
    if (strcmp(word, "any") == 0)
        return TRI_SYMLINKS_ANY;
    return strcmp(word, "none") == 0 ? TRI_SYMLINKS_NONE : TRI_SYMLINKS_INSIDE;
}

/* Open a document root and keep it; NULL with *error on failure. */
static const struct tri_files *add_folder(struct maker *maker, const char *root,
                                          const struct tri_config_options *options,
                                          struct tri_error *error)
{
    struct tri_hosting *hosting = maker->hosting;
    struct tri_folder *folder = tri_arena_alloc(&hosting->arena, sizeof(*folder));
    const struct tri_files_options files = {
        .root = root,
        .index = (const char *const *)options->index.at,
        .index_count = options->index.count,
        .try_files = (const char *const *)options->try_files.at,
        .try_count = options->try_files.count,
        .symlinks = symlinks_of(options->symlinks),
        .listing = options->listing,
        .dotfiles = options->dotfiles,
        .precompressed = options->precompressed,
        .compress = options->compress,
        .compress_bytes = (int64_t)maker->config->compress_bytes,
        .cache = hosting->cache,
    };
    if (!folder) {
        tri_error_set(error, "out of memory");
        return NULL;
    }
    if (!tri_files_open(&folder->files, &files, error))
        return NULL;
    folder->next = hosting->folders;
    hosting->folders = folder;
    return &folder->files;
}

/* The context of a configured "return"; NULL with *error. */
static const struct tri_return *
add_return(struct maker *maker, const struct tri_config_route *route, struct tri_error *error)
{
    struct tri_error why;
    struct tri_return *made = tri_arena_alloc(&maker->hosting->arena, sizeof(*made));
    if (!made)
        tri_error_set(error, "out of memory");
    else if (tri_return_open(made, route->reply, route->pattern, &why))
        return made;
    else
        tri_error_set(error, "return: %s", why.text);
    return NULL;
}

static bool add_route(struct maker *maker, const char *pattern, const struct tri_handler *handler,
                      const void *context, struct tri_error *error)
{
    const struct tri_route route = {pattern, handler, context, NULL};
    return tri_router_add(maker->router, &route, error);
}

/* A route of the configuration file. Its error names file and line. */
static bool add_configured(struct maker *maker, const struct tri_config_route *configured,
                           struct tri_error *error)
{
    struct tri_error why;
    int line = configured->line;
    const char *root = configured->root ? configured->root : maker->host->root;
    struct tri_route route = {.pattern = configured->pattern};
    if (configured->reply) {
        route.handler = &tri_handler_return;
        route.context = add_return(maker, configured, &why);
        if (!route.context) {
            line = configured->reply_line;
            goto failed;
        }
    } else {
        route.handler = find_handler(configured->handler);
    }
    if (route.handler == &tri_handler_site)
        route.context = &maker->hosting->site;
    if (route.handler == &tri_handler_files) {
        if (root)
            route.context = add_folder(maker, root, &configured->options, &why);
        else
            tri_error_set(&why, "the handler \"files\" needs a root, here or for its host");
        if (!route.context)
            goto failed;
    }
    route.policy = tri_policy_of_route(&maker->hosting->arena, maker->config, &configured->options,
                                       maker->policy, &why);
    if (route.policy && tri_router_add(maker->router, &route, &why))
        return true;
failed:
    tri_error_set(error, "%s:%d: %s", maker->config->file, line, why.text);
    return false;
}

/* Do two patterns match the same paths? The names of parameters and tails do not matter. */
static bool is_same_place(const char *a, const char *b)
{
    while (*a && *b) {
        bool any = *a == ':' || *a == '*';
        if (*a != *b)
            return false;
        a += any ? strcspn(a, "/") : 1;
        b += any ? strcspn(b, "/") : 1;
    }
    return *a == *b;
}

/* Has the configuration file a route for this place? Then its word goes before the built-in. */
static bool is_configured(const struct tri_config_host *host, const char *pattern)
{
    for (unsigned i = 0; i < host->route_count; i++)
        if (is_same_place(host->routes[i].pattern, pattern))
            return true;
    return false;
}

/* Is this place the file's, or the health check's? Then nothing else that is built in gets it. */
static bool is_taken(const struct maker *maker, const char *pattern)
{
    const char *health = maker->config->health;
    return is_configured(maker->host, pattern) || (health && is_same_place(health, pattern));
}

static bool add_routes(struct maker *maker, struct tri_error *error)
{
    const struct tri_config *config = maker->config;
    const struct tri_config_host *host = maker->host;
    for (unsigned i = 0; i < host->route_count; i++)
        if (!add_configured(maker, &host->routes[i], error))
            return false;
    if (config->health && !is_configured(host, config->health) &&
        !add_route(maker, config->health, &tri_handler_health, NULL, error))
        return false;
    for (const struct tri_lab_route *lab = tri_lab_routes; config->lab && lab->pattern; lab++)
        if (!is_taken(maker, lab->pattern) &&
            !add_route(maker, lab->pattern, lab->handler, NULL, error))
            return false;
    const char *rest = host->root ? "/*path" : "/";
    if (is_taken(maker, rest) || is_configured(host, "/*path"))
        return true;
    if (!host->root)
        return add_route(maker, rest, &tri_handler_site, &maker->hosting->site, error);
    const struct tri_files *files = add_folder(maker, host->root, &host->options, error);
    return files && add_route(maker, rest, &tri_handler_files, files, error);
}

/* A router with all routes of `host`; NULL with *error on failure. */
static struct tri_router *make_router(struct tri_hosting *hosting, const struct tri_config *config,
                                      const struct tri_config_host *host,
                                      const struct tri_policy **ret_policy, struct tri_error *error)
{
    struct maker maker = {.hosting = hosting, .config = config, .host = host};
    *ret_policy = maker.policy = tri_policy_of_host(&hosting->arena, config, host, error);
    if (!maker.policy)
        return NULL;
    maker.router = tri_router_new(maker.policy);
    if (maker.router) {
        bool required;
        unsigned guard = tri_securing_guard(config, &host->tls, &required);
        tri_router_demand(maker.router, guard, required);
    }
    if (!maker.router)
        tri_error_set(error, "out of memory");
    else if (add_routes(&maker, error))
        return maker.router;
    tri_router_free(maker.router);
    return NULL;
}

static bool open_hosts(struct tri_hosting *hosting, const struct tri_config *config,
                       struct tri_error *error)
{
    const struct tri_config_host fallback = {
        .root = config->root,
        .options = config->options,
        .routes = config->routes,
        .route_count = config->route_count,
        .errors = config->errors,
        .error_count = config->error_count,
        .tls = config->tls,
    };
    const struct tri_policy *policy;
    struct tri_router *router = make_router(hosting, config, &fallback, &hosting->policy, error);
    if (!router)
        return false;
    hosting->hosts = tri_hosts_new(router);
    if (!hosting->hosts) {
        tri_router_free(router);
        tri_error_set(error, "out of memory");
        return false;
    }
    for (unsigned i = 0; i < config->host_count; i++) {
        struct tri_config_host host = config->hosts[i];
        host.root = host.root ? host.root : config->root;
        router = make_router(hosting, config, &host, &policy, error);
        if (!router)
            return false;
        if (!tri_hosts_add(hosting->hosts, host.name, router, error)) {
            tri_router_free(router);
            return false;
        }
    }
    return true;
}

bool tri_hosting_open(struct tri_hosting *hosting, const struct tri_config *config,
                      const struct tri_site_facts *facts, struct tri_error *error)
{
    *hosting = (struct tri_hosting){.hosts = NULL};
    tri_arena_init(&hosting->arena, NULL, ARENA_BYTES);
    if (!tri_site_render(&hosting->site, facts, error))
        goto failed;
    if (config->cache_files > 0) {
        hosting->cache = tri_file_cache_new((uint32_t)config->cache_files, config->cache_bytes,
                                            config->cache_ns);
        if (!hosting->cache) {
            tri_error_set(error, "out of memory");
            goto failed;
        }
    }
    if (open_hosts(hosting, config, error))
        return true;
failed:
    tri_hosting_close(hosting);
    return false;
}

void tri_hosting_close(struct tri_hosting *hosting)
{
    tri_hosts_free(hosting->hosts);
    for (struct tri_folder *folder = hosting->folders; folder; folder = folder->next)
        tri_files_close(&folder->files);
    if (hosting->cache)
        tri_file_cache_free(hosting->cache);
    tri_site_free(&hosting->site);
    tri_arena_reset(&hosting->arena);
    *hosting = (struct tri_hosting){.hosts = NULL};
}
