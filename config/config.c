/*
 * config.c - the order in which the sources are asked, and the end of what they gave.
 */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "config/load.h"

static bool load_defaults(struct tri_load *load)
{
    const struct tri_origin origin = {TRI_SOURCE_DEFAULT, 0};
    for (unsigned id = 0; id < TRI_KEY_COUNT; id++)
        if (load->origins[id].source == TRI_SOURCE_NONE &&
            !tri_load_set(load, (enum tri_key_id)id, tri_keys[id].preset, origin))
            return false;
    return true;
}

bool tri_config_load(struct tri_config *config, int argc, char *const argv[],
                     char *const environment[], const char *const handlers[],
                     struct tri_error *error)
{
    struct tri_load load = {.config = config, .handlers = handlers};
    memset(config, 0, sizeof(*config));
    bool ok = tri_load_flags(&load, argc, argv);
    if (ok && !config->help && !config->version) /* which work whatever else is broken */
        ok = tri_load_environment(&load, environment) && (!config->file || tri_load_file(&load)) &&
             load_defaults(&load) && tri_load_check(&load);
    else if (ok)
        ok = load_defaults(&load);
    if (!ok) {
        tri_config_free(config);
        if (error)
            *error = load.error;
    }
    return ok;
}

static void free_routes(struct tri_config_route *routes, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        free(routes[i].pattern);
        free(routes[i].handler);
        free(routes[i].root);
    }
    free(routes);
}

void tri_config_free(struct tri_config *config)
{
    for (unsigned i = 0; i < config->host_count; i++) {
        free(config->hosts[i].name);
        free(config->hosts[i].root);
        free_routes(config->hosts[i].routes, config->hosts[i].route_count);
    }
    free(config->hosts);
    free_routes(config->routes, config->route_count);
    for (unsigned i = 0; i < config->listen_count; i++)
        free(config->listen[i]);
    free(config->mode);
    free(config->root);
    free(config->log_level);
    free(config->file);
    memset(config, 0, sizeof(*config));
}
