/*
 * tls_session.h - what a stream of TLS keeps. Private to tls_stream.c and tls_source.c.
 */
#pragma once

#include "server/net/tls_set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/bio.h>
#include <openssl/ssl.h>

struct tri_tls_session {
    struct tri_tls *tls;     /* borrowed */
    struct tri_tls_set *set; /* a use of it; NULL before the handshake */
    SSL *ssl;                /* owned; NULL before the handshake */
    char *early;             /* owned; bytes that others have read, or NULL */
    size_t early_bytes, early_used;
    size_t pending_bytes; /* of a record that waits for room: they must be given again */
    size_t burst_bytes;   /* written since the last pause */
    int64_t wrote_ns;     /* the last time more than a small record was */
    struct tri_secured secured;
    char *peer_name; /* owned or NULL; secured.peer_name */
    bool has_agreed; /* `secured` is set */
    int fd;          /* borrowed from the stream */
    bool has_begun;  /* bytes have come */
    bool dry;        /* the last read came up short */
    bool eof;
    bool speaks_plain;
};

/* Where OpenSSL reads: the socket of `session`, borrowed. NULL when out of memory. */
BIO *tri_tls_source_new(struct tri_tls_session *session);
