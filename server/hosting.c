/*
 * hosting.c - from settings to routers; see hosting.h.
 *
 * The routes of a host, the special before the general: those of its blocks, the laboratory's
 * (unless --lab=off), and for all other paths the files of its root, or the built-in page.
 */
#include "server/hosting.h"

#include <stdlib.h>
#include <string.h>

#include "server/core/router.h"
#include "server/handlers/handlers.h"

static const struct tri_handler *find_handler(const char *name)
{
    for (size_t i = 0; tri_handlers[i]; i++)
        if (strcmp(tri_handlers[i]->name, name) == 0)
            return tri_handlers[i];
    return NULL;
}

/* Open a document root and keep it; NULL with *error on failure. */
static const struct tri_files *add_files(struct tri_hosting *hosting, const char *root,
                                         struct tri_error *error)
{
    struct tri_files *files = malloc(sizeof(*files));
    struct tri_files **grown =
        realloc(hosting->files, (hosting->file_count + 1) * sizeof(struct tri_files *));
    if (grown)
        hosting->files = grown;
    if (!files || !grown)
        tri_error_set(error, "out of memory");
    else if (tri_files_open(files, root, error))
        return hosting->files[hosting->file_count++] = files;
    free(files);
    return NULL;
}

static bool add_route(struct tri_router *router, const char *pattern,
                      const struct tri_handler *handler, const void *context,
                      struct tri_error *error)
{
    const struct tri_route route = {pattern, handler, context};
    return tri_router_add(router, &route, error);
}

/* A route of the configuration file; `root` is its host's. Its error names file and line. */
static bool add_configured(struct tri_hosting *hosting, const struct tri_config *config,
                           struct tri_router *router, const struct tri_config_route *configured,
                           const char *root, struct tri_error *error)
{
    const struct tri_handler *handler = find_handler(configured->handler);
    const void *context = NULL;
    struct tri_error why;
    if (configured->root)
        root = configured->root;
    if (handler == &tri_handler_site)
        context = &hosting->site;
    if (handler == &tri_handler_files) {
        if (root)
            context = add_files(hosting, root, &why);
        else
            tri_error_set(&why, "the handler \"files\" needs a root, here or for its host");
        if (!context)
            goto failed;
    }
    if (add_route(router, configured->pattern, handler, context, &why))
        return true;
failed:
    tri_error_set(error, "%s:%d: %s", config->file, configured->line, why.text);
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

static bool add_routes(struct tri_hosting *hosting, const struct tri_config *config,
                       struct tri_router *router, const struct tri_config_host *host,
                       struct tri_error *error)
{
    const char *root = host->root ? host->root : config->root;
    for (unsigned i = 0; i < host->route_count; i++)
        if (!add_configured(hosting, config, router, &host->routes[i], root, error))
            return false;
    for (const struct tri_lab_route *lab = tri_lab_routes; config->lab && lab->pattern; lab++)
        if (!is_configured(host, lab->pattern) &&
            !add_route(router, lab->pattern, lab->handler, NULL, error))
            return false;
    const char *rest = root ? "/*path" : "/";
    if (is_configured(host, rest) || is_configured(host, "/*path"))
        return true;
    if (!root)
        return add_route(router, rest, &tri_handler_site, &hosting->site, error);
    const struct tri_files *files = add_files(hosting, root, error);
    return files && add_route(router, rest, &tri_handler_files, files, error);
}

/* A router with all routes of `host`; NULL with *error on failure. */
static struct tri_router *make_router(struct tri_hosting *hosting, const struct tri_config *config,
                                      const struct tri_config_host *host, struct tri_error *error)
{
    struct tri_router *router = tri_router_new();
    if (!router)
        tri_error_set(error, "out of memory");
    else if (add_routes(hosting, config, router, host, error))
        return router;
    tri_router_free(router);
    return NULL;
}

bool tri_hosting_open(struct tri_hosting *hosting, const struct tri_config *config,
                      const struct tri_site_facts *facts, struct tri_error *error)
{
    const struct tri_config_host fallback = {.routes = config->routes,
                                             .route_count = config->route_count};
    *hosting = (struct tri_hosting){.hosts = NULL};
    if (!tri_site_render(&hosting->site, facts, error))
        return false;
    struct tri_router *router = make_router(hosting, config, &fallback, error);
    if (!router)
        goto failed;
    hosting->hosts = tri_hosts_new(router);
    if (!hosting->hosts) {
        tri_router_free(router);
        tri_error_set(error, "out of memory");
        goto failed;
    }
    for (unsigned i = 0; i < config->host_count; i++) {
        router = make_router(hosting, config, &config->hosts[i], error);
        if (!router)
            goto failed;
        if (!tri_hosts_add(hosting->hosts, config->hosts[i].name, router, error)) {
            tri_router_free(router);
            goto failed;
        }
    }
    return true;
failed:
    tri_hosting_close(hosting);
    return false;
}

void tri_hosting_close(struct tri_hosting *hosting)
{
    if (hosting->hosts)
        tri_hosts_free(hosting->hosts);
    for (unsigned i = 0; i < hosting->file_count; i++) {
        tri_files_close(hosting->files[i]);
        free(hosting->files[i]);
    }
    free(hosting->files);
    tri_site_free(&hosting->site);
    *hosting = (struct tri_hosting){.hosts = NULL};
}
