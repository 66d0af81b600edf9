/*
 * check.c - what only shows when all values are known: settings that contradict each other.
 *
 * A flag that has no effect in the chosen mode is a mistake: somebody has just typed it. In the
 * file and the environment it is not, since both may serve all three modes.
 */
#include "config/load.h"

#include <inttypes.h>
#include <string.h>

#include "config/listens.h"
#include "config/paths.h"
#include "config/tls.h"
#include "server/base/units.h"

#define FIELDS_BYTES 1024        /* of a head, beyond the longest target */
#define REPLY_BYTES (8u * 1024u) /* of an exchange's memory, beyond the longest head */
#define REPLY_HEAD_BYTES 2048    /* of a reply, beyond the fields that are settings */

static unsigned mode_bit(const struct tri_config *config)
{
    char word[32];
    for (unsigned i = 0; tri_key_word(tri_keys[TRI_KEY_MODE].unit, i, word, sizeof(word)); i++)
        if (strcmp(word, config->mode) == 0)
            return 1u << i;
    return 0;
}

static bool check_mode(struct tri_load *load, enum tri_key_id id)
{
    char modes[64];
    const struct tri_key *key = &tri_keys[id];
    if (load->origins[id].source != TRI_SOURCE_FLAG || key->modes & mode_bit(load->config))
        return true;
    return tri_load_refuse(load, key, load->origins[id],
                           "has no effect in mode %s (drop it, or choose a mode that has it: %s)",
                           load->config->mode, tri_key_modes(key, modes, sizeof(modes)));
}

/* `big` must exceed `small` by `margin`; who is blamed is who was set with more emphasis. */
static bool check_room(struct tri_load *load, enum tri_key_id big, enum tri_key_id small,
                       uint64_t margin, const char *what)
{
    char big_name[64], small_name[64], has[32], least[32], most[32];
    uint64_t big_bytes = tri_load_number(load->config, &tri_keys[big]);
    uint64_t small_bytes = tri_load_number(load->config, &tri_keys[small]);
    if (big_bytes >= small_bytes + margin)
        return true;
    enum tri_key_id blamed = load->origins[small].source > load->origins[big].source ? small : big;
    tri_units_print_size(big_bytes, has, sizeof(has));
    tri_units_print_size(small_bytes + margin, least, sizeof(least));
    tri_units_print_size(big_bytes > margin ? big_bytes - margin : 0, most, sizeof(most));
    tri_key_name(&tri_keys[big], big_name, sizeof(big_name));
    tri_key_name(&tri_keys[small], small_name, sizeof(small_name));
    return tri_load_refuse(load, &tri_keys[blamed], load->origins[blamed],
                           "%s is %s, which leaves too little for %s (set %s to %s or more, or %s "
                           "to %s or less)",
                           big_name, has, what, big_name, least, small_name, most);
}

/* The fields of each reply go out in one head; `line` is that of their block, 0: outside of all. */
static bool check_fields(struct tri_load *load, const struct tri_config_options *options, int line)
{
    char output_name[64], field_name[64], has[32], least[32];
    const struct tri_key *output = &tri_keys[TRI_KEY_LIMIT_OUTPUT];
    uint64_t room = tri_load_number(load->config, output);
    uint64_t cache_control = options->cache_control ? strlen(options->cache_control) : 0;
    uint64_t headers = 0;
    for (unsigned i = 0; i < options->headers.count; i++)
        headers += strlen(options->headers.at[i]) + strlen("\r\n");
    if (headers + cache_control + REPLY_HEAD_BYTES <= room)
        return true;
    enum tri_key_id field = headers >= cache_control ? TRI_KEY_HEADERS : TRI_KEY_CACHE_CONTROL;
    struct tri_origin origin = load->origins[field];
    if (line > 0)
        origin = (struct tri_origin){TRI_SOURCE_FILE, line};
    bool is_output = load->origins[TRI_KEY_LIMIT_OUTPUT].source > origin.source;
    tri_units_print_size(room, has, sizeof(has));
    tri_units_print_size(headers + cache_control + REPLY_HEAD_BYTES, least, sizeof(least));
    tri_key_name(output, output_name, sizeof(output_name));
    tri_key_name(&tri_keys[field], field_name, sizeof(field_name));
    return tri_load_refuse(
        load, is_output ? output : &tri_keys[field],
        is_output ? load->origins[TRI_KEY_LIMIT_OUTPUT] : origin,
        "%s is %s, which leaves too little for %" PRIu64 " bytes of fields in each reply (set "
        "%s to %s or more, or shorten %s)",
        output_name, has, headers + cache_control, output_name, least, field_name);
}

static bool check_routes(struct tri_load *load, const struct tri_config_route *routes,
                         unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!check_fields(load, &routes[i].options, routes[i].line))
            return false;
    return true;
}

static bool check_blocks(struct tri_load *load)
{
    const struct tri_config *config = load->config;
    bool ok = check_fields(load, &config->options, 0) &&
              check_routes(load, config->routes, config->route_count);
    for (unsigned i = 0; ok && i < config->host_count; i++) {
        const struct tri_config_host *host = &config->hosts[i];
        ok = check_fields(load, &host->options, host->line) &&
             check_routes(load, host->routes, host->route_count);
    }
    return ok;
}

/* Flags that refine another setting. */
static const struct {
    enum tri_key_id id, needed;
} uses[] = {
    {TRI_KEY_LIMIT_CLIENT_BURST, TRI_KEY_LIMIT_CLIENT_RATE},
    {TRI_KEY_FILES_CACHE_MEMORY, TRI_KEY_FILES_CACHE},
    {TRI_KEY_FILES_CACHE_VALID, TRI_KEY_FILES_CACHE},
    {TRI_KEY_TLS_SELF_SIGNED, TRI_KEY_TLS_LISTEN},
    {TRI_KEY_TLS_KTLS, TRI_KEY_TLS_LISTEN},
    {TRI_KEY_TLS_SESSION, TRI_KEY_TLS_LISTEN},
    {TRI_KEY_TIMEOUT_HANDSHAKE, TRI_KEY_TLS_LISTEN},
    {TRI_KEY_HTTPS_PORT, TRI_KEY_HTTPS_REDIRECT},
};

/* How the zero of a key is said. */
static const char *zero_of(const struct tri_key *key)
{
    if (key->type == TRI_TYPE_LIST)
        return "empty";
    return key->type == TRI_TYPE_SWITCH ? "off" : "0";
}

static bool check_use(struct tri_load *load, enum tri_key_id id, enum tri_key_id needed)
{
    char name[64];
    if (load->origins[id].source != TRI_SOURCE_FLAG ||
        tri_load_number(load->config, &tri_keys[needed]) > 0)
        return true;
    return tri_load_refuse(load, &tri_keys[id], load->origins[id],
                           "has no effect while %s is %s (drop it, or set that, too)",
                           tri_key_name(&tri_keys[needed], name, sizeof(name)),
                           zero_of(&tri_keys[needed]));
}

static bool check_proxies(struct tri_load *load)
{
    if (!load->config->proxy_protocol || load->config->trust.count > 0)
        return true;
    return tri_load_refuse(load, &tri_keys[TRI_KEY_PROXY_PROTOCOL],
                           load->origins[TRI_KEY_PROXY_PROTOCOL],
                           "nobody is trusted to send a PROXY header (name the proxies with trust, "
                           "such as 10.0.0.0/8)");
}

static bool check_root(struct tri_load *load)
{
    struct tri_error reason;
    const char *root = load->config->root;
    return !root || tri_path_check_directory(root, &reason) ||
           tri_load_refuse(load, &tri_keys[TRI_KEY_ROOT], load->origins[TRI_KEY_ROOT], "%s",
                           reason.text);
}

bool tri_load_check(struct tri_load *load)
{
    bool ok = true;
    for (unsigned id = 0; ok && id < TRI_KEY_COUNT; id++)
        ok = check_mode(load, (enum tri_key_id)id);
    for (unsigned i = 0; ok && i < sizeof(uses) / sizeof(uses[0]); i++)
        ok = check_use(load, uses[i].id, uses[i].needed);
    return ok && tri_listens_check(load) && tri_config_tls_check(load) &&
           check_room(load, TRI_KEY_LIMIT_HEAD, TRI_KEY_LIMIT_TARGET, FIELDS_BYTES,
                      "the target and 1KiB of fields") &&
           check_room(load, TRI_KEY_LIMIT_MEMORY, TRI_KEY_LIMIT_HEAD, REPLY_BYTES,
                      "a head and 8KiB of reply") &&
           check_proxies(load) && check_root(load) && check_blocks(load);
}
