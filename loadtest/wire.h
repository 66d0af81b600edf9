/*
 * wire.h - a connection's bytes, plain or under TLS; nothing here ever waits.
 */
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "loadtest/plan.h"

struct tri_wire {
    int fd;          /* owned; -1: closed */
    bool is_stamped; /* the kernel says when what is read arrived */
    SSL *ssl;        /* owned; NULL: plain */
};

/* What reading and writing return in place of a count above 0. */
enum { TRI_WIRE_EOF = 0, TRI_WIRE_AGAIN = -1, TRI_WIRE_RESET = -2, TRI_WIRE_TLS = -3 };

/* What all connections of a process under TLS share; NULL with an error. */
SSL_CTX *tri_wire_context(const struct tri_plan *plan, struct tri_error *error);

enum tri_connecting { TRI_CONNECTING, TRI_CONNECTED, TRI_CONNECT_LATER, TRI_CONNECT_FAILED };

/*
 * Begin to connect.
 *   source      where from; NULL: the kernel chooses
 *   small       keep the receive buffer as small as can be (slow readers)
 *   returns     LATER: the backlog of a Unix socket is full; FAILED: errno says why
 */
enum tri_connecting tri_wire_connect(struct tri_wire *wire, const struct tri_plan *plan,
                                     const struct tri_endpoint *source, bool small);

/* Prepare TLS on a connected wire; false without memory. */
bool tri_wire_secure(struct tri_wire *wire, SSL_CTX *context, const struct tri_plan *plan);

/* Go on with the handshake: 1 done, TRI_WIRE_AGAIN, or TRI_WIRE_TLS (or RESET). */
int tri_wire_handshake(struct tri_wire *wire);

/* What OpenSSL said about the last failure of this thread; "" when it said nothing. */
void tri_wire_why(char *text, size_t room);

/* *ret_stamp_ns: when the last of it arrived, as tri_stamps_arrival() takes it; 0: not known. */
ssize_t tri_wire_read(struct tri_wire *wire, char *into, size_t room, int64_t *ret_stamp_ns);
ssize_t tri_wire_write(struct tri_wire *wire, const char *from, size_t len);
void tri_wire_close(struct tri_wire *wire);
