/*
 * visitors.h - who comes to the server of wire.h, from which address, and who sits there already.
 */
#pragma once

#include "wire.h"

#include <stdbool.h>

#define HELLO "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
#define ADDRESS "GET /address HTTP/1.1\r\nHost: a\r\n\r\n"
#define HEALTH "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"

/* Suite tear-down for tests that set service.clients: frees it, then as wire_deinit(). */
void visitors_deinit(void);

struct tri_ip ip(const char *text);

/* A new connection from the address `peer`. */
void come_from(const char *peer);

/* Is this the wish of a connection that was answered and stays? */
bool is_idle(struct tri_wish wish);

/* Let the server have two seats, both taken; empty_seats() ends the two connections. */
extern struct tri_conn seated[2];
void fill_seats(void);
void empty_seats(void);
