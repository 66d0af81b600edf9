/*
 * test_streams.c - bytes over TLS: whole, cut, late, too early ended, or no TLS at all.
 */
#include "serving.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "server/base/clock.h"

TestSuite(tls_streams, .init = papers_make, .fini = papers_remove, .timeout = 200);

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

#define SELF_SIGNED "--tls-self-signed=on"

/* --- plain HTTP where TLS is spoken --- */

/* The answer to these bytes, 400 and the end, as text; to HEAD without a body (RFC 9110 9.3.2). */
static void expect_plain_400(struct tri_slice bytes, size_t piece)
{
    bool is_head = memcmp(bytes.at, "HEAD", bytes.len < 4 ? bytes.len : 4) == 0;
    struct support_client client;
    struct support_response response;
    support_client_open(&client, tls_port);
    cr_assert(support_client_send_cut(&client, bytes, piece, 0));
    const char *fault = support_client_response(&client, &response, is_head);
    cr_expect(!fault && response.status == 400 && response.close, "%.*s: %s %d", (int)bytes.len,
              bytes.at, fault ? fault : "", response.status);
    support_response_free(&response);
    fault = support_client_over(&client);
    cr_expect(!fault, "%.*s: %s", (int)bytes.len, bytes.at, fault ? fault : "");
    support_client_close(&client);
}

EACH_MODE(tls_streams, plain_http_is_told_so_in_plain_text)
{
    static const char *const methods[] = {"GET",     "POST", "PUT",   "DELETE",
                                          "OPTIONS", "HEAD", "TRACE", "CONNECT",
                                          "PATCH",   "brew", "P",     "PROPFIND"};
    serve_tls(mode, FLAGS(SELF_SIGNED));
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        char text[256];
        int len =
            snprintf(text, sizeof(text),
                     "%s /hello HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n", methods[i]);
        expect_plain_400((struct tri_slice){text, (size_t)len}, SIZE_MAX);
        if (i == 0)
            for (size_t piece = 1; piece < 12; piece++)
                expect_plain_400((struct tri_slice){text, (size_t)len}, piece);
        if (i == 0) /* whatever of it has come */
            for (int cut = 1; cut < len; cut++)
                expect_plain_400((struct tri_slice){text, (size_t)cut}, SIZE_MAX);
    }
    cr_expect(logged("event=handshake_failed") == 0);
    finish();
}

/* --- what is no TLS, either --- */

static void send_and_end(struct tri_slice bytes, bool vanish)
{
    struct support_client client;
    support_client_open(&client, tls_port);
    support_client_send(&client, bytes);
    if (vanish) {
        support_client_vanish(&client);
        return;
    }
    support_client_end(&client);
    cr_expect(support_client_finish(&client, tri_clock_now() + SUPPORT_WAIT_NS), "it stays open");
    cr_expect(!memmem(client.in, client.in_bytes, "HTTP/", 5));
    support_client_close(&client);
}

EACH_MODE(tls_streams, garbage_ends_the_connection_and_nothing_else)
{
    static const char version_2[] = "\x80\x2e\x01\x03\x01\0\x15\0\0\0\x10\0\0\x05\0\0\x04\0\0\x0a";
    static const char too_long[] = "\x16\x03\x01\xff\xff\x01\0\xff\xfb\x03\x03";
    static const char empty[] = "\x16\x03\x01\0\0\x16\x03\x01\0\0";
    static const char alert[] = "\x15\x03\x03\0\x02\x02\x28";
    static const char zeros[4096];
    const struct tri_slice rows[] = {
        {version_2, sizeof(version_2) - 1},
        {too_long, sizeof(too_long) - 1},
        {empty, sizeof(empty) - 1},
        {alert, sizeof(alert) - 1},
        {zeros, sizeof(zeros)},
        {zeros, 1},
        TRI_SLICE("\r\n\r\n"),
        TRI_SLICE("\x16"),
        TRI_SLICE("\x16\x03\x01"),
    };
    serve_tls(mode, FLAGS(SELF_SIGNED));
    struct caller caller;
    meet(&caller, (struct call){0});
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        send_and_end(rows[i], false);
        send_and_end(rows[i], true);
    }
    cr_expect(caller_get(&caller, "a.test", "/hello", NULL) == 200);
    caller_close(&caller);
    finish();
}

/* --- cut handshakes --- */

/* A handshake, one request and close_notify, after `most` bytes of which the client is gone. */
static size_t play(int version, size_t most, bool vanish)
{
    struct caller caller;
    const struct call call = {.port = tls_port, .version = version, .most = most};
    if (caller_open(&caller, &call) && caller_send(&caller, TRI_SLICE("GET /hello HTTP/1.1\r\n"
                                                                      "Host: a.test\r\n\r\n")))
        caller_farewell(&caller);
    size_t sent = most - caller.left;
    if (vanish)
        support_client_vanish(&caller.socket), caller.socket.fd = -1;
    caller_close(&caller);
    return sent;
}

EACH_MODE(tls_streams, a_client_may_be_gone_after_any_byte)
{
    enum { ALL = 100000 };
    serve_tls(mode, FLAGS(SELF_SIGNED));
    for (int i = 0; i < 2; i++) {
        size_t whole = play(versions[i], ALL, false);
        cr_assert(whole > 200 && whole < 4000, "%zu", whole);
        for (size_t most = 1; most < whole; most += most < 8 || most > whole - 80 ? 1 : 13)
            play(versions[i], most, most % 2);
    }
    cr_expect(was_logged("event=handshake_failed", 1));
    cr_expect(fetch("/hello", NULL) == 200);
    finish();
}

EACH_MODE(tls_streams, bytes_may_come_one_by_one)
{
    serve_tls(mode, FLAGS(SELF_SIGNED));
    for (int i = 0; i < 2; i++) {
        struct caller caller;
        meet(&caller, (struct call){.version = versions[i], .piece = 1});
        for (int n = 0; n < 3; n++)
            cr_assert(caller_get(&caller, "a.test", "/tls", NULL) == 200);
        caller_farewell(&caller);
        cr_expect(caller_finish(&caller) == SSL_ERROR_ZERO_RETURN);
        caller_close(&caller);
    }
    finish();
}

/* The server ends it: nothing else would. */
EACH_MODE(tls_streams, a_handshake_has_a_deadline)
{
    struct support_client silent, started;
    struct caller caller;
    serve_tls(mode, FLAGS(SELF_SIGNED, "--timeout-handshake=300ms", "--timeout-head=1h"));
    support_client_open(&silent, tls_port);
    support_client_open(&started, tls_port);
    cr_assert(support_client_send(&started, TRI_SLICE("\x16\x03\x01\x02\0\x01")));
    const struct call call = {.port = tls_port};
    caller_begin(&caller, &call);
    cr_assert(caller_step(&caller) == 0); /* and then nothing, though the answer comes */
    cr_expect(support_client_finish(&silent, tri_clock_now() + SUPPORT_WAIT_NS));
    cr_expect(support_client_finish(&started, tri_clock_now() + SUPPORT_WAIT_NS));
    char byte[4096];
    struct pollfd watched = {.fd = caller.socket.fd, .events = POLLIN};
    while (poll(&watched, 1, (int)(SUPPORT_WAIT_NS / TRI_MILLISECOND)) == 1 &&
           recv(watched.fd, byte, sizeof(byte), 0) > 0)
        continue;
    cr_expect(watched.revents != 0, "it stays open");
    support_client_close(&silent), support_client_close(&started), caller_close(&caller);
    finish();
}

/* --- ends --- */

/* A request that close_notify ends too early is answered; one that was cut off is not. */
EACH_MODE(tls_streams, a_truncated_stream_is_no_ended_one)
{
    serve_tls(mode, FLAGS(SELF_SIGNED));
    for (int i = 0; i < 4; i++) {
        bool says_so = i % 2;
        struct caller caller;
        meet(&caller, (struct call){.version = versions[i / 2]});
        cr_assert(caller_send(&caller, TRI_SLICE("GET /hello HTTP/1.1\r\nHost: a")));
        if (says_so)
            caller_farewell(&caller);
        shutdown(caller.socket.fd, SHUT_WR);
        int end = caller_finish(&caller);
        cr_expect((memmem(caller.socket.in, caller.socket.in_bytes, " 400 ", 5) != NULL) == says_so,
                  "%s: %.*s", says_so ? "close_notify" : "cut", (int)caller.socket.in_bytes,
                  caller.socket.in);
        cr_expect(end == (says_so ? SSL_ERROR_ZERO_RETURN : end));
        caller_close(&caller);
    }
    finish();
}

/* So the client, too, can tell a whole reply from one that was cut off. */
EACH_MODE(tls_streams, a_reply_that_ends_with_its_connection_ends_by_close_notify)
{
    enum { BYTES = 3000000 };
    serve_tls(mode, FLAGS(SELF_SIGNED));
    for (int i = 0; i < 2; i++) {
        struct caller caller;
        meet(&caller, (struct call){.version = versions[i]});
        cr_assert(caller_send(&caller, TRI_SLICE("GET /bytes?n=3000000 HTTP/1.0\r\n\r\n")));
        support_pause(50 * TRI_MILLISECOND); /* what the kernel keeps fills up meanwhile */
        cr_expect(caller_finish(&caller) == SSL_ERROR_ZERO_RETURN, "%s", caller.alert);
        cr_expect(caller.socket.in_bytes > BYTES);
        caller_close(&caller);
    }
    finish();
}

EACH_MODE(tls_streams, an_idle_connection_ends_by_close_notify)
{
    struct caller caller;
    serve_tls(mode, FLAGS(SELF_SIGNED, "--timeout-idle=200ms"));
    meet(&caller, (struct call){0});
    cr_assert(caller_get(&caller, "a.test", "/hello", NULL) == 200);
    cr_expect(caller_finish(&caller) == SSL_ERROR_ZERO_RETURN, "%s", caller.alert);
    caller_close(&caller);
    finish();
}

/* --- large bodies, and new keys on the way --- */

static char *make_body(size_t bytes)
{
    char *body = malloc(bytes);
    uint32_t state = 1;
    cr_assert(body != NULL);
    for (size_t i = 0; i < bytes; i++) {
        state = state * 1664525 + 1013904223;
        body[i] = (char)(state >> 24);
    }
    return body;
}

/* Send `body` to /echo, with a change of keys behind each `every` bytes, and compare. */
static void expect_echo(struct caller *caller, struct tri_slice body, size_t every, int update)
{
    char head[128];
    struct support_response response;
    int len =
        snprintf(head, sizeof(head),
                 "POST /echo HTTP/1.1\r\nHost: a.test\r\nContent-Length: %zu\r\n\r\n", body.len);
    cr_assert(caller_send(caller, (struct tri_slice){head, (size_t)len}));
    for (struct tri_slice left = body; left.len > 0;) {
        struct tri_slice piece = {left.at, left.len < every ? left.len : every};
        cr_assert(caller_send(caller, piece), "%zu bytes are left; %s", left.len, caller->alert);
        left = tri_slice_from(left, piece.len);
        if (update >= 0)
            cr_assert(SSL_key_update(caller->ssl, update) == 1);
    }
    const char *fault = caller_response(caller, &response);
    cr_assert(!fault && response.status == 200, "%s", fault ? fault : "");
    cr_assert(response.body_bytes == body.len && memcmp(response.body, body.at, body.len) == 0,
              "%zu bytes came back", response.body_bytes);
    support_response_free(&response);
}

EACH_MODE(tls_streams, large_bodies_pass_both_ways_while_keys_change)
{
    enum { BYTES = 4 << 20 };
    char *body = make_body(BYTES);
    serve_tls(mode, FLAGS(SELF_SIGNED));
    for (int i = 0; i < 2; i++) {
        struct caller caller;
        meet(&caller, (struct call){.version = versions[i]});
        expect_echo(&caller, (struct tri_slice){body, BYTES}, BYTES, -1);
        expect_echo(&caller, (struct tri_slice){body, BYTES - 1}, 70001, -1);
        expect_echo(&caller, (struct tri_slice){body, 1}, 1, -1);
        if (versions[i] == TLS1_3_VERSION) {
            expect_echo(&caller, (struct tri_slice){body, BYTES}, 100000,
                        SSL_KEY_UPDATE_NOT_REQUESTED);
            expect_echo(&caller, (struct tri_slice){body, BYTES}, 100000, SSL_KEY_UPDATE_REQUESTED);
            expect_echo(&caller, (struct tri_slice){body, 4000}, 10, SSL_KEY_UPDATE_REQUESTED);
        }
        caller_close(&caller);
    }
    finish();
    free(body);
}

/* Nothing but changes of keys, while the client asks on another connection: both are served. */
EACH_MODE(tls_streams, changes_of_keys_alone_keep_nobody_busy)
{
    enum { UPDATES = 2000 };
    struct caller busy, other;
    serve_tls(mode, FLAGS(SELF_SIGNED));
    meet(&busy, (struct call){0});
    meet(&other, (struct call){0});
    for (int i = 0; i < UPDATES; i++) {
        cr_assert(SSL_key_update(busy.ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
        if (caller_step(&busy) < 0)
            break; /* an end to it is fine, too */
        if (i % 500 == 0)
            cr_assert(caller_get(&other, "a.test", "/hello", NULL) == 200);
    }
    cr_expect(busy.end || caller_get(&busy, "a.test", "/hello", NULL) == 200, "%s", busy.alert);
    cr_expect(caller_get(&other, "a.test", "/hello", NULL) == 200);
    caller_close(&busy), caller_close(&other);
    finish();
}

EACH_MODE(tls_streams, files_come_whole)
{
    enum { BYTES = 5000011 };
    char path[128];
    char *body = make_body(BYTES);
    const char *const slow[] = {"/large", "/small", "/large", "/none"};
    FILE *file = fopen(papers_path("large"), "we");
    cr_assert(file && fwrite(body, 1, BYTES, file) == BYTES && fclose(file) == 0);
    file = fopen(papers_path("small"), "we");
    cr_assert(file && fwrite(body, 1, 12345, file) == 12345 && fclose(file) == 0);
    snprintf(path, sizeof(path), "--root=%s", papers_folder);
    serve_tls(mode, FLAGS(SELF_SIGNED, path));
    for (int i = 0; i < 2; i++) {
        struct caller caller;
        meet(&caller, (struct call){.version = versions[i]});
        for (int n = 0; n < 4; n++) {
            char request[128];
            struct support_response response;
            int len = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a.test\r\n\r\n",
                               slow[n]);
            cr_assert(caller_send(&caller, (struct tri_slice){request, (size_t)len}));
            if (n == 2)
                support_pause(50 * TRI_MILLISECOND); /* the server has to wait for room */
            const char *fault = caller_response(&caller, &response);
            size_t whole = n == 1 ? 12345 : BYTES;
            cr_expect(!fault && response.status == (n == 3 ? 404 : 200), "%s", fault ? fault : "");
            cr_expect(n == 3 ||
                      (response.body_bytes == whole && memcmp(response.body, body, whole) == 0));
            support_response_free(&response);
        }
        caller_close(&caller);
    }
    finish();
    free(body);
}

/* A batch of requests in one record, and one request in many. */
EACH_MODE(tls_streams, records_and_requests_need_not_agree)
{
#define HELLO "GET /hello HTTP/1.1\r\nHost: a.test\r\n\r\n"
    struct caller caller;
    serve_tls(mode, FLAGS(SELF_SIGNED));
    meet(&caller, (struct call){0});
    cr_assert(caller_send(&caller, TRI_SLICE(HELLO HELLO HELLO HELLO HELLO)));
    for (int i = 0; i < 5; i++)
        expect_status(&caller, 200);
    for (size_t i = 0; i < sizeof(HELLO) - 1; i++)
        cr_assert(caller_send(&caller, (struct tri_slice){&HELLO[i], 1}));
    expect_status(&caller, 200);
    caller_close(&caller);
    finish();
}
