/*
 * test_traversal.c - ways out of the root, and to what is hidden in it, none of which leads there.
 *
 * Every way to write "one folder up", in every depth and place, in front of every name worth
 * having; then targets and whole requests that are a kind of their own. Each goes to servers with
 * different flags in every mode. What is judged is what came back, all of it:
 *
 *     the canaries of root.h   never, nor a line of /etc/passwd
 *     400, 403, 404, 410, 421  fine
 *     200, 206                 only with the bytes of a file that is inside, or a listing
 *     301                      only to a path of this host
 *
 * Which file a target means is decided before anybody asks how its bytes are sent; so one of the
 * servers is attacked over TLS, too, and the others are not.
 */
#include "tests/conformance/flow.h"

#include <stdio.h>
#include <stdlib.h>

#include "server/base/assert.h"
#include "tests/conformance/root.h"

#define PASSWD "root:x:0:0:"
#define TARGET_BYTES 8000 /* below the limit of a target */

#define CONFIG "--config=site.conf"

FLOW_SUITES(conformance_traversal, .timeout = 90, .init = root_enter, .fini = root_leave);

/* --- attempts --- */

/* One folder up, or what somebody may take for it. */
static const char *const ups[] = {
    /* as it is, and escaped: once, in part, twice, three times */
    "../", "%2e%2e/", "%2E%2E/", "%2e./", ".%2e/", "..%2f", "..%2F", "%2e%2e%2f", ".%2e%2f",
    "%252e%252e/", "%252e%252e%252f", "..%252f", "..%252F", "%25252e%25252e/", "..%25252f",
    "%%32%65%%32%65/", "%2%65%2%65/", "%252%65%252%65/", "%2e%2e%2/", "%zz../", "..%/",
    /* backslashes */
    "..\\", "..%5c", "..%5C", "%2e%2e%5c", "..%255c", "..\\/", "../\\", "..%5c/", "\\../",
    /* more bytes than UTF-8 allows for these letters, escaped and raw */
    "..%c0%af", "%c0%ae%c0%ae/", "%c0%ae%c0%ae%c0%af", "%c0%ae./", "..%c1%9c", "..%c1%af",
    "..%e0%80%af", "%e0%80%ae%e0%80%ae/", "..%f0%80%80%af", "..%f8%80%80%80%af",
    "..%fc%80%80%80%80%af", "%c0%2e%c0%2e/", "..%c0%2f", "\xc0\xae\xc0\xae/", "..\xc0\xaf",
    /* escapes of other languages, and letters that look the same */
    "%u002e%u002e/", "..%u002f", "..%u2215", "..%u2216", "%uff0e%uff0e%uff0f", "..%ef%bc%8f",
    "%ef%bc%8e%ef%bc%8e/", "..%e2%88%95", "..%e2%81%84", "0x2e0x2e/", "\\u002e\\u002e/",
    "&#46;&#46;/", "%26%2346;%26%2346;/", "\\x2e\\x2e/", "..%01/",
    /* parameters, NULs, blanks and what else some take away */
    "..;/", "..;a=b/", ";/../", "..%3b/", "..%00/", "..%00", "%00../", ".%00./", "..%0a/", "..%0d/",
    "..%0d%0a/", "..%09/", "..%20/", ".. /", "%20../", "..%a0/", "..%7f/", "..%ff/", "..?/", "..#/",
    "..%23/", "..%3f/", "..:/", "..%3a/", "..*/", "..,/", "..\"/", "..'/", "..|/",
    /* more and fewer dots and slashes */
    ".../", "..../", "....//", "...//", "..././", ".../...//", "..//", "//../", "/../", "/./../",
    ".././", "./../", "././../", "%2f../", "%2f%2e%2e%2f", "/%2f../", "../%2f", "%2e/../",
    "../%2e/", ".%2f../", "/..%2f",
    /* down first, and by way of a link */
    "below/../../", "below/%2e%2e/../", "x/../../", "x/../x/../../", "one.txt/../../",
    ".git/../../", ".well-known/../../", "way-below/../", "way-below/../../", "way-up/",
    "way-up/../", "way-out-folder/../", "way-in/../../", "way-proc/../", "way-loop/../../"};

static const char *const places[] = {"/", "/below/", "/listed/", "/app/", "/pretty/", "/plain/"};

static const char *const names[] = {"secret", "beside/inner/", "etc/passwd", ".hidden"};

static const char *const targets[] = {
    /* from the top */
    "//etc/passwd", "///etc/passwd", "/%2fetc/passwd", "/%2Fetc%2Fpasswd", "//%2fetc/passwd",
    "/\\etc\\passwd", "/%5cetc%5cpasswd", "/etc/passwd", "/c:/secret", "/c:%5csecret", "//a/secret",
    "/proc/self/root/etc/passwd", "/proc/self/cwd/secret", "/proc/self/cwd/../secret",
    "/dev/fd/3/../secret", "/proc/1/root/etc/passwd", "//localhost/etc/passwd", "/~root/../secret",
    "/~/secret", "/$path", "/$path/../secret", "/=404", "/%24path/../../secret",
    /* not from the top */
    "secret", "../secret", "..", ".", "*", "%2e%2e/secret", "\\secret", "?/../secret", "a:80",
    "..:80", "etc/passwd",
    /* with a scheme */
    "http://a/../secret", "http://a/../../secret", "http://a/%2e%2e/secret", "http://a//etc/passwd",
    "http://a/..%2fsecret", "http://../secret", "http:///secret", "http:///etc/passwd",
    "http:../secret", "http:/../secret", "https://a/../secret", "HTTP://a/%2e%2e/%2e%2e/secret",
    "http://a/.hidden", "http://a/below/../../secret", "http://b.example/../../secret",
    "http://b.example/..%2f..%2fsecret", "http://a?/../secret", "http://a/\\..\\secret",
    "file:///etc/passwd", "file:/etc/passwd", "file://a/../secret", "ftp://a/../secret",
    /* links, and links behind links */
    "/way-out", "/way-out/", "/way-out/.", "/way-out/..", "/way-out%00.txt", "/way-out%2f",
    "/way-out?", "/way-out.html", "/way-out-folder", "/way-out-folder/", "/way-out-folder/.",
    "/way-out-folder/secret", "/way-out-folder/inner", "/way-out-folder/inner/",
    "/way-out-folder/inner/index.html", "/way-up", "/way-up/", "/way-up/secret", "/way-up/root/",
    "/way-up/root/one.txt", "/way-up/beside/secret", "/way-up/beside/inner/", "/way-chain",
    "/way-chain-2", "/way-chain/", "/way-proc", "/way-proc/", "/way-proc/etc/passwd",
    "/way-proc/proc/self/cwd/secret", "/way-loop", "/way-loop/way-loop", "/way-in/", "/way-in/..",
    "/way-out-and-in", "/way-around/../../secret", "/list/way-out", "/listed/way-out",
    "/listed/way-in", "/app/way-out", "/app/way-out-folder/secret", "/pretty/way-out",
    "/pretty/way-out-folder/inner/", "/pretty/way-up/secret", "/plain/way-out",
    "/plain/way-out-folder/inner/index.html", "/below/../way-out", "/%77ay-out",
    /* hidden names */
    "/.hidden", "/.hidden/", "/%2ehidden", "/%2Ehidden", "/%252ehidden", "/./.hidden",
    "/%2e/.hidden", "/%2e/%2ehidden", "/below/../.hidden", "//.hidden", "/.//.hidden", "/.hidden?x",
    "/.hidden;x", "/.hidden%00", "/.hidden%00.txt", "/.hidden.", "/.hidden%20", "/.hidden::$DATA",
    "/%c0%aehidden", "/.%68idden", "/one.txt/../.hidden", "/one.txt%00.hidden", "/.hidden.br",
    "/.git", "/.git/", "/.git/config", "/.git%2fconfig", "/%2egit/config", "/.git/./config",
    "/.git//config", "/.git/../.git/config", "/x/../.git/config", "/.git%00/config",
    "/.git/config%00.html", "/.git/config?", "/.well-known/.hidden", "/.well-known/../.hidden",
    "/.well-known/%2ehidden", "/.well-known/%2e%2e/.git/config", "/.well-known%2f../.hidden",
    "/list/.secret", "/list/.no/", "/listed/.secret", "/listed/%2esecret", "/app/.hidden",
    "/app/.git/config", "/app/.well-known/.hidden", "/pretty/.hidden", "/pretty/.git/config",
    "/plain/.hidden", "/plain/%2egit/config",
    /* out of a route's folder, or to what is beside the root */
    "/listed/..", "/listed/../", "/listed/../secret", "/listed/%2e%2e/%2e%2e/secret",
    "/listed/..%2f..%2fsecret", "/listed//../../secret", "/listed/sub/../../../secret",
    "/listed../secret", "/listed..%2f..%2fsecret", "/listed%2f..%2f..%2fsecret", "/app../secret",
    "/site.conf", "/../site.conf", "/pages/404.html", "/../pages/404.html", "/below../secret",
    /* in the query */
    "/?/../secret", "/?../../secret", "/?path=../secret", "/?path=/etc/passwd",
    "/one.txt?/../../secret", "/below?/../../secret", "/below/?../secret", "/app/x?../../secret",
    "/listed/?/../.secret", "/old/../../secret", "/old/..%2f..%2fsecret", "/people/..%2fsecret"};

/* Whole requests. */
static const char *const requests[] = {
    "GET /secret HTTP/1.1\r\nHost: ..\r\n\r\n",
    "GET /secret HTTP/1.1\r\nHost: .\r\n\r\n",
    "GET /secret HTTP/1.1\r\nHost: ../beside\r\n\r\n",
    "GET /secret HTTP/1.1\r\nHost: a/../..\r\n\r\n",
    "GET /secret HTTP/1.1\r\nHost: beside\r\n\r\n",
    "GET /secret HTTP/1.1\r\nHost: %2e%2e\r\n\r\n",
    "GET /secret HTTP/1.1\r\nHost: a\\..\\..\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: /etc/passwd\r\n\r\n",
    "GET /../../secret HTTP/1.1\r\nHost: b.example\r\n\r\n",
    "GET /%2e%2e/%2e%2e/secret HTTP/1.1\r\nHost: b.example\r\n\r\n",
    "GET /..%2f..%2fsecret HTTP/1.1\r\nHost: b.example\r\n\r\n",
    "GET /../one.txt/../../secret HTTP/1.1\r\nHost: b.example\r\n\r\n",
    "GET /../secret HTTP/1.0\r\n\r\n",
    "GET /way-out HTTP/1.0\r\n\r\n",
    "GET /../secret\r\n\r\n",
    "GET ../secret HTTP/1.0\r\n\r\n",
    "GET  /../secret HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / /../secret HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /one.txt\t/../secret HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /one.txt\\\r\n/../secret HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX-Original-URL: /../secret\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX-Rewrite-URL: /.hidden\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX-Sendfile: /etc/passwd\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX-Accel-Redirect: /../secret\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Host: ../..\r\nX-Forwarded-Prefix: /..\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nContent-Location: ../secret\r\nDestination: ../secret\r\n\r\n",
    "GET /one.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: /../../secret\r\n\r\n",
    "GET /one.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br/../../../secret, gzip\r\n\r\n",
    "GET /way-out HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br, gzip\r\n\r\n",
    "GET /way-out HTTP/1.1\r\nHost: a\r\nRange: bytes=0-\r\n\r\n",
    "GET /way-out HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"x\"\r\n\r\n",
    "GET /.hidden HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1,3-\r\n\r\n",
    "GET /way-out-folder/inner/ HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n"};

/* --- judging --- */

/* What 200 may bring: files that are inside, whole. */
static const char *const inside[] = {
    "the index\n", "1",     "0123456789", "page\n", "below\n",     "page below\n",
    "a folder\n",  "sub\n", "aaa",        "b",      "Contact: a\n"};

static bool holds(struct tri_slice text, const char *what)
{
    return text.len > 0 && memmem(text.at, text.len, what, strlen(what)) != NULL;
}

static bool is_inside(struct tri_slice body, bool may_hidden)
{
    if (may_hidden && tri_slice_is(body, TRI_SLICE(ROOT_HIDDEN "\n")))
        return true;
    for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
        if (tri_slice_is(body, tri_slice_of(inside[i])))
            return true;
    return holds(body, "<!doctype html>\n<html lang=\"en\">\n<head>\n<title>/") &&
           !holds(body, "./secret\"") && !holds(body, "./beside/\"") && !holds(body, "./etc/\"");
}

static bool is_here(const struct tri_slice *location)
{
    return location && location->at[0] == '/' &&
           (location->len == 1 || (location->at[1] != '/' && location->at[1] != '\\'));
}

/* NULL when the answer gives nothing away. */
static const char *judge(const struct support_response *response, bool may_hidden)
{
    struct tri_slice body = {response->body, response->body_bytes};
    switch (response->status) {
    case 200:
    case 206:
        return is_inside(body, may_hidden) ? NULL : "its body is no file that is inside";
    case 301:
        return is_here(support_response_field(response, "Location")) ? NULL : "it leads elsewhere";
    case 400:
    case 403:
    case 404:
    case 410: /* in place of 404, says site.conf of /pretty/ */
    case 421: /* to https:// */
        return NULL;
    default:
        return "nobody expects that status";
    }
}

/* The connection of attempts that are not refused. */
struct attacker {
    struct support_client client;
    const struct support_server *server; /* borrowed */
    bool may_hidden;                     /* hidden files are shown */
    size_t answers[600];
};

static void attempt(struct attacker *attacker, const char *request)
{
    struct support_client *client = &attacker->client;
    struct support_response response;
    if (client->fd < 0)
        support_client_open_to(client, attacker->server);
    support_client_send(client, tri_slice_of(request));
    const char *fault = support_client_response(client, &response, false);
    struct tri_slice came = {client->in, client->in_bytes};
    if (!fault)
        fault = holds(came, ROOT_OUTSIDE) ? "a file outside the root is in the answer"
                : holds(came, PASSWD)     ? "/etc/passwd is in the answer"
                : holds(came, ROOT_HIDDEN) && !attacker->may_hidden
                    ? "a hidden file is in the answer"
                    : judge(&response, attacker->may_hidden);
    int line = (int)strcspn(request, "\r\n");
    cr_expect(!fault, "\"%.*s\" gets %d: %s: \"%.*s\"", line < 200 ? line : 200, request,
              response.status, fault, (int)(response.body_bytes < 120 ? response.body_bytes : 120),
              response.body);
    if (response.status > 0 && response.status < 600)
        attacker->answers[response.status]++;
    bool is_over = fault || response.close || client->in_bytes > 100000;
    support_response_free(&response);
    if (is_over) {
        support_client_close(client);
        client->fd = -1;
    }
}

static void attempt_target(struct attacker *attacker, const char *target)
{
    char request[TARGET_BYTES + 100];
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target);
    attempt(attacker, request);
}

/* `up` so many times, behind a place and in front of a name. */
static void attempt_up(struct attacker *attacker, const char *place, const char *up, unsigned depth,
                       const char *name)
{
    char target[TARGET_BYTES];
    size_t len = (size_t)snprintf(target, sizeof(target), "%s", place);
    for (unsigned i = 0; i < depth && len + strlen(up) + strlen(name) < sizeof(target); i++)
        len += (size_t)snprintf(target + len, sizeof(target) - len, "%s", up);
    snprintf(target + len, sizeof(target) - len, "%s", name);
    attempt_target(attacker, target);
}

static void attack(const struct support_server *server, bool may_hidden)
{
    static struct attacker attacker;
    attacker = (struct attacker){.client.fd = -1, .server = server, .may_hidden = may_hidden};
    for (size_t i = 0; i < sizeof(ups) / sizeof(ups[0]); i++) {
        for (size_t j = 0; j < sizeof(places) / sizeof(places[0]); j++)
            attempt_up(&attacker, places[j], ups[i], 1 + j % 3, names[(i + j) % 4]);
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
            attempt_up(&attacker, "/", ups[i], 1, names[j]);
        attempt_up(&attacker, "/", ups[i], TARGET_BYTES, "etc/passwd");
        attempt_up(&attacker, "", ups[i], 1, "secret");
        attempt_up(&attacker, "http://a/", ups[i], 1, "secret");
    }
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        attempt_target(&attacker, targets[i]);
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        attempt(&attacker, requests[i]);
    support_client_close(&attacker.client);
    cr_expect(attacker.answers[404] > 100 && attacker.answers[400] > 100 &&
                  attacker.answers[200] > 10,
              "the attempts were not of all kinds: %zu 404, %zu 400, %zu 200",
              attacker.answers[404], attacker.answers[400], attacker.answers[200]);
}

/* --- servers --- */

FLOW_PLAIN(conformance_traversal, leads_nowhere, ROOT_FLAG, CONFIG)
{
    attack(server, false);
}

FLOW(conformance_traversal, leads_nowhere_with_listings, ROOT_FLAG, CONFIG, "--listing=on")
{
    attack(server, false);
}

FLOW_PLAIN(conformance_traversal, leads_nowhere_where_files_are_tried, ROOT_FLAG, CONFIG,
           "--try-files=$path", "--try-files=$path.html", "--try-files=/page.html")
{
    attack(server, false);
}

FLOW_PLAIN(conformance_traversal, leads_nowhere_with_listings_where_files_are_tried, ROOT_FLAG,
           CONFIG, "--listing=on", "--try-files=$path/page.html", "--try-files=$path",
           "--try-files=$path/index.html")
{
    attack(server, false);
}

FLOW_PLAIN(conformance_traversal, leads_nowhere_without_links, ROOT_FLAG, CONFIG, "--symlinks=none",
           "--listing=on")
{
    attack(server, false);
}

FLOW_PLAIN(conformance_traversal, leads_nowhere_without_a_cache, ROOT_FLAG, CONFIG,
           "--files-cache=0", "--symlinks=none", "--try-files=$path", "--try-files=/page.html")
{
    attack(server, false);
}

FLOW_PLAIN(conformance_traversal, leads_nowhere_outside_where_all_names_are_shown, ROOT_FLAG,
           CONFIG, "--dotfiles=on", "--listing=on")
{
    attack(server, true);
}

/* That the canaries would sing. */
FLOW(conformance_traversal, is_noticed_where_it_is_allowed, ROOT_FLAG, "--symlinks=any",
     "--dotfiles=on")
{
    struct support_client client;
    support_client_open_to(&client, server);
    flow_send(&client, "GET /way-out HTTP/1.1\r\nHost: a\r\n\r\n");
    flow_expect(&client, 200, ROOT_OUTSIDE "\n");
    flow_send(&client, "GET /way-up/beside/inner/ HTTP/1.1\r\nHost: a\r\n\r\n");
    flow_expect(&client, 200, ROOT_OUTSIDE "\n");
    flow_send(&client, "GET /.git/config HTTP/1.1\r\nHost: a\r\n\r\n");
    flow_expect(&client, 200, ROOT_HIDDEN "\n");
    support_client_close(&client);
}
