/*
 * tls.c - see tls.h.
 */
#include "tests/support/tls.h"

#include <errno.h>
#include <signal.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "server/base/assert.h"

static SSL_SESSION *ticket; /* the last that came, from whatever server; as long as the process */

static int keep(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    SSL_SESSION_free(ticket);
    ticket = session;
    return 1; /* it is ours now */
}

static SSL_CTX *context(void)
{
    static SSL_CTX *made; /* as long as the process */
    if (!made) {
        signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
        made = SSL_CTX_new(TLS_client_method());
        tri_assert(made);
        SSL_CTX_set_verify(made, SSL_VERIFY_NONE, NULL);
        SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(made, keep);
        SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }
    return made;
}

struct ssl_st *support_tls_new(int fd)
{
    SSL *ssl = SSL_new(context());
    tri_assert(ssl && SSL_set_fd(ssl, fd) == 1);
    SSL_set_connect_state(ssl);
    if (ticket)
        SSL_set_session(ssl, ticket);
    return ssl;
}

void support_tls_free(struct ssl_st *ssl)
{
    SSL_free(ssl);
}

/* -1, with errno telling why `outcome` is none. */
static int fail(SSL *ssl, int outcome)
{
    int os = errno;
    switch (SSL_get_error(ssl, outcome)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        errno = EAGAIN;
        break;
    case SSL_ERROR_SYSCALL:
        errno = os ? os : EPIPE;
        break;
    default:
        errno = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? ENODATA
                                                                                       : EPROTO;
    }
    return -1;
}

int support_tls_shake(struct ssl_st *ssl)
{
    ERR_clear_error();
    int outcome = SSL_do_handshake(ssl);
    return outcome == 1 ? 1 : fail(ssl, outcome);
}

ssize_t support_tls_recv(struct ssl_st *ssl, char *at, size_t room)
{
    size_t n;
    ERR_clear_error();
    if (SSL_read_ex(ssl, at, room, &n) == 1)
        return (ssize_t)n;
    return SSL_get_error(ssl, 0) == SSL_ERROR_ZERO_RETURN ? 0 : fail(ssl, 0);
}

bool support_tls_holds(const struct ssl_st *ssl)
{
    return SSL_pending(ssl) > 0;
}

ssize_t support_tls_send(struct ssl_st *ssl, const char *at, size_t len)
{
    size_t n;
    ERR_clear_error();
    return SSL_write_ex(ssl, at, len, &n) == 1 ? (ssize_t)n : fail(ssl, 0);
}

int support_tls_end(struct ssl_st *ssl)
{
    ERR_clear_error();
    int outcome = SSL_shutdown(ssl);
    return outcome >= 0 ? 0 : fail(ssl, outcome);
}
