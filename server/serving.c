/*
 * serving.c - a service out of settings; see serving.h.
 */
#include "server/serving.h"

#include "server/core/clients.h"
#include "server/handlers/files/cache.h"

#define RESERVED_FDS 128        /* listeners, logs, epoll, document roots */
#define CLIENTS_MAX 16384       /* addresses whose connections and requests are counted */
#define CONNECTIONS_MAX 1000000 /* as keys.def has it: the highest --max-connections */

/*
 * Share the descriptors out: where there are files the cache may keep a quarter of them (for large
 * files alone, and never more than it keeps files), and what is left suffices for connections of
 * which each sends a file of its own. 0 from the settings asks for as many of them as that makes.
 *   cache    NULL: none
 *   returns  how many connections there may be
 */
static uint32_t share_fds(const struct tri_config *config, unsigned fd_limit, bool has_files,
                          struct tri_file_cache *cache)
{
    unsigned allowed = fd_limit > 2 * RESERVED_FDS ? fd_limit - RESERVED_FDS : fd_limit / 2;
    unsigned cached = 0;
    if (has_files && cache) {
        cached = allowed / 4 < config->cache_files ? allowed / 4 : (unsigned)config->cache_files;
        tri_file_cache_limit_fds(cache, cached);
    }
    if (has_files)
        allowed = (allowed - cached) / 2;
    if (allowed > CONNECTIONS_MAX)
        allowed = CONNECTIONS_MAX;
    if (config->max_connections == 0 || config->max_connections > allowed)
        return allowed;
    return (uint32_t)config->max_connections;
}

static struct tri_limits limits_of(const struct tri_config *config)
{
    return (struct tri_limits){
        .head_bytes = (uint32_t)config->head_bytes,
        .target_bytes = (uint32_t)config->target_bytes,
        .header_count = (uint32_t)config->header_count,
        .body_bytes = config->body_bytes,
        .arena_bytes = (uint32_t)config->exchange_bytes,
        .output_bytes = (uint32_t)config->output_bytes,
        .drain_bytes = config->drain_bytes,
        .requests_per_connection = (uint32_t)config->requests_per_connection,
        .rate_bytes = (uint32_t)config->rate_bytes,
        .handshake_ns = config->handshake_ns,
        .head_ns = config->head_ns,
        .body_ns = config->body_ns,
        .write_ns = config->write_ns,
        .idle_ns = config->idle_ns,
        .linger_ns = config->linger_ns,
    };
}

static bool open_clients(struct tri_serving *serving, const struct tri_config *config,
                         struct tri_error *error)
{
    const struct tri_client_limits limits = {
        .connections = (uint32_t)config->client_connections,
        .rate = (uint32_t)config->client_rate,
        .burst = (uint32_t)config->client_burst,
    };
    for (unsigned i = 0; i < config->trust.count; i++)
        if (!tri_network_parse(&serving->trusted[i], config->trust.at[i], error))
            return false;
    if (limits.connections == 0 && limits.rate == 0)
        return true;
    serving->clients = tri_clients_new(&limits, CLIENTS_MAX);
    if (!serving->clients)
        tri_error_set(error, "out of memory");
    return serving->clients != NULL;
}

bool tri_serving_open(struct tri_serving *serving, struct tri_service *service,
                      const struct tri_config *config, const struct tri_site_facts *facts,
                      unsigned fd_limit, struct tri_error *error)
{
    *serving = (struct tri_serving){.clients = NULL};
    if (!open_clients(serving, config, error) ||
        !tri_hosting_open(&serving->hosting, config, facts, error)) {
        tri_serving_close(serving);
        return false;
    }
    service->limits = limits_of(config);
    service->limits.connections =
        share_fds(config, fd_limit, serving->hosting.folders != NULL, serving->hosting.cache);
    service->hosts = serving->hosting.hosts;
    service->policy = serving->hosting.policy;
    service->clients = serving->clients;
    service->trusted = serving->trusted;
    service->trusted_count = config->trust.count;
    service->proxy_protocol = config->proxy_protocol;
    return true;
}

void tri_serving_close(struct tri_serving *serving)
{
    tri_hosting_close(&serving->hosting);
    tri_clients_free(serving->clients);
    serving->clients = NULL;
}
