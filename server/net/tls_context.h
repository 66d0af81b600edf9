/*
 * tls_context.h - the certificates and demands of one host as an SSL_CTX. For tls.c.
 */
#pragma once

#include "server/net/tls.h"

#include <time.h>

#include <openssl/ssl.h>

struct tri_tls_tickets;

struct tri_tls_staple {   /* what an authority says of one certificate, OCSP (RFC 6960) */
    X509 *cert;           /* owned */
    unsigned char *bytes; /* owned, DER */
    size_t len;
    time_t until; /* not sent from then on; 0: it says nothing of an end */
};

#define TRI_TLS_CERTIFICATES_MAX 4 /* of one host: there are no more kinds of keys */

struct tri_tls_context {
    SSL_CTX *ctx; /* owned */
    struct tri_tls_staple staples[TRI_TLS_CERTIFICATES_MAX];
    unsigned staple_count;
    const char *name; /* borrowed from the plan; NULL: the default */
    unsigned guard;
};

/*
 * Read what `host` names.
 *   context  lies still until it is closed: its SSL_CTX points at it
 *   tickets  borrowed or NULL: no session is resumed
 *   returns  false with *error; nothing is kept then
 */
bool tri_tls_context_open(struct tri_tls_context *context, const struct tri_tls_host *host,
                          const struct tri_tls_plan *plan, struct tri_tls_tickets *tickets,
                          struct tri_error *error);

/*
 * The same, with a certificate at hand.
 *   cert, key  borrowed
 */
bool tri_tls_context_open_with(struct tri_tls_context *context, const struct tri_tls_host *host,
                               const struct tri_tls_plan *plan, struct tri_tls_tickets *tickets,
                               X509 *cert, EVP_PKEY *key, struct tri_error *error);

void tri_tls_context_close(struct tri_tls_context *context);
