/*
 * tls_context.c - see tls_context.h.
 *
 * Protocols and ciphers are those that Mozilla's server-side TLS guidelines call intermediate
 * (version 5.7): TLS 1.2 and 1.3, forward secrecy, authenticated encryption. The order is ours, the
 * cheapest first; but a client that names ChaCha20 first has no AES in its hardware, and gets that.
 */
#include "server/net/tls_context.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "server/base/error.h"
#include "server/net/tls_pem.h"
#include "server/net/tls_staple.h"
#include "server/net/tls_tickets.h"

#define CIPHERS_OF_1_2                                                                             \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                                   \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"                                   \
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define CIPHERS_OF_1_3 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define GROUPS "X25519:P-256:P-384"
#define GROUPS_AFTER_QUANTUM "X25519MLKEM768:" GROUPS /* where OpenSSL has it, 3.5 and later */

enum { SECURITY_LEVEL = 2, WARN_DAYS = 14 };

/* "tri-httpd.conf:12: vhost "a": <why>" into *error; false. */
static bool blame(const struct tri_tls_host *host, const char *what, const char *why,
                  struct tri_error *error)
{
    tri_error_set(error, "%s%s%s%s%s%s%s", host->where ? host->where : "", host->where ? ": " : "",
                  host->name ? "vhost \"" : "", host->name ? host->name : "",
                  host->name ? "\": " : "", what, why);
    return false;
}

static void warn(const struct tri_tls_plan *plan, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void warn(const struct tri_tls_plan *plan, const char *path, const char *format, ...)
{
    char text[320];
    size_t len = (size_t)snprintf(text, sizeof(text), "cert \"%.100s\": ", path);
    va_list values;
    va_start(values, format);
    vsnprintf(text + len, sizeof(text) - len, format, values);
    va_end(values);
    if (plan->warn)
        plan->warn(text);
}

/* What is worth knowing of a certificate that can be used. */
static void inspect(const struct tri_tls_plan *plan, const struct tri_tls_host *host,
                    const char *path, X509 *cert)
{
    int days = 0, seconds = 0;
    if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0)
        warn(plan, path, "is not valid yet");
    if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0)
        warn(plan, path, "has expired (have it renewed, then send SIGHUP)");
    else if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert)) == 1 &&
             days < WARN_DAYS)
        warn(plan, path, "expires in %d days (have it renewed, then send SIGHUP)", days);
    if (host->name && X509_check_host(cert, host->name, 0, 0, NULL) != 1)
        warn(plan, path, "is not for %.100s: clients will refuse it", host->name);
}

static bool use(SSL_CTX *ctx, X509 *cert, EVP_PKEY *key, STACK_OF(X509) * chain)
{
    return SSL_CTX_use_cert_and_key(ctx, cert, key, chain, 0) == 1;
}

static bool add_certificate(struct tri_tls_context *context, const struct tri_tls_host *host,
                            const struct tri_tls_plan *plan, const struct tri_tls_certificate *from,
                            struct tri_error *error)
{
    struct tri_error why;
    const char *key_path = from->key ? from->key : from->cert;
    STACK_OF(X509) *chain = NULL;
    EVP_PKEY *key = NULL;
    bool ok = false;
    X509 *cert = tri_tls_read_certificates(from->cert, &chain, &why);
    if (!cert) {
        blame(host, "cert ", why.text, error);
        goto done;
    }
    key = tri_tls_read_key(key_path, &why);
    if (!key) {
        blame(host, "key ", why.text, error);
        goto done;
    }
    if (X509_check_private_key(cert, key) != 1) {
        tri_error_set(&why, "\"%s\" is not the key of the certificate \"%s\" (pair them in order)",
                      key_path, from->cert);
        blame(host, "key ", why.text, error);
        goto done;
    }
    if (!use(context->ctx, cert, key, chain)) {
        unsigned long code = ERR_peek_last_error();
        bool is_second = ERR_GET_REASON(code) == SSL_R_NOT_REPLACING_CERTIFICATE;
        tri_error_set(&why, "\"%s\": %s", from->cert,
                      is_second ? "a second one with this kind of key (keep one of them)"
                                : tri_tls_reason());
        blame(host, "cert ", why.text, error);
        goto done;
    }
    inspect(plan, host, from->cert, cert);
    ok = !from->ocsp ||
         tri_tls_staple_read(&context->staples[context->staple_count], from->ocsp, cert, chain,
                             plan, &why) ||
         blame(host, "ocsp ", why.text, error);
    context->staple_count += ok && from->ocsp;
done:
    ERR_clear_error();
    EVP_PKEY_free(key);
    X509_free(cert);
    sk_X509_pop_free(chain, X509_free);
    return ok;
}

/* Whom clients have to show themselves to. */
static bool demand(SSL_CTX *ctx, const struct tri_tls_host *host, struct tri_error *error)
{
    struct tri_error why;
    STACK_OF(X509_NAME) * names;
    if (host->verify == TRI_TLS_VERIFY_OFF)
        return true;
    SSL_CTX_set_verify(
        ctx,
        SSL_VERIFY_PEER |
            (host->verify == TRI_TLS_VERIFY_REQUIRED ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
        NULL);
    names = SSL_load_client_CA_file(host->client_ca);
    if (names && SSL_CTX_load_verify_file(ctx, host->client_ca) == 1) {
        SSL_CTX_set_client_CA_list(ctx, names); /* which takes them */
        return true;
    }
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    tri_error_set(&why, "\"%s\": no certificate in PEM (%s)", host->client_ca, tri_tls_reason());
    return blame(host, "client_ca ", why.text, error);
}

/*
 * Sessions of one host are of no use at another, nor under another demand: a hash of all that
 * decides who the peers were (RFC 8446 4.6.1).
 */
static bool tell_sessions_apart(SSL_CTX *ctx, const struct tri_tls_host *host)
{
    unsigned char digest[EVP_MAX_MD_SIZE], *authority = NULL;
    size_t authority_len = 0;
    unsigned len = 0;
    if (host->verify != TRI_TLS_VERIFY_OFF)
        authority = tri_tls_read_file(host->client_ca, &authority_len, NULL);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    const char *name = host->name ? host->name : "";
    bool ok = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(md, name, strlen(name) + 1) == 1 &&
              EVP_DigestUpdate(md, &host->verify, sizeof(host->verify)) == 1 &&
              EVP_DigestUpdate(md, authority, authority_len) == 1 &&
              EVP_DigestFinal_ex(md, digest, &len) == 1 &&
              SSL_CTX_set_session_id_context(ctx, digest, len) == 1;
    EVP_MD_CTX_free(md);
    free(authority);
    return ok;
}

static bool set_up(struct tri_tls_context *context, const struct tri_tls_host *host,
                   const struct tri_tls_plan *plan, struct tri_tls_tickets *tickets)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    context->ctx = ctx;
    if (!ctx)
        return false;
    SSL_CTX_set_security_level(ctx, SECURITY_LEVEL);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                 (plan->ktls ? SSL_OP_ENABLE_KTLS : 0) |
                                 (tickets ? 0 : SSL_OP_NO_TICKET));
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY); /* tls_stream.c counts records of control */
    SSL_CTX_set_read_ahead(ctx, 1); /* a record with its header in one call */
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ctx, tickets ? 1 : 0);
    tri_tls_staple_use(context);
    bool ok = SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
              SSL_CTX_set_cipher_list(ctx, CIPHERS_OF_1_2) == 1 &&
              SSL_CTX_set_ciphersuites(ctx, CIPHERS_OF_1_3) == 1 &&
              (SSL_CTX_set1_groups_list(ctx, GROUPS_AFTER_QUANTUM) == 1 ||
               SSL_CTX_set1_groups_list(ctx, GROUPS) == 1) &&
              tell_sessions_apart(ctx, host) && (!tickets || tri_tls_tickets_use(tickets, ctx));
    ERR_clear_error();
    return ok;
}

static bool begin(struct tri_tls_context *context, const struct tri_tls_host *host,
                  const struct tri_tls_plan *plan, struct tri_tls_tickets *tickets,
                  struct tri_error *error)
{
    *context = (struct tri_tls_context){.name = host->name, .guard = host->guard};
    if (!set_up(context, host, plan, tickets))
        return blame(host, "TLS cannot be set up: ", tri_tls_reason(), error);
    return demand(context->ctx, host, error);
}

bool tri_tls_context_open(struct tri_tls_context *context, const struct tri_tls_host *host,
                          const struct tri_tls_plan *plan, struct tri_tls_tickets *tickets,
                          struct tri_error *error)
{
    bool ok = begin(context, host, plan, tickets, error);
    if (ok && host->certificate_count > TRI_TLS_CERTIFICATES_MAX)
        ok = blame(host, "cert ",
                   "more certificates than there are kinds of keys (keep one of each)", error);
    for (unsigned i = 0; ok && i < host->certificate_count; i++)
        ok = add_certificate(context, host, plan, &host->certificates[i], error);
    if (!ok)
        tri_tls_context_close(context);
    return ok;
}

bool tri_tls_context_open_with(struct tri_tls_context *context, const struct tri_tls_host *host,
                               const struct tri_tls_plan *plan, struct tri_tls_tickets *tickets,
                               X509 *cert, EVP_PKEY *key, struct tri_error *error)
{
    bool ok = begin(context, host, plan, tickets, error) &&
              (use(context->ctx, cert, key, NULL) ||
               blame(host, "the certificate made for localhost: ", tri_tls_reason(), error));
    if (!ok)
        tri_tls_context_close(context);
    return ok;
}

void tri_tls_context_close(struct tri_tls_context *context)
{
    SSL_CTX_free(context->ctx);
    for (unsigned i = 0; i < context->staple_count; i++)
        tri_tls_staple_free(&context->staples[i]);
    *context = (struct tri_tls_context){.ctx = NULL};
}
