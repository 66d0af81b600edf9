/*
 * tls_pem.h - certificates, keys and what authorities say of them, out of files. All messages name
 * the file. For tls_context.c.
 */
#pragma once

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

struct tri_error;

/*
 * The certificates of a file, in order.
 *   *ret_chain  owned: all but the first, for the caller to free with sk_X509_pop_free
 *   returns     the first, owned; NULL with *error when there is none
 */
X509 *tri_tls_read_certificates(const char *path, STACK_OF(X509) * *ret_chain,
                                struct tri_error *error);

/* The private key of a file, owned; NULL with *error: there is none, or it is encrypted. */
EVP_PKEY *tri_tls_read_key(const char *path, struct tri_error *error);

/* The bytes of a small file, owned by the caller; NULL with *error. */
unsigned char *tri_tls_read_file(const char *path, size_t *ret_len, struct tri_error *error);

/* What OpenSSL had to say last, for a message; its queue is empty afterwards. */
const char *tri_tls_reason(void);
