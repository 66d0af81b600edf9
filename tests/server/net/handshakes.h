/*
 * handshakes.h - a stream of server/net/tls.h at one end of a pair of sockets, and OpenSSL's own
 * client at the other; the two take turns.
 */
#pragma once

#include "server/net/tls.h"

#include <stdbool.h>

#include <openssl/ssl.h>

struct handshake {
    struct tri_stream stream; /* the server's end */
    SSL_CTX *ctx;
    SSL *ssl;             /* the client's */
    SSL_SESSION *session; /* owned; the last ticket that came, or NULL */
    int fd;               /* owned; the client's end */
};

/* A pair, nothing said yet. Settings of the client may be changed now. */
void handshake_open(struct handshake *pair, struct tri_tls *tls);

/* Let both work until they agree, or nothing moves; what the server has said last. */
enum tri_io handshake_run(struct handshake *pair);

/* Read up to `room` bytes as the server: everything the client has sent. */
enum tri_io handshake_read(struct handshake *pair, char *at, size_t room, size_t *got);

/* Have the client take what has come, such as tickets; the bytes it was sent. */
int handshake_take(struct handshake *pair, char *at, int room);

void handshake_close(struct handshake *pair);
