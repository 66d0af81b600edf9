/*
 * address.c - listening addresses from text; see address.h.
 */
#include "server/base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "server/base/error.h"

#define WHAT_WOULD_DO "(try 127.0.0.1:8080, [::1]:8080, *:8080 or unix:/run/tri-httpd.sock)"

/* All of `text` as a port number, digits only. */
static bool parse_port(const char *text, in_port_t *port)
{
    unsigned value = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0')
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    if (value > 65535)
        return false;
    *port = htons((in_port_t)value);
    return true;
}

static bool parse_unix(struct tri_address *address, const char *path, struct tri_error *error)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&address->raw;
    size_t len = strlen(path);
    if (path[0] != '/' || len >= sizeof(un->sun_path)) {
        tri_error_set(error, "\"unix:%s\": the path must be absolute and at most %zu bytes", path,
                      sizeof(un->sun_path) - 1);
        return false;
    }
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, len + 1);
    address->raw_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
    return true;
}

/* "host:port" or "[host]:port" into its host (brackets dropped) and the port's text. */
static bool split(const char *text, char *host, size_t room, const char **port)
{
    const char *colon = strrchr(text, ':');
    if (!colon)
        return false;
    size_t len = (size_t)(colon - text);
    if (text[0] == '[') {
        if (len < 2 || text[len - 1] != ']')
            return false;
        text++;
        len -= 2;
    } else if (memchr(text, ':', len)) {
        return false; /* an IPv6 address wants brackets */
    }
    if (len == 0 || len >= room)
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    *port = colon + 1;
    return true;
}

bool tri_address_parse(struct tri_address *address, const char *text, struct tri_error *error)
{
    struct tri_address parsed = {.raw_bytes = 0};
    struct sockaddr_in *in4 = (struct sockaddr_in *)&parsed.raw;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&parsed.raw;
    char host[INET6_ADDRSTRLEN];
    const char *port;

    snprintf(parsed.text, sizeof(parsed.text), "%s", text);
    if (strncmp(text, "unix:", 5) == 0) {
        if (!parse_unix(&parsed, text + 5, error))
            return false;
        *address = parsed;
        return true;
    }
    if (!split(text, host, sizeof(host), &port)) {
        tri_error_set(error, "\"%.100s\" is not an address " WHAT_WOULD_DO, text);
        return false;
    }
    if (text[0] == '[' && inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        parsed.raw_bytes = sizeof(*in6);
        if (parse_port(port, &in6->sin6_port))
            goto done;
    } else if (text[0] != '[' &&
               (strcmp(host, "*") == 0 || inet_pton(AF_INET, host, &in4->sin_addr) == 1)) {
        in4->sin_family = AF_INET; /* "*" leaves sin_addr 0.0.0.0 */
        parsed.raw_bytes = sizeof(*in4);
        if (parse_port(port, &in4->sin_port))
            goto done;
    } else {
        tri_error_set(error, "\"%.100s\": the host must be a numeric address " WHAT_WOULD_DO, text);
        return false;
    }
    tri_error_set(error, "\"%.100s\": the port must be a number from 0 to 65535", text);
    return false;
done:
    *address = parsed;
    return true;
}

uint16_t tri_address_port(const struct tri_address *address)
{
    if (address->raw.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address->raw)->sin6_port);
    if (address->raw.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)&address->raw)->sin_port);
    return 0;
}

void tri_address_url(const struct tri_address *address, const char *scheme, char *text,
                     unsigned room)
{
    char host[INET6_ADDRSTRLEN];
    unsigned port = tri_address_port(address);
    if (address->raw.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address->raw;
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
        snprintf(text, room, "%s://[%s]:%u", scheme, host, port);
    } else if (address->raw.ss_family == AF_INET) {
        const struct sockaddr_in *in4 = (const struct sockaddr_in *)&address->raw;
        inet_ntop(AF_INET, &in4->sin_addr, host, sizeof(host));
        snprintf(text, room, "%s://%s:%u", scheme, host, port);
    } else {
        snprintf(text, room, "%s", address->text);
    }
}
