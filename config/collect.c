/*
 * collect.c - vhost and route blocks into struct tri_config, each with the options that it says
 * or inherits. Whatever is allocated hangs in the struct at once, so a failure leaks nothing.
 */
#include "config/blocks.h"

#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "config/options.h"
#include "config/pages.h"
#include "config/tls.h"

/* A copy of an option's text, NULL when it is not set or empty; false when out of memory. */
static bool copy_text(cfg_t *block, const char *name, char **copy)
{
    const char *text = cfg_getstr(block, name);
    if (text && *text)
        *copy = strdup(text);
    return !text || !*text || *copy;
}

/* The keys of a section into a group of it. */
static bool collect_group(struct tri_load *load, cfg_t *block, enum tri_key_section section,
                          const void *outer, void *group)
{
    for (unsigned id = 0; id < TRI_KEY_COUNT; id++) {
        const struct tri_key *key = &tri_keys[id];
        if (key->section != section)
            continue;
        struct tri_error reason;
        cfg_opt_t *option = cfg_getopt(block, key->name);
        unsigned count = cfg_opt_size(option);
        const char **values = calloc(count + 1, sizeof(*values));
        for (unsigned i = 0; values && i < count; i++)
            values[i] = cfg_opt_getnstr(option, i);
        bool ok = values && tri_options_resolve(group, outer, key, values, count, &reason);
        if (values && !ok) {
            const struct tri_origin origin = {TRI_SOURCE_FILE, (int)option->def.fpnumber};
            tri_load_refuse(load, key, origin, "%s", reason.text);
        }
        free(values);
        if (!ok)
            return false;
    }
    return true;
}

static bool collect_options(struct tri_load *load, cfg_t *block,
                            const struct tri_config_options *outer,
                            struct tri_config_options *options)
{
    return collect_group(load, block, TRI_SECTION_OPTIONS, outer, options);
}

/* Where the block `tls` of a block begins, 0 when it says nothing. */
static int line_of_tls(cfg_t *outer)
{
    const cfg_t *block = cfg_getsec(outer, tri_section_names[TRI_SECTION_TLS]);
    for (const cfg_opt_t *option = block->opts; option->name; option++)
        if (option->def.fpnumber > 0)
            return block->line;
    return 0;
}

static bool collect_tls(struct tri_load *load, cfg_t *host, struct tri_config_tls *tls)
{
    const struct tri_config_tls outer = tri_config_tls_outer(&load->config->tls);
    tls->line = line_of_tls(host);
    return collect_group(load, cfg_getsec(host, tri_section_names[TRI_SECTION_TLS]),
                         TRI_SECTION_TLS, &outer, tls);
}

/* Those of the block, then those of `outer` that it lacks. */
static bool collect_pages(struct tri_load *load, cfg_t *block,
                          const struct tri_config_error_page *outer, unsigned outer_count,
                          struct tri_config_error_page **pages, unsigned *count)
{
    struct tri_error reason;
    cfg_opt_t *option = cfg_getopt(block, TRI_BLOCK_PAGES);
    unsigned size = cfg_opt_size(option);
    int line = (int)option->def.fpnumber;
    if (size + outer_count == 0)
        return true;
    *pages = calloc(size + outer_count, sizeof(**pages));
    if (!*pages)
        return false;
    for (unsigned i = 0; i < size; i++)
        if (!tri_pages_add(*pages, count, cfg_opt_getnstr(option, i), line, &reason))
            return tri_load_refuse_line(load, line, TRI_BLOCK_PAGES ": %s", reason.text);
    return tri_pages_inherit(*pages, count, outer, outer_count, &reason);
}

static bool collect_routes(struct tri_load *load, cfg_t *section,
                           const struct tri_config_options *outer, struct tri_config_route **routes,
                           unsigned *count)
{
    unsigned size = cfg_size(section, "route");
    *routes = size ? calloc(size, sizeof(**routes)) : NULL;
    if (size && !*routes)
        return false;
    for (unsigned i = 0; i < size; i++) {
        cfg_t *block = cfg_getnsec(section, "route", i);
        struct tri_config_route *route = &(*routes)[(*count)++];
        route->line = block->line;
        route->reply_line = (int)cfg_getopt(block, TRI_BLOCK_RETURN)->def.fpnumber;
        route->pattern = strdup(block->title);
        if (!route->pattern || !copy_text(block, TRI_BLOCK_HANDLER, &route->handler) ||
            !copy_text(block, TRI_BLOCK_RETURN, &route->reply) ||
            !copy_text(block, TRI_BLOCK_ROOT, &route->root) ||
            !collect_options(load, block, outer, &route->options))
            return false;
    }
    return true;
}

static bool collect_hosts(struct tri_load *load, cfg_t *top)
{
    struct tri_config *config = load->config;
    unsigned size = cfg_size(top, "vhost");
    config->hosts = size ? calloc(size, sizeof(*config->hosts)) : NULL;
    if (size && !config->hosts)
        return false;
    for (unsigned i = 0; i < size; i++) {
        cfg_t *block = cfg_getnsec(top, "vhost", i);
        struct tri_config_host *host = &config->hosts[config->host_count++];
        host->line = block->line;
        host->name = strdup(block->title);
        if (!host->name || !copy_text(block, TRI_BLOCK_ROOT, &host->root) ||
            !collect_options(load, block, &config->options, &host->options) ||
            !collect_tls(load, block, &host->tls) ||
            !collect_pages(load, block, config->errors, config->error_count, &host->errors,
                           &host->error_count) ||
            !collect_routes(load, block, &host->options, &host->routes, &host->route_count))
            return false;
    }
    return true;
}

bool tri_blocks_collect(struct tri_load *load, cfg_t *top)
{
    struct tri_config *config = load->config;
    if (load->origins[TRI_KEY_CERT].source <= TRI_SOURCE_FILE)
        config->tls.line = line_of_tls(top);
    return collect_pages(load, top, NULL, 0, &config->errors, &config->error_count) &&
           collect_routes(load, top, &config->options, &config->routes, &config->route_count) &&
           collect_hosts(load, top);
}
