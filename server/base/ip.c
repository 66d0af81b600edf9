/*
 * ip.c - IP addresses and networks; see ip.h.
 *
 * libc reads and prints both families; what is added here is that an IPv4 address has one form
 * however it was written, and that a network is refused unless it says exactly what it holds.
 */
#include "server/base/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "server/base/error.h"

#define WHAT_WOULD_DO "(try 10.0.0.0/8, 2001:db8::/32, 192.0.2.1 or unix)"

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}; /* RFC 4291 2.5.5.2 */

static bool is_v4(const struct tri_ip *ip)
{
    return memcmp(ip->bytes, mapped, sizeof(mapped)) == 0;
}

struct tri_ip tri_ip_of(const struct sockaddr *raw)
{
    struct tri_ip ip = {{0}};
    if (raw->sa_family == AF_INET) {
        struct sockaddr_in in4;
        memcpy(&in4, raw, sizeof(in4));
        memcpy(ip.bytes, mapped, sizeof(mapped));
        memcpy(ip.bytes + sizeof(mapped), &in4.sin_addr, 4);
    } else if (raw->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, raw, sizeof(in6));
        memcpy(ip.bytes, &in6.sin6_addr, sizeof(ip.bytes));
    }
    return ip;
}

/* Either family, "::", too. */
static bool parse(struct tri_slice text, struct tri_ip *ret_ip)
{
    struct tri_ip ip = {{0}};
    char copy[TRI_IP_TEXT];
    if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.at, '\0', text.len))
        return false;
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    if (inet_pton(AF_INET, copy, ip.bytes + sizeof(mapped)) == 1)
        memcpy(ip.bytes, mapped, sizeof(mapped));
    else if (inet_pton(AF_INET6, copy, ip.bytes) != 1)
        return false;
    *ret_ip = ip;
    return true;
}

bool tri_ip_parse(struct tri_slice text, struct tri_ip *ret_ip)
{
    struct tri_ip ip;
    if (!parse(text, &ip) || !tri_ip_is_known(&ip))
        return false;
    *ret_ip = ip;
    return true;
}

static const char *print(const struct tri_ip *ip, char text[static TRI_IP_TEXT])
{
    if (is_v4(ip))
        return inet_ntop(AF_INET, ip->bytes + sizeof(mapped), text, TRI_IP_TEXT);
    return inet_ntop(AF_INET6, ip->bytes, text, TRI_IP_TEXT);
}

struct tri_slice tri_ip_print(const struct tri_ip *ip, char text[static TRI_IP_TEXT])
{
    if (!tri_ip_is_known(ip))
        return tri_slice_of(memcpy(text, "unknown", sizeof("unknown")));
    return tri_slice_of(print(ip, text));
}

bool tri_ip_is_known(const struct tri_ip *ip)
{
    static const struct tri_ip unknown;
    return !tri_ip_is_equal(ip, &unknown);
}

bool tri_ip_is_equal(const struct tri_ip *a, const struct tri_ip *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool tri_ip_is_loopback(const struct tri_ip *ip)
{
    static const struct tri_ip one = {{[15] = 1}};
    if (is_v4(ip))
        return ip->bytes[12] == 127;
    return tri_ip_is_equal(ip, &one) || !tri_ip_is_known(ip);
}

struct tri_ip tri_ip_household(const struct tri_ip *ip)
{
    static const uint8_t zeros[8];
    struct tri_ip household = *ip;
    if (memcmp(ip->bytes, zeros, sizeof(zeros)) != 0) /* ::/64 is IPv4 and ::1: each alone */
        memset(household.bytes + 8, 0, 8);
    return household;
}

/* The address with only the first `prefix` bits of it kept. */
static struct tri_ip mask(const struct tri_ip *ip, unsigned prefix)
{
    struct tri_ip masked = {{0}};
    memcpy(masked.bytes, ip->bytes, prefix / 8);
    if (prefix % 8)
        masked.bytes[prefix / 8] = (uint8_t)(ip->bytes[prefix / 8] & (0xff00U >> prefix % 8));
    return masked;
}

/* "0" to "128", no leading zeros. */
static bool parse_prefix(const char *text, unsigned max, unsigned *ret_prefix)
{
    unsigned value = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 3 || text[digits] != '\0' || (digits > 1 && text[0] == '0'))
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    *ret_prefix = value;
    return value <= max;
}

bool tri_network_parse(struct tri_network *network, const char *text, struct tri_error *error)
{
    if (strcmp(text, "unix") == 0) {
        *network = (struct tri_network){.is_unix = true};
        return true;
    }
    struct tri_ip ip;
    struct tri_slice address = {text, strcspn(text, "/")};
    if (!parse(address, &ip)) {
        tri_error_set(error, "\"%.100s\" is not a network " WHAT_WOULD_DO, text);
        return false;
    }
    unsigned max = memchr(text, ':', address.len) ? 128 : 32;
    unsigned prefix = max;
    if (text[address.len] == '/' && !parse_prefix(text + address.len + 1, max, &prefix)) {
        tri_error_set(error, "\"%.100s\": behind the slash must be a number from 0 to %u", text,
                      max);
        return false;
    }
    prefix += 128 - max;
    struct tri_ip base = mask(&ip, prefix);
    if (!tri_ip_is_equal(&base, &ip)) {
        char meant[TRI_IP_TEXT];
        tri_error_set(error, "\"%.100s\" is an address inside a network (try %s/%u)", text,
                      print(&base, meant), is_v4(&base) ? prefix - 96 : prefix);
        return false;
    }
    *network = (struct tri_network){.base = base, .prefix = (uint8_t)prefix};
    return true;
}

bool tri_network_holds(const struct tri_network *network, const struct tri_ip *ip)
{
    bool known = tri_ip_is_known(ip);
    if (network->is_unix || !known)
        return network->is_unix && !known;
    struct tri_ip base = mask(ip, network->prefix);
    return is_v4(&network->base) == is_v4(ip) && tri_ip_is_equal(&network->base, &base);
}
