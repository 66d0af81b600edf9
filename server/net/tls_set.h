/*
 * tls_set.h - all certificates that were read together, and the choice among them by a ClientHello.
 * Private to tls.c and tls_stream.c.
 *
 * A set is immutable and counted: whoever was given one may use it until it is put back, however
 * often the server reads new ones meanwhile.
 */
#pragma once

#include "server/net/tls_context.h"

#include <stdatomic.h>

struct tri_tls_set {
    atomic_uint users;
    struct tri_tls_context
        *contexts; /* owned: the default, then the others in order of their names */
    unsigned count;
};

/*
 * Read what the plan names.
 *   cert, key  borrowed: for hosts that have no certificates; or NULL
 *   tickets    borrowed or NULL
 *   returns    with one user, the caller; NULL with *error on failure
 */
struct tri_tls_set *tri_tls_set_new(const struct tri_tls_plan *plan,
                                    struct tri_tls_tickets *tickets, X509 *cert, EVP_PKEY *key,
                                    struct tri_error *error);

/* One user less; the last frees it. No-op for NULL. */
void tri_tls_set_put(struct tri_tls_set *set);

/* The set in force, and one user more. Never NULL. */
struct tri_tls_set *tri_tls_take_set(struct tri_tls *tls);

/* Tell the plan's owner that a handshake has failed, or whom it has shown the client to be. */
void tri_tls_report_failure(const struct tri_tls *tls, const struct tri_ip *client,
                            const char *reason);
void tri_tls_report_name(const struct tri_tls *tls, const struct tri_ip *client, const char *name);
