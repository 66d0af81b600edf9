/*
 * tls_self_signed.c - see tls_self_signed.h. Fields as RFC 5280 has them.
 */
#include "server/net/tls_self_signed.h"

#include <stdint.h>

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "server/base/error.h"
#include "server/net/tls_pem.h"

#define VALID_S (30L * 24 * 3600)
#define BACK_S 3600L /* clocks differ */

static bool add_extension(X509 *cert, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool ok = extension && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

static bool set_serial(X509 *cert)
{
    uint64_t number;
    return RAND_bytes((unsigned char *)&number, sizeof(number)) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), number >> 1 | 1) == 1;
}

static bool fill(X509 *cert, EVP_PKEY *key)
{
    static const unsigned char name[] = "localhost";
    X509_NAME *subject = X509_get_subject_name(cert);
    return X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert) &&
           X509_gmtime_adj(X509_getm_notBefore(cert), -BACK_S) &&
           X509_gmtime_adj(X509_getm_notAfter(cert), VALID_S) &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) == 1 &&
           X509_set_issuer_name(cert, subject) == 1 && X509_set_pubkey(cert, key) == 1 &&
           add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(cert, NID_key_usage, "critical,digitalSignature") &&
           add_extension(cert, NID_ext_key_usage, "serverAuth") &&
           add_extension(cert, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
           X509_sign(cert, key, EVP_sha256()) > 0;
}

bool tri_tls_self_sign(X509 **ret_cert, EVP_PKEY **ret_key, struct tri_error *error)
{
    *ret_key = EVP_EC_gen("P-256");
    *ret_cert = X509_new();
    bool ok = *ret_key && *ret_cert && fill(*ret_cert, *ret_key);
    if (!ok) {
        tri_error_set(error, "a certificate for localhost cannot be made: %s", tri_tls_reason());
        X509_free(*ret_cert);
        EVP_PKEY_free(*ret_key);
        *ret_cert = NULL;
        *ret_key = NULL;
    }
    return ok;
}
