/*
 * caller.c - see caller.h.
 */
#include "caller.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>

#include "papers.h"
#include "server/base/assert.h"
#include "server/base/clock.h"

static int on_session(SSL *ssl, SSL_SESSION *session)
{
    struct caller *caller = SSL_get_app_data(ssl);
    SSL_SESSION_free(caller->session);
    caller->session = session;
    return 1; /* we keep it */
}

static void set_up(struct caller *caller, const struct call *call)
{
    caller->ctx = SSL_CTX_new(TLS_client_method());
    tri_assert(caller->ctx);
    SSL_CTX_set_session_cache_mode(caller->ctx,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(caller->ctx, on_session);
    if (call->version)
        tri_assert(SSL_CTX_set_min_proto_version(caller->ctx, call->version) == 1 &&
                   SSL_CTX_set_max_proto_version(caller->ctx, call->version) == 1);
    if (call->self)
        tri_assert(SSL_CTX_use_certificate(caller->ctx, call->self->cert) == 1 &&
                   SSL_CTX_use_PrivateKey(caller->ctx, call->self->key) == 1);
    if (call->root) {
        SSL_CTX_set_verify(caller->ctx, SSL_VERIFY_PEER, NULL);
        tri_assert(X509_STORE_add_cert(SSL_CTX_get_cert_store(caller->ctx), call->root->cert) == 1);
    }
    caller->ssl = SSL_new(caller->ctx);
    tri_assert(caller->ssl);
    SSL_set_app_data(caller->ssl, caller);
    SSL_set_fd(caller->ssl, caller->socket.fd);
    SSL_set0_wbio(caller->ssl, BIO_new(BIO_s_mem()));
    SSL_set_connect_state(caller->ssl);
    if (call->name)
        tri_assert(SSL_set_tlsext_host_name(caller->ssl, call->name) == 1);
    if (call->protocols)
        tri_assert(SSL_set_alpn_protos(caller->ssl, (const unsigned char *)call->protocols,
                                       (unsigned)strlen(call->protocols)) == 0);
    if (call->session) { /* a copy: OpenSSL uses a session of TLS 1.3 once */
        SSL_SESSION *copy = SSL_SESSION_dup(call->session);
        tri_assert(copy && SSL_set_session(caller->ssl, copy) == 1);
        SSL_SESSION_free(copy);
    }
}

void caller_begin(struct caller *caller, const struct call *call)
{
    *caller = (struct caller){.piece = call->piece ? call->piece : SIZE_MAX,
                              .left = call->most ? call->most : SIZE_MAX};
    support_client_open(&caller->socket, call->port);
    set_up(caller, call);
    if (call->greeting)
        tri_assert(support_client_send(&caller->socket, tri_slice_of(call->greeting)));
}

static void note_failure(struct caller *caller, int end)
{
    unsigned long code = ERR_peek_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    caller->end = end;
    if (end != SSL_ERROR_ZERO_RETURN)
        snprintf(caller->alert, sizeof(caller->alert), "%s", reason ? reason : "broken");
    ERR_clear_error();
}

/* Decrypt what has come. */
static void pull(struct caller *caller)
{
    struct support_client *in = &caller->socket;
    size_t n;
    ERR_clear_error();
    while (!caller->end) {
        if (in->in_room == in->in_bytes) {
            in->in_room *= 2;
            in->in = realloc(in->in, in->in_room);
            tri_assert(in->in);
        }
        if (SSL_read_ex(caller->ssl, in->in + in->in_bytes, in->in_room - in->in_bytes, &n) == 1) {
            in->in_bytes += n;
            continue;
        }
        int error = SSL_get_error(caller->ssl, 0);
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
            break;
        note_failure(caller, error);
    }
    in->eof = caller->end != 0;
}

/* Wait for `events`; those that are there, 0 after the deadline. */
static int await(const struct caller *caller, short events, int64_t deadline_ns)
{
    struct pollfd watched = {.fd = caller->socket.fd, .events = events};
    int64_t left_ns = deadline_ns - tri_clock_now();
    return left_ns > 0 && poll(&watched, 1, (int)(left_ns / TRI_MILLISECOND) + 1) > 0
               ? watched.revents
               : 0;
}

/* Send these bytes, and read meanwhile; false when the server takes no more, or they are cut off.
 */
static bool put(struct caller *caller, struct tri_slice bytes)
{
    int64_t deadline_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    while (bytes.len > 0 && caller->left > 0) {
        size_t most = bytes.len < caller->piece ? bytes.len : caller->piece;
        if (most > caller->left)
            most = caller->left;
        ssize_t n = send(caller->socket.fd, bytes.at, most, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            bytes = tri_slice_from(bytes, (size_t)n);
            caller->left -= caller->left == SIZE_MAX ? 0 : (size_t)n;
            deadline_ns = tri_clock_now() + SUPPORT_WAIT_NS;
            continue;
        }
        bool can_read = SSL_is_init_finished(caller->ssl) && !caller->end;
        int found = await(caller, (short)(POLLOUT | (can_read ? POLLIN : 0)), deadline_ns);
        if (found & POLLIN && can_read)
            pull(caller);
        if (found == 0 || found & POLLERR)
            return false;
    }
    return bytes.len == 0;
}

/* Send what OpenSSL has written, also while it was sent. */
static bool flush(struct caller *caller)
{
    char bytes[16384];
    int n;
    while ((n = BIO_read(SSL_get_wbio(caller->ssl), bytes, sizeof(bytes))) > 0)
        if (!put(caller, (struct tri_slice){bytes, (size_t)n}))
            return false;
    return true;
}

int caller_step(struct caller *caller)
{
    ERR_clear_error();
    int outcome = SSL_do_handshake(caller->ssl);
    int error = outcome == 1 ? 0 : SSL_get_error(caller->ssl, outcome);
    if (error && error != SSL_ERROR_WANT_READ)
        note_failure(caller, error);
    if (!flush(caller) && !caller->end)
        caller->end = SSL_ERROR_SYSCALL;
    return caller->end ? -1 : outcome == 1;
}

bool caller_open(struct caller *caller, const struct call *call)
{
    int64_t deadline_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    caller_begin(caller, call);
    int outcome;
    while ((outcome = caller_step(caller)) == 0 && caller->left > 0)
        if (!await(caller, POLLIN, deadline_ns)) {
            snprintf(caller->alert, sizeof(caller->alert), "no answer in time");
            return false;
        }
    return outcome == 1 && caller->left > 0;
}

bool caller_send(struct caller *caller, struct tri_slice bytes)
{
    while (bytes.len > 0 && caller->end == 0) {
        size_t put, most = bytes.len < 16384 ? bytes.len : 16384;
        ERR_clear_error();
        if (SSL_write_ex(caller->ssl, bytes.at, most, &put) != 1 || !flush(caller))
            return false;
        bytes = tri_slice_from(bytes, put);
    }
    return bytes.len == 0;
}

bool caller_more(struct caller *caller, int64_t deadline_ns)
{
    size_t before = caller->socket.in_bytes;
    for (;;) {
        pull(caller);
        flush(caller); /* an answer to a change of keys */
        if (caller->end || caller->socket.in_bytes > before)
            return true;
        if (!await(caller, POLLIN, deadline_ns))
            return false;
    }
}

int caller_finish(struct caller *caller)
{
    int64_t deadline_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    while (!caller->end)
        if (!caller_more(caller, deadline_ns))
            return 0;
    return caller->end;
}

const char *caller_response(struct caller *caller, struct support_response *response)
{
    struct support_client *in = &caller->socket;
    int64_t deadline_ns = tri_clock_now() + 2 * SUPPORT_WAIT_NS;
    for (;;) {
        struct tri_slice bytes = {in->in + in->used, in->in_bytes - in->used};
        enum support_parse parsed = support_response_parse(response, bytes, in->eof, false);
        if (parsed == SUPPORT_WHOLE) {
            in->used += response->used;
            return NULL;
        }
        if (parsed == SUPPORT_MALFORMED)
            return response->fault;
        if (caller->end)
            return "the answer is cut short";
        support_response_free(response);
        if (!caller_more(caller, deadline_ns)) {
            support_response_parse(response, bytes, in->eof, false);
            return "the answer was not whole in time";
        }
    }
}

int caller_get(struct caller *caller, const char *host, const char *path, char **ret_body)
{
    char text[512];
    struct support_response response;
    int len = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host);
    tri_assert(len > 0 && (size_t)len < sizeof(text));
    if (ret_body)
        *ret_body = NULL;
    if (!caller_send(caller, (struct tri_slice){text, (size_t)len}))
        return 0;
    const char *fault = caller_response(caller, &response);
    int status = fault ? 0 : response.status;
    if (ret_body && !fault)
        *ret_body = strndup(response.body_bytes ? response.body : "", response.body_bytes);
    support_response_free(&response);
    return status;
}

void caller_farewell(struct caller *caller)
{
    ERR_clear_error();
    SSL_shutdown(caller->ssl);
    flush(caller);
}

void caller_close(struct caller *caller)
{
    SSL_free(caller->ssl);
    SSL_CTX_free(caller->ctx);
    SSL_SESSION_free(caller->session);
    caller->ssl = NULL;
    caller->ctx = NULL;
    caller->session = NULL;
    if (caller->socket.fd >= 0)
        support_client_close(&caller->socket);
}
