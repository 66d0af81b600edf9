/*
 * config.c - the order in which the sources are asked, and the end of what they gave.
 */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "config/listens.h"
#include "config/load.h"
#include "config/options.h"
#include "config/pages.h"
#include "config/tls.h"
#include "config/words.h"

bool tri_load_defaults(struct tri_load *load)
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
             tri_load_defaults(&load) && tri_load_check(&load);
    else if (ok)
        ok = tri_load_defaults(&load);
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
        free(routes[i].reply);
        free(routes[i].root);
        tri_options_free(&routes[i].options);
    }
    free(routes);
}

static void free_hosts(struct tri_config_host *hosts, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        free(hosts[i].name);
        free(hosts[i].root);
        tri_options_free(&hosts[i].options);
        tri_config_tls_free(&hosts[i].tls);
        free_routes(hosts[i].routes, hosts[i].route_count);
        tri_pages_free(hosts[i].errors, hosts[i].error_count);
    }
    free(hosts);
}

void tri_config_free(struct tri_config *config)
{
    free_hosts(config->hosts, config->host_count);
    free_routes(config->routes, config->route_count);
    tri_pages_free(config->errors, config->error_count);
    tri_options_free(&config->options);
    tri_words_free(&config->trust);
    tri_config_tls_free(&config->tls);
    tri_listens_free(config);
    free(config->mode);
    free(config->root);
    free(config->log_level);
    free(config->threads_spawn);
    free(config->health);
    free(config->file);
    free(config->health_url);
    memset(config, 0, sizeof(*config));
}
