/*
 * target.c - whom to connect to, and from where; see target.h.
 */
#include "loadtest/target.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "server/base/error.h"
#include "server/base/slice.h"

#define WHAT_WOULD_DO "(try http://127.0.0.1:8080/)"

static bool copy(char *into, size_t room, const char *from, size_t len)
{
    if (len >= room)
        return false;
    memcpy(into, from, len);
    into[len] = '\0';
    return true;
}

/* All of `len` bytes as a port. */
static bool is_port(const char *text, size_t len)
{
    unsigned value = 0;
    if (len == 0 || len > 5)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    return value > 0 && value < 65536;
}

/* "host", "host:port", "[::1]:port". */
static bool take_authority(struct tri_target *target, const char *text, size_t len)
{
    const char *host = text, *end = text + len, *after;
    size_t host_len;
    if (len && text[0] == '[') {
        const char *bracket = memchr(text, ']', len);
        if (!bracket)
            return false;
        host = text + 1;
        host_len = (size_t)(bracket - host);
        after = bracket + 1;
    } else {
        const char *colon = memchr(text, ':', len);
        after = colon ? colon : end;
        host_len = (size_t)(after - text);
    }
    if (host_len == 0 || memchr(text, '@', len))
        return false;
    if (after < end && (*after != ':' || !is_port(after + 1, (size_t)(end - after) - 1)))
        return false;
    const char *port = after < end ? after + 1 : target->is_tls ? "443" : "80";
    size_t port_len = after < end ? (size_t)(end - port) : strlen(port);
    return copy(target->host, sizeof(target->host), host, host_len) &&
           copy(target->port, sizeof(target->port), port, port_len) &&
           copy(target->authority, sizeof(target->authority), text, len);
}

bool tri_target_parse(struct tri_target *target, const char *url, struct tri_error *error)
{
    struct tri_target parsed = {.is_tls = false};
    const char *at = url;
    if (strncasecmp(at, "http://", 7) == 0) {
        at += 7;
    } else if (strncasecmp(at, "https://", 8) == 0) {
        parsed.is_tls = true;
        at += 8;
    } else if (strstr(at, "://")) {
        tri_error_set(error, "\"%.100s\": neither http:// nor https:// " WHAT_WOULD_DO, url);
        return false;
    }
    for (const char *c = at; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f) {
            tri_error_set(error, "\"%.100s\": blanks have to be written %%20 " WHAT_WOULD_DO, url);
            return false;
        }
    size_t authority = strcspn(at, "/?#");
    if (!take_authority(&parsed, at, authority)) {
        tri_error_set(error, "\"%.100s\" is not a URL " WHAT_WOULD_DO, url);
        return false;
    }
    at += authority;
    size_t rest = strcspn(at, "#");
    const char *slash = *at == '/' ? "" : "/";
    if (rest + 2 > sizeof(parsed.path)) {
        tri_error_set(error, "\"%.60s...\": the path is longer than %zu bytes", url,
                      sizeof(parsed.path) - 2);
        return false;
    }
    snprintf(parsed.path, sizeof(parsed.path), "%s%.*s", slash, (int)rest, at);
    *target = parsed;
    return true;
}

static bool take_unix(struct tri_target *target, const char *path, struct tri_error *error)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&target->endpoint.raw;
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof(un->sun_path)) {
        tri_error_set(error, "\"%.60s\": the path of a socket has 1 to %zu bytes", path,
                      sizeof(un->sun_path) - 1);
        return false;
    }
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, len + 1);
    target->endpoint.bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
    snprintf(target->text, sizeof(target->text), "unix:%s", path);
    return true;
}

/* Where "HOST:PORT:ADDRESS" sends the target: the address, or NULL when it is for another. */
static bool take_resolve(const struct tri_target *target, const char *resolve, char *address,
                         size_t room, struct tri_error *error)
{
    const char *colon = strchr(resolve, ':');
    const char *second = colon ? strchr(colon + 1, ':') : NULL;
    if (!second || !is_port(colon + 1, (size_t)(second - colon) - 1) || !second[1]) {
        tri_error_set(error, "\"%.100s\": is not HOST:PORT:ADDRESS (try example.org:80:127.0.0.1)",
                      resolve);
        return false;
    }
    address[0] = '\0';
    struct tri_slice host = {resolve, (size_t)(colon - resolve)};
    struct tri_slice port = {colon + 1, (size_t)(second - colon) - 1};
    if (!tri_slice_is_nocase(host, tri_slice_of(target->host)) ||
        !tri_slice_is(port, tri_slice_of(target->port))) {
        tri_error_set(error, "\"%.100s\": is not for %s:%s", resolve, target->host, target->port);
        return false;
    }
    const char *from = second + 1;
    size_t len = strlen(from);
    if (from[0] == '[' && from[len - 1] == ']') {
        from++;
        len -= 2;
    }
    if (!copy(address, room, from, len)) {
        tri_error_set(error, "\"%.100s\": the address is too long", resolve);
        return false;
    }
    return true;
}

static void describe(struct tri_target *target)
{
    char host[INET6_ADDRSTRLEN] = "", port[8] = "";
    getnameinfo((struct sockaddr *)&target->endpoint.raw, target->endpoint.bytes, host,
                sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
    bool is_six = target->endpoint.raw.ss_family == AF_INET6;
    snprintf(target->text, sizeof(target->text), "%s%s%s:%s", is_six ? "[" : "", host,
             is_six ? "]" : "", port);
}

bool tri_target_resolve(struct tri_target *target, const char *unix_path, const char *resolve,
                        struct tri_error *error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    char address[256];
    if (unix_path)
        return take_unix(target, unix_path, error);
    snprintf(address, sizeof(address), "%s", target->host);
    if (resolve && !take_resolve(target, resolve, address, sizeof(address), error))
        return false;
    int failed = getaddrinfo(address, target->port, &hints, &found);
    if (failed) {
        tri_error_set(error, "\"%.100s\": %s", address, gai_strerror(failed));
        return false;
    }
    memcpy(&target->endpoint.raw, found->ai_addr, found->ai_addrlen);
    target->endpoint.bytes = found->ai_addrlen;
    freeaddrinfo(found);
    describe(target);
    return true;
}

/* --- source addresses --- */

static bool parse_source(const char *text, size_t len, struct tri_endpoint *source)
{
    char address[INET6_ADDRSTRLEN];
    struct sockaddr_in *in4 = (struct sockaddr_in *)&source->raw;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&source->raw;
    *source = (struct tri_endpoint){.bytes = 0};
    if (!copy(address, sizeof(address), text, len))
        return false;
    if (inet_pton(AF_INET, address, &in4->sin_addr) == 1) {
        in4->sin_family = AF_INET;
        source->bytes = sizeof(*in4);
        return true;
    }
    if (inet_pton(AF_INET6, address, &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        source->bytes = sizeof(*in6);
        return true;
    }
    return false;
}

/* How many addresses "A-B" spans: IPv4 only, in order; 0 when it is no such range. */
static unsigned range_length(const struct tri_endpoint *first, const struct tri_endpoint *last)
{
    if (first->raw.ss_family != AF_INET || last->raw.ss_family != AF_INET)
        return 0;
    uint32_t from = ntohl(((const struct sockaddr_in *)&first->raw)->sin_addr.s_addr);
    uint32_t to = ntohl(((const struct sockaddr_in *)&last->raw)->sin_addr.s_addr);
    return to < from || to - from >= TRI_SOURCES_MAX ? 0 : to - from + 1;
}

/* One word of the list, appended to `sources`. */
static bool take_range(const char *text, size_t len, struct tri_endpoint *sources, unsigned *count)
{
    struct tri_endpoint first, last;
    const char *dash = memchr(text, '-', len);
    size_t first_len = dash ? (size_t)(dash - text) : len;
    if (!parse_source(text, first_len, &first))
        return false;
    unsigned length = 1;
    if (dash) {
        if (!parse_source(dash + 1, len - first_len - 1, &last))
            return false;
        length = range_length(&first, &last);
    }
    if (length == 0 || *count + length > TRI_SOURCES_MAX)
        return false;
    for (unsigned i = 0; i < length; i++) {
        sources[*count] = first;
        if (dash) {
            struct sockaddr_in *in4 = (struct sockaddr_in *)&sources[*count].raw;
            in4->sin_addr.s_addr = htonl(ntohl(in4->sin_addr.s_addr) + i);
        }
        (*count)++;
    }
    return true;
}

bool tri_sources_parse(const char *text, struct tri_endpoint **ret_sources, unsigned *ret_count,
                       struct tri_error *error)
{
    unsigned count = 0;
    struct tri_endpoint *sources = calloc(TRI_SOURCES_MAX, sizeof(*sources));
    if (!sources) {
        tri_error_os(error, "source addresses");
        return false;
    }
    for (const char *at = text;;) {
        size_t len = strcspn(at, ",");
        if (!take_range(at, len, sources, &count)) {
            tri_error_set(error,
                          "\"%.100s\": is not a list of addresses, at most %d of them (try "
                          "127.0.0.2-127.0.0.9)",
                          text, TRI_SOURCES_MAX);
            free(sources);
            return false;
        }
        if (!at[len])
            break;
        at += len + 1;
    }
    *ret_sources = sources;
    *ret_count = count;
    return true;
}
