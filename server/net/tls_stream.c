/*
 * tls_stream.c - the transport table's rows for TLS: OpenSSL between a stream and its socket.
 *
 * OpenSSL reads through a source of our own (tls_source.c) and writes to the socket by itself,
 * which lets the kernel encrypt (kTLS).
 *
 * Until the handshake begins a session is a few words: bytes must have come before OpenSSL's state
 * is made.
 *
 * Records are small at first, so that the first of them can be decrypted when one packet has come,
 * and of full size once a burst is under way.
 *
 * Invariant: OpenSSL's queue of errors, a thread-local, is empty before each of its calls, and
 * nothing in here waits: a coroutine cannot be moved to another thread between a call and the look
 * at its outcome.
 */
#include "server/net/tls.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "server/base/clock.h"
#include "server/base/fd.h"
#include "server/net/socket.h"
#include "server/net/tls_session.h"

#define RECORD_SMALL_BYTES 1369       /* with its frame and TCP's it fits a packet of 1500 */
#define RECORD_BYTES 16384            /* most (RFC 8446 5.1) */
#define BURST_SMALL_BYTES (10 * 1369) /* sent in small records: a first window (RFC 6928) */
#define BURST_GAP_NS TRI_SECOND       /* a pause after which the window may be small again */
#define PEER_NAME_BYTES_MAX 1024
#define CONTROL_MAX 4 /* buffers full of records that are no bytes, within one read */

/* --- the handshake --- */

static bool begin(struct tri_tls_session *session, struct tri_slice early)
{
    session->set = tri_tls_take_set(session->tls);
    session->ssl = SSL_new(session->set->contexts->ctx);
    BIO *in = tri_tls_source_new(session), *out = BIO_new_socket(session->fd, BIO_NOCLOSE);
    if (early.len > 0 && (session->early = malloc(early.len))) {
        memcpy(session->early, early.at, early.len);
        session->early_bytes = early.len;
    }
    if (!session->ssl || !in || !out || (early.len > 0 && !session->early)) {
        BIO_free(in);
        BIO_free(out);
        return false;
    }
    SSL_set0_rbio(session->ssl, in);
    SSL_set0_wbio(session->ssl, out);
    SSL_set_accept_state(session->ssl);
    return true;
}

/* "CN=alice,O=Example" (RFC 2253), owned; NULL: the peer has shown no certificate. */
static char *name_peer(SSL *ssl)
{
    X509 *cert = SSL_get1_peer_certificate(ssl);
    BIO *text = cert ? BIO_new(BIO_s_mem()) : NULL;
    char *at, *name = NULL;
    if (text && SSL_get_verify_result(ssl) == X509_V_OK &&
        X509_NAME_print_ex(text, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253) >= 0) {
        long len = BIO_get_mem_data(text, &at);
        name = strndup(at, len < PEER_NAME_BYTES_MAX ? (size_t)len : PEER_NAME_BYTES_MAX);
    }
    BIO_free(text);
    X509_free(cert);
    return name;
}

static unsigned guard_of(const struct tri_tls_session *session)
{
    const SSL_CTX *ctx = SSL_get_SSL_CTX(session->ssl);
    for (unsigned i = 0; i < session->set->count; i++)
        if (session->set->contexts[i].ctx == ctx)
            return session->set->contexts[i].guard;
    return 0;
}

static void agree(struct tri_tls_session *session)
{
    SSL *ssl = session->ssl;
    session->peer_name = name_peer(ssl);
    session->secured = (struct tri_secured){
        .protocol = SSL_get_version(ssl),
        .cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)),
        .peer_name = session->peer_name,
        .guard = guard_of(session),
        .resumed = SSL_session_reused(ssl) == 1,
        .by_kernel = BIO_get_ktls_send(SSL_get_wbio(ssl)),
    };
    session->has_agreed = true;
}

static const struct tri_transport row_tls, row_ktls;

static void end_session(struct tri_stream *stream)
{
    struct tri_tls_session *session = stream->session;
    if (!session)
        return;
    SSL_free(session->ssl);
    ERR_clear_error();
    tri_tls_set_put(session->set);
    free(session->early);
    free(session->peer_name);
    free(session);
    stream->session = NULL;
}

static enum tri_io fail(struct tri_stream *stream, const struct tri_ip *client)
{
    const struct tri_tls_session *session = stream->session;
    unsigned long code = ERR_peek_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    if (session->speaks_plain) {
        end_session(stream);
        stream->transport = &tri_transport_plain;
        return TRI_IO_PLAIN;
    }
    if (session->has_begun)
        tri_tls_report_failure(session->tls, client,
                               reason         ? reason
                               : session->eof ? "the client has closed the connection"
                                              : "the connection is broken");
    ERR_clear_error();
    return TRI_IO_FAILED;
}

static enum tri_io tls_handshake(struct tri_stream *stream, struct tri_slice early,
                                 const struct tri_ip *client)
{
    struct tri_tls_session *session = stream->session;
    if (!session || (!session->ssl && !begin(session, early)))
        return TRI_IO_FAILED;
    session->dry = false;
    ERR_clear_error();
    int outcome = SSL_do_handshake(session->ssl);
    if (outcome != 1) {
        int error = SSL_get_error(session->ssl, outcome);
        return error == SSL_ERROR_WANT_READ    ? TRI_IO_AGAIN
               : error == SSL_ERROR_WANT_WRITE ? TRI_IO_CROSS
                                               : fail(stream, client);
    }
    agree(session);
    if (session->peer_name)
        tri_tls_report_name(session->tls, client, session->peer_name);
    if (session->secured.by_kernel)
        stream->transport = &row_ktls;
    return TRI_IO_OK;
}

/* --- reading and writing --- */

/* OpenSSL has stopped behind records that are no bytes, such as new keys; the socket has more. */
static bool was_control(const struct tri_tls_session *session)
{
    return SSL_get_error(session->ssl, 0) == SSL_ERROR_WANT_READ && !session->dry;
}

/*
 * Everything that has come, up to `room`: a short read then means that there is no more, as with a
 * plain stream. But for what is no bytes: OpenSSL has taken it off the socket, and the next read
 * finds it again. Each new key (RFC 8446 4.6.3) is work, and a client may send them without end: a
 * few buffers full of them without a byte break the connection.
 */
static enum tri_io tls_read(struct tri_stream *stream, char *at, size_t room, size_t *got)
{
    struct tri_tls_session *session = stream->session;
    size_t total = 0, n;
    unsigned control = 0;
    if (!session)
        return TRI_IO_FAILED;
    if (!session->ssl)
        return tri_socket_read(stream->fd, at, room, got);
    session->dry = false;
    ERR_clear_error();
    while (total < room) {
        if (SSL_read_ex(session->ssl, at + total, room - total, &n) == 1)
            total += n;
        else if (!was_control(session) || ++control == CONTROL_MAX)
            break;
    }
    if (total > 0) {
        stream->has_more = total < room &&
                           (SSL_get_error(session->ssl, 0) != SSL_ERROR_WANT_READ || !session->dry);
        *got = total;
        return TRI_IO_OK;
    }
    switch (SSL_get_error(session->ssl, 0)) {
    case SSL_ERROR_WANT_READ:
        return session->dry ? TRI_IO_AGAIN : TRI_IO_FAILED;
    case SSL_ERROR_WANT_WRITE: /* an answer to a new key (RFC 8446 4.6.3) waits for room */
        return TRI_IO_CROSS;
    case SSL_ERROR_ZERO_RETURN: /* close_notify; an end without it is a connection cut off */
        return TRI_IO_EOF;
    default:
        return TRI_IO_FAILED;
    }
}

/* How much of `bytes` goes into the next record. */
static size_t record(struct tri_tls_session *session, size_t bytes)
{
    if (session->pending_bytes > 0)
        return session->pending_bytes;
    if (bytes <= RECORD_SMALL_BYTES)
        return bytes;
    int64_t now_ns = tri_clock_now();
    if (now_ns - session->wrote_ns > BURST_GAP_NS)
        session->burst_bytes = 0;
    session->wrote_ns = now_ns;
    size_t most = session->burst_bytes < BURST_SMALL_BYTES ? RECORD_SMALL_BYTES : RECORD_BYTES;
    return bytes < most ? bytes : most;
}

static enum tri_io tls_write(struct tri_stream *stream, struct tri_slice bytes, size_t *put)
{
    struct tri_tls_session *session = stream->session;
    size_t most = record(session, bytes.len);
    ERR_clear_error();
    if (SSL_write_ex(session->ssl, bytes.at, most, put) == 1) {
        session->burst_bytes += *put;
        session->pending_bytes = 0;
        return TRI_IO_OK;
    }
    if (SSL_get_error(session->ssl, 0) != SSL_ERROR_WANT_WRITE)
        return TRI_IO_FAILED;
    session->pending_bytes = most;
    return TRI_IO_AGAIN;
}

/* Only where the kernel encrypts. */
static enum tri_io ktls_send_file(struct tri_stream *stream, int file, int64_t offset, size_t bytes,
                                  size_t *put)
{
    ERR_clear_error();
    ossl_ssize_t n = SSL_sendfile(stream->session->ssl, file, offset, bytes, 0);
    if (n > 0) {
        *put = (size_t)n;
        return TRI_IO_OK;
    }
    if (n == 0)
        return TRI_IO_EOF;
    return SSL_get_error(stream->session->ssl, (int)n) == SSL_ERROR_WANT_WRITE ? TRI_IO_AGAIN
                                                                               : TRI_IO_FAILED;
}

/* --- the rest --- */

static const struct tri_secured *tls_secured(struct tri_stream *stream)
{
    return stream->session && stream->session->has_agreed ? &stream->session->secured : NULL;
}

/*
 * close_notify. If there is no room for it now the client has to do without: it errs on the safe
 * side when it takes that for a cut, and the length of most replies tells it better.
 */
static void tls_farewell(struct tri_stream *stream)
{
    struct tri_tls_session *session = stream->session;
    if (!session || !session->has_agreed)
        return;
    ERR_clear_error();
    SSL_shutdown(session->ssl);
}

static void tls_close(struct tri_stream *stream)
{
    end_session(stream);
    tri_fd_close(&stream->fd);
}

#define ROW                                                                                        \
    .handshake = tls_handshake, .read = tls_read, .write = tls_write, .write_more = tls_write,     \
    .restrain = tri_socket_restrain, .queued = tri_socket_queued, .peer = tri_socket_peer,         \
    .is_gone = tri_socket_is_gone, .secured = tls_secured, .farewell = tls_farewell,               \
    .shut = tri_socket_shut, .close = tls_close

static const struct tri_transport row_tls = {.name = "tls", ROW};
static const struct tri_transport row_ktls = {.name = "ktls", .send_file = ktls_send_file, ROW};

struct tri_stream tri_stream_tls(int fd, struct tri_tls *tls)
{
    struct tri_stream stream = {.transport = &row_tls, .fd = fd};
    stream.session = calloc(1, sizeof(*stream.session));
    if (stream.session) {
        stream.session->tls = tls;
        stream.session->fd = fd;
    }
    return stream;
}
