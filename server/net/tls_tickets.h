/*
 * tls_tickets.h - the keys of session tickets (RFC 5077, RFC 8446 4.6.1).
 *
 * A client that comes back shows a ticket: its session, encrypted for ourselves. So that any worker
 * process can read it, the keys lie in memory that all processes share which are forked after
 * tri_tls_tickets_new(). They rotate: a key makes tickets for half of the time that a session
 * lives, reads them until the last of them is too old, and is wiped then, so that whoever gets hold
 * of the keys cannot read what was said long before.
 *
 * Threads and processes: any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

struct tri_error;
struct tri_tls_tickets; /* opaque */

/* `session_ns` is how long a ticket is good, more than 0; NULL with *error on failure. */
struct tri_tls_tickets *tri_tls_tickets_new(int64_t session_ns, struct tri_error *error);

/* Make and read tickets of `ctx` with these keys, which are borrowed. */
bool tri_tls_tickets_use(struct tri_tls_tickets *tickets, SSL_CTX *ctx);

/* No-op for NULL. Other processes keep theirs. */
void tri_tls_tickets_free(struct tri_tls_tickets *tickets);
