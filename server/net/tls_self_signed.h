/*
 * tls_self_signed.h - a certificate for trying things out: localhost, 127.0.0.1 and ::1, a key on
 * P-256, thirty days, in memory only. For tls.c.
 */
#pragma once

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

struct tri_error;

/* Both are owned by the caller; false with *error, and both are NULL. */
bool tri_tls_self_sign(X509 **ret_cert, EVP_PKEY **ret_key, struct tri_error *error);
