/*
 * serving.h - a server that listens with TLS as well, and what it says of that.
 *
 * The server is that of tests/modes/serving.h: server.port speaks HTTP, tls_port HTTPS, and
 * finish(), logged() and the plain client are as there.
 */
#pragma once

#include "tests/modes/serving.h"

#include "caller.h"
#include "papers.h"

extern uint16_t tls_port;

/* --mode, listeners and what keeps a server small come with it; seven flags at most. */
void serve_tls(const char *mode, const char *const flags[]);

/* Start with what must not work; asserts exit code 2, and that it says `text`. */
void refuse_tls(const char *const flags[], const char *text);

/* Wait until `text` was logged so many times; false when it is not in time. */
bool was_logged(const char *text, unsigned times);

/* Connect and shake hands as `call` says, but for the port; asserts that it works. */
void meet(struct caller *caller, struct call call);

/*
 * A new connection, one request for /tls of `host`, and its end.
 *   *ret_session  the last ticket that came, owned by the caller; or NULL: it is not wanted
 *   returns       what it says, valid until the next call; "" when the status is not 200
 */
const char *tell(struct call call, const char *host, SSL_SESSION **ret_session);

/* The next response has this status; its body is dropped. */
void expect_status(struct caller *caller, int status);
