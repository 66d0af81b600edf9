/*
 * tls.h - a client's side of TLS over a socket that does not block, by OpenSSL; nothing is
 * verified, since the server under test has signed its own certificate. For client.c.
 *
 * The last session that came is resumed, by whatever server takes it: so the first connections of a
 * test agree on keys in full, and the others by a ticket, at a good part less of the costs.
 *
 * Its calls are those of a socket, outcomes and errno included. Threads: one at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ssl_st;

/* A session over `fd`, which is borrowed; owned by the caller. Asserts that there is memory. */
struct ssl_st *support_tls_new(int fd);

/* No-op for NULL; says nothing to the server. */
void support_tls_free(struct ssl_st *ssl);

/* 1: keys are agreed on; -1 with errno: EAGAIN waits for bytes. */
int support_tls_shake(struct ssl_st *ssl);

/*
 * As recv(2); at most one record comes, and the next call may have more without a look at the
 * socket as long as support_tls_holds().
 *   returns  0 for close_notify alone; -1 with ENODATA when the stream ends without it
 */
ssize_t support_tls_recv(struct ssl_st *ssl, char *at, size_t room);

/* Is there a part of a record that recv() has left? */
bool support_tls_holds(const struct ssl_st *ssl);

/* As send(2); what it takes goes out as one record. */
ssize_t support_tls_send(struct ssl_st *ssl, const char *at, size_t len);

/* Send close_notify: 0, or -1 with errno. The other direction goes on. */
int support_tls_end(struct ssl_st *ssl);
