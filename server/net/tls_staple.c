/*
 * tls_staple.c - see tls_staple.h.
 */
#include "server/net/tls_staple.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "server/base/error.h"
#include "server/net/tls_pem.h"

/* When a response is too old; 0: it does not say. */
static time_t end_of(const ASN1_GENERALIZEDTIME *next_update)
{
    int days = 0, seconds = 0;
    if (!next_update || ASN1_TIME_diff(&days, &seconds, NULL, next_update) != 1)
        return 0;
    return time(NULL) + (time_t)days * 86400 + seconds;
}

/* Which of the answers is about `cert`, -1: none. Without its issuer the serial number tells. */
static int find(OCSP_BASICRESP *basic, X509 *cert, X509 *issuer)
{
    if (issuer) {
        OCSP_CERTID *id = OCSP_cert_to_id(NULL, cert, issuer);
        int at = id ? OCSP_resp_find(basic, id, -1) : -1;
        OCSP_CERTID_free(id);
        return at;
    }
    for (int at = 0; at < OCSP_resp_count(basic); at++) {
        ASN1_INTEGER *serial = NULL;
        const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id(OCSP_resp_get0(basic, at));
        OCSP_id_get0_info(NULL, NULL, NULL, &serial,
                          (OCSP_CERTID *)(uintptr_t)id); /* not changed */
        if (serial && ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(cert)) == 0)
            return at;
    }
    return -1;
}

/* What the response says of `cert`; false: it is about others. */
static bool look_up(OCSP_BASICRESP *basic, X509 *cert, X509 *issuer, time_t *ret_until)
{
    ASN1_GENERALIZEDTIME *next_update = NULL;
    int at = find(basic, cert, issuer);
    if (at < 0)
        return false;
    OCSP_single_get0_status(OCSP_resp_get0(basic, at), NULL, NULL, NULL, &next_update);
    *ret_until = end_of(next_update);
    return true;
}

bool tri_tls_staple_read(struct tri_tls_staple *staple, const char *path, X509 *cert,
                         STACK_OF(X509) * chain, const struct tri_tls_plan *plan,
                         struct tri_error *error)
{
    struct tri_tls_staple found = {.cert = cert};
    OCSP_BASICRESP *basic = NULL;
    bool ok = false;
    found.bytes = tri_tls_read_file(path, &found.len, error);
    const unsigned char *at = found.bytes;
    OCSP_RESPONSE *response = at ? d2i_OCSP_RESPONSE(NULL, &at, (long)found.len) : NULL;
    if (!at)
        goto done;
    if (response && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
        basic = OCSP_response_get1_basic(response);
    if (!basic) {
        tri_error_set(error, "\"%s\": no OCSP response in DER that says anything (%s)", path,
                      tri_tls_reason());
        goto done;
    }
    X509 *issuer = sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : NULL;
    if (!look_up(basic, cert, issuer, &found.until)) {
        tri_error_set(error, "\"%s\": not about the certificate beside it (pair them in order)",
                      path);
        goto done;
    }
    if (found.until > 0 && found.until <= time(NULL) && plan->warn) {
        char text[320];
        snprintf(text, sizeof(text), "ocsp \"%.200s\": too old to be sent (fetch a new one)", path);
        plan->warn(text);
    }
    X509_up_ref(cert);
    *staple = found;
    ok = true;
done:
    if (!ok)
        free(found.bytes);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    ERR_clear_error();
    return ok;
}

static int on_status(SSL *ssl, void *arg)
{
    const struct tri_tls_context *context = arg;
    const X509 *cert = SSL_get_certificate(ssl);
    for (unsigned i = 0; i < context->staple_count; i++) {
        const struct tri_tls_staple *staple = &context->staples[i];
        if (X509_cmp(staple->cert, cert) != 0)
            continue;
        if (staple->until > 0 && staple->until <= time(NULL))
            break;
        unsigned char *copy = OPENSSL_memdup(staple->bytes, staple->len);
        if (!copy || SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)staple->len) != 1)
            break;
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_NOACK;
}

void tri_tls_staple_use(struct tri_tls_context *context)
{
    SSL_CTX_set_tlsext_status_cb(context->ctx, on_status);
    SSL_CTX_set_tlsext_status_arg(context->ctx, context);
}

void tri_tls_staple_free(struct tri_tls_staple *staple)
{
    X509_free(staple->cert);
    free(staple->bytes);
}
