/*
 * tls_source.c - where OpenSSL reads: a BIO of our own on the socket.
 *
 * It remembers that the socket came up short, so a record that has been read is not followed by a
 * recv(2) that only says EAGAIN, and a request costs the two system calls of a plain one. It gives
 * back first what others have read off the socket (a PROXY header comes before the handshake), and
 * it tells by the first byte who speaks no TLS at all, before OpenSSL answers with an alert.
 */
#include "server/net/tls_session.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "server/net/socket.h"

static int take_early(struct tri_tls_session *session, char *at, int room)
{
    size_t left = session->early_bytes - session->early_used;
    size_t n = left < (size_t)room ? left : (size_t)room;
    memcpy(at, session->early + session->early_used, n);
    session->early_used += n;
    if (n == left) {
        free(session->early);
        session->early = NULL;
    }
    return (int)n;
}

/*
 * The first byte of TLS is 22, a handshake; a method of HTTP begins with a letter. It stays where
 * it is, for whoever reads the request instead.
 */
static bool speaks_plain(struct tri_tls_session *session)
{
    char first = 0;
    if (session->early)
        first = session->early[session->early_used];
    else if (recv(session->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1)
        return false;
    session->speaks_plain = (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z');
    return session->speaks_plain;
}

static int source_read(BIO *bio, char *at, int room)
{
    struct tri_tls_session *session = BIO_get_data(bio);
    size_t got = 0;
    BIO_clear_retry_flags(bio);
    if (!session->has_begun && speaks_plain(session))
        return -1; /* an alert would be no answer for such a client */
    if (session->early) {
        got = (size_t)take_early(session, at, room);
    } else {
        enum tri_io io =
            session->dry ? TRI_IO_AGAIN : tri_socket_read(session->fd, at, (size_t)room, &got);
        session->dry = io == TRI_IO_AGAIN || (io == TRI_IO_OK && got < (size_t)room);
        session->eof = io == TRI_IO_EOF;
        if (io == TRI_IO_AGAIN)
            BIO_set_retry_read(bio);
        if (io != TRI_IO_OK)
            return io == TRI_IO_EOF ? 0 : -1;
    }
    session->has_begun = true;
    return (int)got;
}

static long source_control(BIO *bio, int command, long number, void *pointer)
{
    const struct tri_tls_session *session = BIO_get_data(bio);
    (void)number, (void)pointer;
    if (command == BIO_CTRL_EOF)
        return session->eof;
    return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}

static BIO_METHOD *source;

static void make_source(void)
{
    source = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tri");
    if (source && (BIO_meth_set_read(source, source_read) != 1 ||
                   BIO_meth_set_ctrl(source, source_control) != 1)) {
        BIO_meth_free(source);
        source = NULL;
    }
}

BIO *tri_tls_source_new(struct tri_tls_session *session)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_source);
    BIO *bio = source ? BIO_new(source) : NULL;
    if (bio) {
        BIO_set_data(bio, session);
        BIO_set_init(bio, 1);
    }
    return bio;
}
