/*
 * listens.c - where to listen: each list without an address twice, both together within the room
 * that there is for one.
 */
#include "config/listens.h"

#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "server/base/address.h"

/* How many there are stands beside each list: so many bytes behind its field. */
static size_t count_offset(const struct tri_key *key)
{
    size_t offset = key == &tri_keys[TRI_KEY_LISTEN]
                        ? offsetof(struct tri_config, listen_count)
                        : offsetof(struct tri_config, tls_listen_count);
    return offset - key->offset;
}

unsigned tri_listens_count(const struct tri_key *key, const void *field)
{
    return *(const unsigned *)((const char *)field + count_offset(key));
}

static bool is_in(char *const at[], unsigned count, const char *text)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(at[i], text) == 0)
            return true;
    return false;
}

bool tri_listens_add(const struct tri_key *key, void *field, const char *text,
                     struct tri_error *error)
{
    char **at = field;
    unsigned *count = (unsigned *)((char *)field + count_offset(key));
    char *copy = NULL;
    if (*text == '\0' && *count == 0)
        return true;
    if (*text == '\0')
        tri_error_set(error, "\"\" is for no value at all (remove it, or the others)");
    else if (is_in(at, *count, text))
        tri_error_set(error, "\"%.60s\" is given twice (name it once)", text);
    else if (*count == TRI_CONFIG_LISTENS)
        tri_error_set(error, "\"%.60s\" is one address too many (at most %d)", text,
                      TRI_CONFIG_LISTENS);
    else if (!(copy = strdup(text)))
        tri_error_set(error, TRI_OUT_OF_MEMORY);
    else
        at[(*count)++] = copy;
    return copy;
}

/* The kernel chooses: two of these are two addresses. */
static bool is_for_any_port(const char *text)
{
    const char *port = strrchr(text, ':');
    return strncmp(text, "unix:", 5) != 0 && port && strcmp(port, ":0") == 0;
}

bool tri_listens_check(struct tri_load *load)
{
    struct tri_error reason;
    struct tri_address address;
    const struct tri_config *config = load->config;
    unsigned count = config->listen_count + config->tls_listen_count;
    /* who is blamed is who was set with more emphasis */
    bool is_plain = load->origins[TRI_KEY_LISTEN].source > load->origins[TRI_KEY_TLS_LISTEN].source;
    enum tri_key_id blamed = is_plain ? TRI_KEY_LISTEN : TRI_KEY_TLS_LISTEN;
    enum tri_key_id other = is_plain ? TRI_KEY_TLS_LISTEN : TRI_KEY_LISTEN;
    const struct tri_key *key = &tri_keys[blamed];
    if (count == 0 && !tri_address_parse(&address, "", &reason)) /* as any that is no address */
        return tri_load_refuse(load, &tri_keys[TRI_KEY_LISTEN], load->origins[TRI_KEY_LISTEN], "%s",
                               reason.text);
    if (count > TRI_CONFIG_LISTENS)
        return tri_load_refuse(load, key, load->origins[blamed],
                               "%u addresses with those of %s (name at most %d in all)", count,
                               tri_keys[other].name, TRI_CONFIG_LISTENS);
    for (unsigned i = 0; i < config->tls_listen_count; i++)
        if (is_in(config->listen, config->listen_count, config->tls_listen[i]) &&
            !is_for_any_port(config->tls_listen[i]))
            return tri_load_refuse(load, key, load->origins[blamed],
                                   "\"%.60s\" is in %s, too (keep one of them)",
                                   config->tls_listen[i], tri_keys[other].name);
    return true;
}

void tri_listens_free(struct tri_config *config)
{
    for (unsigned i = 0; i < config->listen_count; i++)
        free(config->listen[i]);
    for (unsigned i = 0; i < config->tls_listen_count; i++)
        free(config->tls_listen[i]);
    config->listen_count = config->tls_listen_count = 0;
}
