/*
 * tls_set.c - see tls_set.h.
 *
 * The host is chosen by the callback for the ClientHello, which runs before OpenSSL looks at
 * tickets: so a session is resumed under the demands of the host that is asked for, never under
 * those of another.
 */
#include "server/net/tls_set.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/error.h"
#include "server/base/slice.h"
#include "server/net/tls_hello.h"

static int order(const void *a, const void *b)
{
    const struct tri_tls_host *const *host = a, *const *other = b;
    return strcasecmp((*host)->name, (*other)->name);
}

static int compare(const void *key, const void *entry)
{
    const struct tri_slice *name = key;
    const char *other = ((const struct tri_tls_context *)entry)->name;
    int way = strncasecmp(name->at, other, name->len);
    return way == 0 && other[name->len] ? -1 : way;
}

static const struct tri_tls_context *find(const struct tri_tls_set *set, struct tri_slice name)
{
    if (name.len > 0 && name.at[name.len - 1] == '.')
        name.len--;
    const struct tri_tls_context *found =
        bsearch(&name, set->contexts + 1, set->count - 1, sizeof(*set->contexts), compare);
    return found ? found : set->contexts;
}

static int on_hello(SSL *ssl, int *alert, void *arg)
{
    const struct tri_tls_set *set = arg;
    const unsigned char *at;
    size_t len;
    struct tri_slice name;
    (void)alert;
    if (set->count == 1 ||
        SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &at, &len) != 1 ||
        !tri_tls_hello_name((struct tri_slice){(const char *)at, len}, &name))
        return SSL_CLIENT_HELLO_SUCCESS;
    const struct tri_tls_context *context = find(set, name);
    SSL_set_SSL_CTX(ssl, context->ctx);
    SSL_set_verify(ssl, SSL_CTX_get_verify_mode(context->ctx), NULL);
    return SSL_CLIENT_HELLO_SUCCESS;
}

/* A client that speaks other protocols only is told so by an alert (RFC 7301 3.2). */
static int on_protocols(SSL *ssl, const unsigned char **ret_at, unsigned char *ret_len,
                        const unsigned char *at, unsigned len, void *arg)
{
    struct tri_slice chosen;
    (void)ssl, (void)arg;
    if (!tri_tls_hello_protocol((struct tri_slice){(const char *)at, len}, &chosen))
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *ret_at = (const unsigned char *)chosen.at;
    *ret_len = (unsigned char)chosen.len;
    return SSL_TLSEXT_ERR_OK;
}

struct tri_tls_set *tri_tls_set_new(const struct tri_tls_plan *plan,
                                    struct tri_tls_tickets *tickets, X509 *cert, EVP_PKEY *key,
                                    struct tri_error *error)
{
    struct tri_tls_set *set = calloc(1, sizeof(*set));
    const struct tri_tls_host **hosts = calloc(plan->host_count, sizeof(struct tri_tls_host *));
    if (set)
        set->contexts = calloc(plan->host_count, sizeof(*set->contexts));
    if (!set || !set->contexts || !hosts) {
        tri_error_set(error, "TLS: out of memory");
        goto failed;
    }
    for (unsigned i = 0; i < plan->host_count; i++)
        hosts[i] = &plan->hosts[i];
    qsort(hosts + 1, plan->host_count - 1, sizeof(*hosts), order); /* contexts must lie still */
    atomic_init(&set->users, 1);
    for (; set->count < plan->host_count; set->count++) {
        struct tri_tls_context *context = &set->contexts[set->count];
        const struct tri_tls_host *host = hosts[set->count];
        bool is_given = cert && host->certificate_count == 0;
        if (!(is_given ? tri_tls_context_open_with(context, host, plan, tickets, cert, key, error)
                       : tri_tls_context_open(context, host, plan, tickets, error)))
            goto failed;
        SSL_CTX_set_alpn_select_cb(context->ctx, on_protocols, NULL);
    }
    SSL_CTX_set_client_hello_cb(set->contexts->ctx, on_hello, set);
    free(hosts);
    return set;
failed:
    free(hosts);
    tri_tls_set_put(set);
    return NULL;
}

void tri_tls_set_put(struct tri_tls_set *set)
{
    if (!set || atomic_fetch_sub(&set->users, 1) > 1)
        return;
    for (unsigned i = 0; i < set->count; i++)
        tri_tls_context_close(&set->contexts[i]);
    free(set->contexts);
    free(set);
}
