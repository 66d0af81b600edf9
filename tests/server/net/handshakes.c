/*
 * handshakes.c - see handshakes.h.
 */
#include "handshakes.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <openssl/err.h>

static int on_session(SSL *ssl, SSL_SESSION *session)
{
    struct handshake *pair = SSL_get_app_data(ssl);
    SSL_SESSION_free(pair->session);
    pair->session = session;
    return 1;
}

void handshake_open(struct handshake *pair, struct tri_tls *tls)
{
    int ends[2];
    signal(SIGPIPE, SIG_IGN); /* as the server does */
    cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    *pair = (struct handshake){.stream = tri_stream_tls(ends[0], tls), .fd = ends[1]};
    cr_assert(pair->stream.session != NULL);
    pair->ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_session_cache_mode(pair->ctx,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(pair->ctx, on_session);
    pair->ssl = SSL_new(pair->ctx);
    SSL_set_app_data(pair->ssl, pair);
    SSL_set_fd(pair->ssl, pair->fd);
    SSL_set_connect_state(pair->ssl);
}

enum tri_io handshake_run(struct handshake *pair)
{
    enum tri_io io = TRI_IO_AGAIN;
    for (int turn = 0; turn < 16 && io == TRI_IO_AGAIN; turn++) {
        ERR_clear_error();
        SSL_do_handshake(pair->ssl);
        io = pair->stream.transport->handshake(&pair->stream, (struct tri_slice){NULL, 0},
                                               &(struct tri_ip){0});
    }
    ERR_clear_error();
    SSL_do_handshake(pair->ssl);
    return io;
}

enum tri_io handshake_read(struct handshake *pair, char *at, size_t room, size_t *got)
{
    return pair->stream.transport->read(&pair->stream, at, room, got);
}

int handshake_take(struct handshake *pair, char *at, int room)
{
    ERR_clear_error();
    return SSL_read(pair->ssl, at, room);
}

void handshake_close(struct handshake *pair)
{
    if (pair->stream.fd >= 0)
        pair->stream.transport->close(&pair->stream);
    SSL_set_shutdown(pair->ssl, SSL_SENT_SHUTDOWN); /* else its session is of no use any more */
    SSL_free(pair->ssl);
    SSL_CTX_free(pair->ctx);
    SSL_SESSION_free(pair->session);
    if (pair->fd >= 0)
        close(pair->fd);
    *pair = (struct handshake){.stream = {.fd = -1}, .fd = -1};
}
