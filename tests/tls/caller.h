/*
 * caller.h - a client that speaks TLS on a socket, in any cuts, and never waits without a deadline.
 *
 * What it sends passes through memory, so a test says how it is cut and after which byte the client
 * vanishes. While it sends it also reads, so that neither side can block the other for good.
 */
#pragma once

#include "tests/support/client.h"

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

struct paper;

struct call { /* zero: TLS 1.3 without a name */
    uint16_t port;
    const char *name;         /* SNI, or NULL */
    const char *protocols;    /* ALPN as on the wire, or NULL */
    int version;              /* TLS1_2_VERSION: no other */
    const struct paper *self; /* the client's certificate, or NULL */
    SSL_SESSION *session;     /* to be resumed, or NULL */
    const struct paper *root; /* verify the server by this authority; or NULL */
    const char *greeting;     /* bytes before the handshake, or NULL */
    size_t piece;             /* bytes of a send; 0: all */
    size_t most;              /* bytes after which nothing more is sent; 0: no end */
};

struct caller {
    struct support_client socket; /* `in` holds what was decrypted, for its readers */
    SSL_CTX *ctx;
    SSL *ssl;
    SSL_SESSION *session; /* owned: the last ticket that came, or NULL */
    size_t piece, left;   /* of what is sent; left: SIZE_MAX for no end */
    int end;              /* SSL_ERROR_...: how the server's stream has ended; 0: not yet */
    char alert[96];       /* why it failed, "" when it did not */
};

/* Connect and shake hands; false when that fails (caller->alert) or `most` has cut it off. */
bool caller_open(struct caller *caller, const struct call *call);

/* Connect only; caller_step() goes on. */
void caller_begin(struct caller *caller, const struct call *call);

/* Do what can be done of the handshake now: 1 done, 0 not yet, -1 failed. */
int caller_step(struct caller *caller);

/* Encrypt and send all. False: the server takes no more. */
bool caller_send(struct caller *caller, struct tri_slice bytes);

/* Receive more, or the end; false when there is neither until `deadline_ns`. */
bool caller_more(struct caller *caller, int64_t deadline_ns);

/* Read on until the stream ends; the SSL_ERROR_ of its end, 0 when it does not come in time. */
int caller_finish(struct caller *caller);

/* The next response; as support_client_response(). */
const char *caller_response(struct caller *caller, struct support_response *response);

/* GET `path` of `host`; the status, 0 when there is no answer. *ret_body is the caller's to free.
 */
int caller_get(struct caller *caller, const char *host, const char *path, char **ret_body);

/* Say close_notify. */
void caller_farewell(struct caller *caller);

/* Say nothing more, and give everything back. Safe on one that is closed. */
void caller_close(struct caller *caller);
