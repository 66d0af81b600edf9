/*
 * tls.c - certificates against who listens, keys against certificates: what only shows when all
 * values are known.
 */
#include "config/tls.h"

#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "config/words.h"

#define NOBODY_LISTENS "nobody listens for HTTPS (name an address with tls_listen, such as *:8443)"

struct tri_config_tls tri_config_tls_outer(const struct tri_config_tls *tls)
{
    return (struct tri_config_tls){.client_ca = tls->client_ca, .verify = tls->verify};
}

/* A mistake in the block of a host, or in that of the server. */
static struct tri_origin origin_of(const struct tri_load *load, const struct tri_config_tls *tls,
                                   enum tri_key_id id)
{
    if (tls == &load->config->tls)
        return load->origins[id];
    return (struct tri_origin){TRI_SOURCE_FILE, tls->line};
}

static const char *plural(unsigned count)
{
    return count == 1 ? "" : "s";
}

/* Does one block agree with itself? */
static bool check_block(struct tri_load *load, const struct tri_config_tls *tls)
{
    unsigned certs = tls->cert.count, keys = tls->key.count, answers = tls->ocsp.count;
    if (keys > 0 && keys != certs)
        return tri_load_refuse(load, &tri_keys[TRI_KEY_KEY], origin_of(load, tls, TRI_KEY_KEY),
                               "%u key%s for %u certificate%s (name one for each, or none when the "
                               "files of the certificates hold them)",
                               keys, plural(keys), certs, plural(certs));
    if (answers > certs)
        return tri_load_refuse(load, &tri_keys[TRI_KEY_OCSP], origin_of(load, tls, TRI_KEY_OCSP),
                               "%u response%s for %u certificate%s (name at most one for each)",
                               answers, plural(answers), certs, plural(certs));
    if (strcmp(tls->verify, "off") != 0 && !tls->client_ca)
        return tri_load_refuse(load, &tri_keys[TRI_KEY_VERIFY_CLIENT],
                               origin_of(load, tls, TRI_KEY_VERIFY_CLIENT),
                               "\"%s\", but nobody may sign clients' certificates (name a file of "
                               "those who may with client_ca)",
                               tls->verify);
    return true;
}

/* What of the block has no use without a listener: the first key that is set, else NULL. */
static const struct tri_key *find_use(const struct tri_config_tls *tls)
{
    if (tls->cert.count > 0)
        return &tri_keys[TRI_KEY_CERT];
    if (tls->key.count > 0)
        return &tri_keys[TRI_KEY_KEY];
    if (tls->ocsp.count > 0)
        return &tri_keys[TRI_KEY_OCSP];
    if (tls->client_ca)
        return &tri_keys[TRI_KEY_CLIENT_CA];
    return NULL;
}

static bool check_unheard(struct tri_load *load, const struct tri_config_tls *tls)
{
    const struct tri_key *key = find_use(tls);
    return !key ||
           tri_load_refuse(load, key, origin_of(load, tls, (enum tri_key_id)(key - tri_keys)),
                           NOBODY_LISTENS);
}

static bool check_redirect(struct tri_load *load)
{
    const struct tri_config *config = load->config;
    bool has_port = config->https_port > 0 || (config->tls_listen_count > 0 &&
                                               strncmp(config->tls_listen[0], "unix:", 5) != 0);
    if (!config->https_redirect)
        return true;
    if (config->tls_listen_count == 0)
        return tri_load_refuse(load, &tri_keys[TRI_KEY_HTTPS_REDIRECT],
                               load->origins[TRI_KEY_HTTPS_REDIRECT], NOBODY_LISTENS);
    return has_port || tri_load_refuse(load, &tri_keys[TRI_KEY_HTTPS_REDIRECT],
                                       load->origins[TRI_KEY_HTTPS_REDIRECT],
                                       "the first of tls_listen has no port to name (set "
                                       "https_port)");
}

/* Whoever listens has something to show, and who has something to show is listened for. */
static bool check_listening(struct tri_load *load)
{
    const struct tri_config *config = load->config;
    if (config->tls_listen_count > 0)
        return config->tls.cert.count > 0 || config->tls_self_signed ||
               tri_load_refuse(load, &tri_keys[TRI_KEY_TLS_LISTEN],
                               load->origins[TRI_KEY_TLS_LISTEN],
                               "there is no certificate (name one with tls.cert, or try things out "
                               "with tls_self_signed)");
    bool ok = check_unheard(load, &config->tls);
    for (unsigned i = 0; ok && i < config->host_count; i++)
        ok = check_unheard(load, &config->hosts[i].tls);
    return ok;
}

bool tri_config_tls_check(struct tri_load *load)
{
    const struct tri_config *config = load->config;
    bool ok = check_listening(load) && check_redirect(load) && check_block(load, &config->tls);
    for (unsigned i = 0; ok && i < config->host_count; i++)
        ok = check_block(load, &config->hosts[i].tls);
    return ok;
}

void tri_config_tls_free(struct tri_config_tls *tls)
{
    tri_words_free(&tls->cert);
    tri_words_free(&tls->key);
    tri_words_free(&tls->ocsp);
    free(tls->client_ca);
    free(tls->verify);
    *tls = (struct tri_config_tls){0};
}
