/*
 * test_redirect.c - from http to https: where redirects lead, who is sent, and what is promised.
 */
#include "serving.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(tls_redirect, .init = papers_make, .fini = papers_remove, .timeout = 60);

#define SELF_SIGNED "--tls-self-signed=on"

/* A request as it stands, on a plain connection: its status, and one field of the answer. */
static int ask_plain(const char *request, const char *field, char value[static 256])
{
    struct support_client client;
    struct support_response response;
    support_client_open(&client, server.port);
    cr_assert(support_client_send(&client, tri_slice_of(request)));
    const char *fault =
        support_client_response(&client, &response, strncmp(request, "HEAD ", 5) == 0);
    const struct tri_slice *found = fault ? NULL : support_response_field(&response, field);
    snprintf(value, 256, "%.*s", found ? (int)found->len : 0, found ? found->at : "");
    int status = fault ? 0 : response.status;
    support_response_free(&response);
    support_client_close(&client);
    return status;
}

static const struct row {
    const char *request;
    const char *host, *rest; /* where it is sent, with the port between; NULL: nowhere */
    int status;
} rows[] = {
    {"GET /hello HTTP/1.1\r\nHost: a.test\r\n\r\n", "a.test", "/hello", 308},
    {"GET / HTTP/1.1\r\nHost: a.test:8080\r\n\r\n", "a.test", "/", 308},
    {"GET /x?y=1&z HTTP/1.1\r\nHost: A.test.\r\n\r\n", "A.test.", "/x?y=1&z", 308},
    {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "127.0.0.1", "/", 308},
    {"GET /x HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "[::1]", "/x", 308},
    {"HEAD /hello HTTP/1.1\r\nHost: a.test\r\n\r\n", "a.test", "/hello", 308},
    {"POST /echo HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc", "a.test", "/echo", 308},
    {"GET http://b.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n", "b.test", "/x", 308},
    {"GET http://b.test HTTP/1.1\r\nHost: a.test\r\n\r\n", "b.test", "/", 308},
    {"GET http://b.test?q HTTP/1.1\r\nHost: b.test\r\n\r\n", "b.test", "/?q", 308},
    {"GET //evil.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n", "a.test", "//evil.test/x", 308},
    {"GET /none HTTP/1.1\r\nHost: a.test\r\n\r\n", "a.test", "/none", 308},
    {"GET /hello HTTP/1.0\r\nHost: a.test\r\n\r\n", "a.test", "/hello", 308},
    {"GET /hello HTTP/1.0\r\n\r\n", NULL, NULL, 200}, /* there is no name to send it to */
    {"OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n", NULL, NULL, 204},
    {"GET /hello HTTP/1.1\r\n\r\n", NULL, NULL, 400},
    {"GET /hello HTTP/1.1\r\nHost: a test\r\n\r\n", NULL, NULL, 400},
    {"GET /hello HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-Proto: https\r\n\r\n", "a.test", "/hello",
     308}, /* anybody could say so */
    {"GET /health HTTP/1.1\r\nHost: a.test\r\n\r\n", NULL, NULL,
     200}, /* is asked from this machine */
};

static void expect_rows(const char *port)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char to[256] = "", location[256];
        if (rows[i].host)
            snprintf(to, sizeof(to), "https://%s%s%s", rows[i].host, port, rows[i].rest);
        int status = ask_plain(rows[i].request, "Location", location);
        cr_expect(status == rows[i].status && strcmp(location, to) == 0,
                  "%s: %d \"%s\", not \"%s\"", rows[i].request, status, location, to);
    }
}

EACH_MODE(tls_redirect, plain_requests_are_sent_to_https)
{
    char port[16];
    struct caller caller;
    serve_tls(mode, FLAGS(SELF_SIGNED, "--https-redirect=on"));
    snprintf(port, sizeof(port), ":%u", tls_port);
    expect_rows(port);
    meet(&caller, (struct call){0});
    cr_expect(caller_get(&caller, "a.test", "/hello", NULL) == 200);
    caller_close(&caller);
    finish();
}

Test(tls_redirect, the_port_can_be_another_and_443_goes_without_saying)
{
    serve_tls("loop", FLAGS(SELF_SIGNED, "--https-redirect=on", "--https-port=443"));
    expect_rows("");
    finish();
    serve_tls("loop", FLAGS(SELF_SIGNED, "--https-redirect=on", "--https-port=4433"));
    expect_rows(":4433");
    finish();
}

/* A body that is on its way does not spoil the connection. */
EACH_MODE(tls_redirect, the_connection_goes_on_after_a_redirect)
{
    struct support_client client;
    serve_tls(mode, FLAGS(SELF_SIGNED, "--https-redirect=on"));
    support_client_open(&client, server.port);
    for (int i = 0; i < 3; i++) {
        cr_assert(support_client_send(&client, TRI_SLICE("POST /echo HTTP/1.1\r\nHost: a.test\r\n"
                                                         "Content-Length: 5\r\n\r\n12345")));
        bool close;
        cr_expect(answer(&client, &close) == 308 && !close);
    }
    support_client_close(&client);
    finish();
}

EACH_MODE(tls_redirect, a_trusted_proxy_may_have_spoken_tls)
{
    char value[256];
    serve_tls(mode,
              FLAGS(SELF_SIGNED, "--https-redirect=on", "--trust=127.0.0.1", "--hsts=max-age=600"));
#define BEHIND(proto) "GET /hello HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-Proto: " proto "\r\n\r\n"
    cr_expect(ask_plain(BEHIND("https"), "Strict-Transport-Security", value) == 200);
    cr_expect(strcmp(value, "max-age=600") == 0, "%s", value);
    cr_expect(ask_plain(BEHIND("HTTPS"), "Location", value) == 200);
    cr_expect(ask_plain(BEHIND("http, https"), "Location", value) == 200);
    cr_expect(ask_plain(BEHIND("http"), "Location", value) == 308);
    cr_expect(ask_plain(BEHIND("https, http"), "Location", value) == 308);
    cr_expect(ask_plain(BEHIND(""), "Location", value) == 308);
    finish();
}

EACH_MODE(tls_redirect, strict_transport_security_is_promised_over_tls_alone)
{
    static const char promise[] = "max-age=31536000; includeSubDomains";
    static const char *const paths[] = {"/hello", "/none", "/echo"};
    char value[256], request[128];
    struct caller caller;
    serve_tls(mode, FLAGS(SELF_SIGNED, flag("hsts", promise)));
    meet(&caller, (struct call){0});
    for (int i = 0; i < 3; i++) {
        struct support_response response;
        int len =
            snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a.test\r\n\r\n", paths[i]);
        cr_expect(ask_plain(request, "Strict-Transport-Security", value) > 0 && !*value, "%s",
                  value);
        cr_assert(caller_send(&caller, (struct tri_slice){request, (size_t)len}));
        const char *fault = caller_response(&caller, &response);
        cr_assert(!fault, "%s", fault);
        const struct tri_slice *found =
            support_response_field(&response, "Strict-Transport-Security");
        cr_expect(found && tri_slice_is(*found, tri_slice_of(promise)), "%s", paths[i]);
        support_response_free(&response);
    }
    caller_close(&caller);
    finish();
}

/* --- behind a load balancer that passes TLS on --- */

EACH_MODE(tls_redirect, a_proxy_header_goes_before_the_handshake)
{
#define V1 "PROXY TCP4 198.51.100.7 203.0.113.1 4711 443\r\n"
    struct support_client broken, plain;
    struct support_response response;
    struct caller caller;
    char *body;
    serve_tls(mode, FLAGS(SELF_SIGNED, "--trust=127.0.0.1", "--proxy-protocol=on"));
    for (int i = 0; i < 3; i++) {
        meet(&caller, (struct call){.greeting = V1, .piece = i == 1 ? 1 : i == 2 ? 50 : 0});
        cr_expect(caller_get(&caller, "a.test", "/address", &body) == 200);
        cr_expect(body && strstr(body, "198.51.100.7"), "%s", body ? body : "");
        free(body);
        caller_close(&caller);
    }
    support_client_open(&broken, tls_port); /* the log names whom the header does */
    cr_assert(
        support_client_send(&broken, TRI_SLICE(V1 "\x16\x03\x01\xff\xff\x01\0\xff\xfb\x03\x03")));
    cr_expect(was_logged("peer=198.51.100.7 reason=", 1));
    support_client_close(&broken);
    support_client_open(&plain, tls_port); /* what follows the header is a request as well */
    cr_assert(support_client_send(&plain, TRI_SLICE(V1 "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n")));
    const char *fault = support_client_response(&plain, &response, true);
    cr_expect(!fault && response.status == 400, "%s %d", fault ? fault : "", response.status);
    support_response_free(&response);
    cr_expect(!support_client_over(&plain));
    support_client_close(&plain);
    const struct call call = {.port = tls_port}; /* without one it is not listened to */
    cr_expect(!caller_open(&caller, &call));
    caller_close(&caller);
    finish();
}
