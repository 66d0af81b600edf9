/*
 * tls_staple.h - OCSP responses that go out with the certificate they are about (RFC 6066 8). For
 * tls_context.c.
 */
#pragma once

#include "server/net/tls_context.h"

#include <stdbool.h>

struct tri_error;

/*
 * Read a response in DER and see that it is about `cert`.
 *   chain    borrowed; with the issuer of `cert`, if the file of the certificate has it: only then
 *            can be told whom the response is about
 *   returns  false with *error: there is no such file, or it holds something else. A response that
 *            is too old is kept but not sent, with a warning.
 */
bool tri_tls_staple_read(struct tri_tls_staple *staple, const char *path, X509 *cert,
                         STACK_OF(X509) * chain, const struct tri_tls_plan *plan,
                         struct tri_error *error);

/* Have the SSL_CTX of `context` send its staples, those that are there now or later. */
void tri_tls_staple_use(struct tri_tls_context *context);

void tri_tls_staple_free(struct tri_tls_staple *staple);
