/*
 * ip.h - IP addresses and networks as values: who a client is, and who is trusted.
 *
 * IPv4 is kept as ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so that a client is the same one on an IPv4
 * and on a dual-stack listener.
 */
#pragma once

#include "server/base/slice.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct tri_error;

struct tri_ip {
    uint8_t bytes[16]; /* network order; all zero: not known, as on a Unix socket */
};

#define TRI_IP_TEXT 46 /* room for the longest text and its NUL */

/* The address of a socket's peer; not known unless AF_INET or AF_INET6. */
struct tri_ip tri_ip_of(const struct sockaddr *raw);

/* "192.0.2.1", "2001:db8::1"; no brackets, port or zone, and not "::", which is nobody's. */
bool tri_ip_parse(struct tri_slice text, struct tri_ip *ret_ip);

/* IPv4 dotted, IPv6 as RFC 5952 has it, "unknown"; NUL-terminated. Returns the text. */
struct tri_slice tri_ip_print(const struct tri_ip *ip, char text[static TRI_IP_TEXT]);

bool tri_ip_is_known(const struct tri_ip *ip);
bool tri_ip_is_equal(const struct tri_ip *a, const struct tri_ip *b);

/* 127.0.0.0/8 or ::1; what is not known came over a Unix socket, so it is local, too. */
bool tri_ip_is_loopback(const struct tri_ip *ip);

/* Who shares a limit: an IPv4 address and ::1 alone, any other IPv6 address with its /64. */
struct tri_ip tri_ip_household(const struct tri_ip *ip);

struct tri_network {
    struct tri_ip base;
    uint8_t prefix; /* leading bits that count, of the 128 */
    bool is_unix;   /* "unix": every peer on a Unix socket */
};

/* "10.0.0.0/8", "2001:db8::/32", one address, or "unix"; host bits must be zero. */
bool tri_network_parse(struct tri_network *network, const char *text, struct tri_error *error);

/* IPv4 addresses are in IPv4 networks only: "::/0" is all of IPv6 and nothing else. */
bool tri_network_holds(const struct tri_network *network, const struct tri_ip *ip);
