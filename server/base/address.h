/*
 * address.h - where to listen, from text: 127.0.0.1:8080, [::1]:8080, *:80, unix:/run/tri.sock.
 *
 * Names are not resolved: a server that waits for DNS at start-up is a server that hangs there.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct tri_error;

struct tri_address {
    struct sockaddr_storage raw;
    socklen_t raw_bytes;
    char text[128]; /* as given, for messages; the port is the real one after a bind to port 0 */
};

/*
 * Parse "IPv4:PORT", "[IPv6]:PORT", "*:PORT" (any IPv4), or "unix:/path" (absolute, at most 107
 * bytes). PORT is 0-65535; 0 lets the kernel choose.
 */
bool tri_address_parse(struct tri_address *address, const char *text, struct tri_error *error);

/* "http://127.0.0.1:8080" for people, with this scheme; "unix:/path" for a Unix socket. */
void tri_address_url(const struct tri_address *address, const char *scheme, char *text,
                     unsigned room);

/* 0 for a Unix socket. */
uint16_t tri_address_port(const struct tri_address *address);
