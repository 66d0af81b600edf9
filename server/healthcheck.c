/*
 * healthcheck.c - see healthcheck.h.
 *
 * A redirect counts as well: who answers 308 to a plain request does what he was told. HTTPS is not
 * spoken: it would ask whether a certificate is valid, which is another question; who serves HTTPS
 * alone adds a plain listener on loopback for this. Names are not resolved, as everywhere in the
 * server. The connection is not reused, and what follows the first line of the answer is not read.
 *
 *     url or settings --> struct question --> connect --> send --> status
 *
 * Every wait ends at question->until_ns.
 */
#include "server/healthcheck.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/config.h"
#include "server/base/address.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/fd.h"
#include "server/base/ip.h"

#define DEADLINE_NS (2 * TRI_SECOND) /* of all of it; a probe that takes longer has its answer */
#define HOST_BYTES 128               /* and as many for the port */
#define LINE_BYTES 256               /* of the answer, enough for its first line's status */
#define REQUEST_BYTES 4096

#define WHAT_WOULD_DO "(try http://127.0.0.1:8080/health)"

struct question {
    struct tri_address address;
    char host[HOST_BYTES]; /* the field Host */
    const char *path;      /* borrowed */
    const char *proxied;   /* a header of the PROXY protocol, or "" */
    char text[320];        /* for messages */
    int64_t until_ns;
};

/* --- whom to ask --- */

/* A server that listens everywhere is asked by loopback. */
static void aim_at_loopback(struct tri_address *address)
{
    struct sockaddr_in *in4 = (struct sockaddr_in *)&address->raw;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address->raw;
    if (address->raw.ss_family == AF_INET && in4->sin_addr.s_addr == htonl(INADDR_ANY))
        in4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else if (address->raw.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr))
        in6->sin6_addr = in6addr_loopback;
}

/* Printable and without blanks, so that it stays what it is within a request. */
static bool is_plain(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

static bool parse_url(struct question *question, const char *url, struct tri_error *error)
{
    static const char scheme[] = "http://";
    char place[512];
    const char *host = url + strlen(scheme);
    if (strncmp(url, "https://", 8) == 0) {
        tri_error_set(error,
                      "--healthcheck: \"%.60s\": HTTPS is not spoken here (ask a plain listener, "
                      "such as --listen=127.0.0.1:8080)",
                      url);
        return false;
    }
    size_t len = strncmp(url, scheme, strlen(scheme)) == 0 ? strcspn(host, "/?#") : 0;
    if (len == 0 || len >= HOST_BYTES || !is_plain(url) || strlen(url) >= REQUEST_BYTES / 2 ||
        strcspn(host + len, "?#") < strcspn(host + len, "/") || strchr(url, '#')) {
        tri_error_set(error, "--healthcheck: \"%.60s\" is no URL " WHAT_WOULD_DO, url);
        return false;
    }
    snprintf(question->host, sizeof(question->host), "%.*s", (int)len, host);
    size_t name = strlen("localhost");
    bool is_localhost = strncmp(host, "localhost", name) == 0 && (len == name || host[name] == ':');
    const char *behind = question->host + (is_localhost ? name : 0);
    const char *port = strrchr(question->host, ':');
    bool has_port = port && !strchr(port, ']');
    snprintf(place, sizeof(place), "%s%s%s", is_localhost ? "127.0.0.1" : "", behind,
             has_port ? "" : ":80");
    if (!tri_address_parse(&question->address, place, NULL) || place[0] == '*' ||
        question->address.raw.ss_family == AF_UNIX || tri_address_port(&question->address) == 0) {
        tri_error_set(error,
                      "--healthcheck: \"%.60s\": the host must be a numeric address or localhost, "
                      "the port a number from 1 to 65535 " WHAT_WOULD_DO,
                      url);
        return false;
    }
    question->path = host[len] ? host + len : "/";
    snprintf(question->text, sizeof(question->text), "%.200s", url);
    return true;
}

static bool read_settings(struct question *question, const struct tri_config *config,
                          struct tri_error *error)
{
    char url[160];
    if (config->listen_count == 0) {
        tri_error_set(error, "--healthcheck: there is no plain listener to ask (add one, such as "
                             "--listen=127.0.0.1:8080)");
        return false;
    }
    if (!config->health) {
        tri_error_set(error, "--healthcheck: health is empty (set it, or say what to ask: "
                             "--healthcheck=http://127.0.0.1:8080/)");
        return false;
    }
    if (!tri_address_parse(&question->address, config->listen[0], error))
        return false;
    if (question->address.raw.ss_family != AF_UNIX && tri_address_port(&question->address) == 0) {
        tri_error_set(error,
                      "--healthcheck: the port of listen \"%.60s\" is known to the kernel alone "
                      "(choose one, or say whom to ask: --healthcheck=http://127.0.0.1:PORT/)",
                      config->listen[0]);
        return false;
    }
    aim_at_loopback(&question->address);
    tri_address_url(&question->address, "http", url, sizeof(url));
    snprintf(question->host, sizeof(question->host), "localhost");
    question->path = config->health;
    snprintf(question->text, sizeof(question->text), "%s%s", url, config->health);
    return true;
}

/* A server that believes us to be a proxy waits for what proxies say first. */
static bool is_trusted(const struct tri_config *config, int fd)
{
    struct sockaddr_storage ours = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof(ours);
    struct tri_network network;
    if (!config->proxy_protocol || getsockname(fd, (struct sockaddr *)&ours, &size) != 0)
        return false;
    struct tri_ip ip = tri_ip_of((const struct sockaddr *)&ours);
    for (unsigned i = 0; i < config->trust.count; i++)
        if (tri_network_parse(&network, config->trust.at[i], NULL) &&
            tri_network_holds(&network, &ip))
            return true;
    return false;
}

/* --- asking --- */

static bool fail(const struct question *question, struct tri_error *error, const char *why)
{
    tri_error_set(error, "--healthcheck: %s: %s", question->text, why);
    return false;
}

static bool fail_os(const struct question *question, struct tri_error *error)
{
    tri_error_os(error, "--healthcheck: %s", question->text);
    return false;
}

/* False with *error when the deadline comes first. */
static bool await(const struct question *question, int fd, short events, struct tri_error *error)
{
    for (;;) {
        struct pollfd watched = {fd, events, 0};
        int64_t left_ns = question->until_ns - tri_clock_now();
        int left_ms = left_ns > 0 ? (int)(left_ns / TRI_MILLISECOND) + 1 : 0;
        int ready = poll(&watched, 1, left_ms);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return fail_os(question, error);
        if (left_ms == 0)
            return fail(question, error, "no answer within 2s");
    }
}

static bool join(const struct question *question, int fd, struct tri_error *error)
{
    int os = 0;
    socklen_t size = sizeof(os);
    const struct sockaddr *raw = (const struct sockaddr *)&question->address.raw;
    if (connect(fd, raw, question->address.raw_bytes) == 0)
        return true;
    if (errno != EINPROGRESS)
        return fail_os(question, error);
    if (!await(question, fd, POLLOUT, error))
        return false;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &os, &size) != 0)
        return fail_os(question, error);
    errno = os;
    return os == 0 || fail_os(question, error);
}

static bool ask(const struct question *question, int fd, struct tri_error *error)
{
    char request[REQUEST_BYTES];
    int written = snprintf(
        request, sizeof(request), "%sGET %s%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
        question->proxied, *question->path == '/' ? "" : "/", question->path, question->host);
    if (written < 0 || (size_t)written >= sizeof(request))
        return fail(question, error, "the path is too long");
    for (size_t sent = 0, len = (size_t)written; sent < len;) {
        ssize_t n = send(fd, request + sent, len - sent, MSG_NOSIGNAL);
        if (n >= 0)
            sent += (size_t)n;
        else if (errno != EAGAIN && errno != EINTR)
            return fail_os(question, error);
        else if (!await(question, fd, POLLOUT, error))
            return false;
    }
    return true;
}

/* The status line, NUL-terminated and cut at `room`. */
static bool hear(const struct question *question, int fd, char *line, size_t room,
                 struct tri_error *error)
{
    size_t len = 0;
    line[0] = '\0';
    while (len + 1 < room && !strchr(line, '\n')) {
        if (!await(question, fd, POLLIN, error))
            return false;
        ssize_t n = recv(fd, line + len, room - 1 - len, 0);
        if (n == 0)
            return fail(question, error, "the connection ended without an answer");
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return fail_os(question, error);
        len += n > 0 ? (size_t)n : 0;
        line[len] = '\0';
    }
    return true;
}

static bool judge(const struct question *question, const char *line, struct tri_error *error)
{
    int status = 0;
    char why[64];
    if (sscanf(line, "HTTP/1.%*1[0-9] %3d", &status) != 1)
        return fail(question, error, "what answers does not speak HTTP/1");
    if (status >= 200 && status < 400)
        return true;
    snprintf(why, sizeof(why), "answered %d", status);
    return fail(question, error, why);
}

bool tri_healthcheck(const struct tri_config *config, const char *url, struct tri_error *error)
{
    char line[LINE_BYTES];
    struct question question = {.proxied = "",
                                .until_ns = tri_clock_after(tri_clock_now(), DEADLINE_NS)};
    if (!(url ? parse_url(&question, url, error) : read_settings(&question, config, error)))
        return false;
    int fd = socket(question.address.raw.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 ? join(&question, fd, error) : fail_os(&question, error);
    if (ok && !url && is_trusted(config, fd))
        question.proxied = "PROXY UNKNOWN\r\n";
    ok = ok && ask(&question, fd, error) && hear(&question, fd, line, sizeof(line), error) &&
         judge(&question, line, error);
    tri_fd_close(&fd);
    return ok;
}
