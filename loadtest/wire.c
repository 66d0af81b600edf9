/*
 * wire.c - sockets and OpenSSL; see wire.h.
 */
#include "loadtest/wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/socket.h>

#include "loadtest/stamps.h"
#include "server/base/error.h"
#include "server/base/fd.h"

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

SSL_CTX *tri_wire_context(const struct tri_plan *plan, struct tri_error *error)
{
    static const unsigned char alpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context || SSL_CTX_set_alpn_protos(context, alpn, sizeof(alpn)) != 0) {
        tri_error_set(error, "OpenSSL: no context could be made");
        goto failed;
    }
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    if (plan->verify) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
        int loaded = plan->ca_file ? SSL_CTX_load_verify_locations(context, plan->ca_file, NULL)
                                   : SSL_CTX_set_default_verify_paths(context);
        if (loaded != 1) {
            tri_error_set(error, "%.100s: holds no certificates in PEM form",
                          plan->ca_file ? plan->ca_file : "the system's certificates");
            goto failed;
        }
    }
    return context;
failed:
    SSL_CTX_free(context);
    return NULL;
}

static bool bind_source(int fd, const struct tri_endpoint *source)
{
    int on = 1;
    /* the port is chosen at connect, when the whole quadruple is known: 28k for each target */
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    return bind(fd, (const struct sockaddr *)&source->raw, source->bytes) == 0;
}

enum tri_connecting tri_wire_connect(struct tri_wire *wire, const struct tri_plan *plan,
                                     const struct tri_endpoint *source, bool small)
{
    const struct tri_endpoint *target = &plan->target.endpoint;
    int on = 1, least = 1;
    int fd = socket(target->raw.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return TRI_CONNECT_FAILED;
    if (target->raw.ss_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (small)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
    wire->is_stamped = !tri_stamps_refusal(plan) && tri_stamps_ask(fd);
    if (source && target->raw.ss_family != AF_UNIX && !bind_source(fd, source))
        goto failed;
    if (connect(fd, (const struct sockaddr *)&target->raw, target->bytes) == 0) {
        wire->fd = fd;
        return TRI_CONNECTED;
    }
    if (errno == EINPROGRESS) {
        wire->fd = fd;
        return TRI_CONNECTING;
    }
failed:;
    bool is_full = errno == EAGAIN && target->raw.ss_family == AF_UNIX;
    tri_fd_close(&fd); /* keeps errno */
    return is_full ? TRI_CONNECT_LATER : TRI_CONNECT_FAILED;
}

bool tri_wire_secure(struct tri_wire *wire, SSL_CTX *context, const struct tri_plan *plan)
{
    wire->ssl = SSL_new(context);
    if (!wire->ssl || SSL_set_fd(wire->ssl, wire->fd) != 1)
        return false;
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(plan->target.host);
    if (!address) /* names only, RFC 6066 3 */
        SSL_set_tlsext_host_name(wire->ssl, plan->target.host);
    if (plan->verify && address)
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(wire->ssl), plan->target.host);
    else if (plan->verify)
        SSL_set1_host(wire->ssl, plan->target.host);
    ASN1_OCTET_STRING_free(address);
    SSL_set_connect_state(wire->ssl);
    return true;
}

static int outcome_of(struct tri_wire *wire, int returned)
{
    switch (SSL_get_error(wire->ssl, returned)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return TRI_WIRE_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return TRI_WIRE_EOF;
    case SSL_ERROR_SYSCALL:
        return errno == ECONNRESET || errno == EPIPE ? TRI_WIRE_RESET : TRI_WIRE_TLS;
    default:
        return TRI_WIRE_TLS;
    }
}

int tri_wire_handshake(struct tri_wire *wire)
{
    ERR_clear_error();
    errno = 0;
    int done = SSL_do_handshake(wire->ssl);
    if (done == 1)
        return 1;
    int outcome = outcome_of(wire, done);
    return outcome == TRI_WIRE_EOF ? TRI_WIRE_TLS : outcome;
}

void tri_wire_why(char *text, size_t room)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    snprintf(text, room, "%s%s", reason ? "TLS: " : "", reason ? reason : "");
}

/* Only a vanished peer resets; what else fails on a connected socket is the same to us. */
static ssize_t outcome_of_socket(ssize_t moved)
{
    if (moved >= 0)
        return moved;
    return errno == EAGAIN || errno == EINTR ? TRI_WIRE_AGAIN : TRI_WIRE_RESET;
}

ssize_t tri_wire_read(struct tri_wire *wire, char *into, size_t room, int64_t *ret_stamp_ns)
{
    if (wire->is_stamped)
        return outcome_of_socket(tri_stamps_receive(wire->fd, into, room, ret_stamp_ns));
    *ret_stamp_ns = 0;
    if (!wire->ssl)
        return outcome_of_socket(recv(wire->fd, into, room, 0));
    ERR_clear_error();
    errno = 0;
    int got = SSL_read(wire->ssl, into, (int)room);
    return got > 0 ? got : outcome_of(wire, got);
}

ssize_t tri_wire_write(struct tri_wire *wire, const char *from, size_t len)
{
    if (!wire->ssl)
        return outcome_of_socket(send(wire->fd, from, len, MSG_NOSIGNAL));
    ERR_clear_error();
    errno = 0;
    int sent = SSL_write(wire->ssl, from, len > INT32_MAX ? INT32_MAX : (int)len);
    if (sent > 0)
        return sent;
    int outcome = outcome_of(wire, sent);
    return outcome == TRI_WIRE_EOF ? TRI_WIRE_RESET : outcome;
}

void tri_wire_close(struct tri_wire *wire)
{
    if (wire->ssl) {
        SSL_free(wire->ssl);
        wire->ssl = NULL;
    }
    tri_fd_close(&wire->fd);
}
