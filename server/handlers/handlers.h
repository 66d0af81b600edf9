/*
 * handlers.h - the built-in handlers, and the routes of the laboratory made of them.
 *
 * Each one is a file of its own that opens with the curl line that tries it; together they are
 * the examples for writing more. A handler sees server/base and server/http/exchange.h only.
 */
#pragma once

#include "server/handlers/files/files.h" /* tri_handler_files */
#include "server/http/exchange.h"

/* inline: one call, one reply */
extern const struct tri_handler tri_handler_hello;
extern const struct tri_handler tri_handler_json;
extern const struct tri_handler tri_handler_users;
extern const struct tri_handler tri_handler_address;
extern const struct tri_handler tri_handler_tls;
extern const struct tri_handler tri_handler_health;
extern const struct tri_handler tri_handler_site; /* context: struct tri_site, site.h */

/* step: called again when there is room, body or time */
extern const struct tri_handler tri_handler_echo;
extern const struct tri_handler tri_handler_bytes;
extern const struct tri_handler tri_handler_sleep;
extern const struct tri_handler tri_handler_stream;
extern const struct tri_handler tri_handler_events;

/* blocking: straight-line code that waits or computes */
extern const struct tri_handler tri_handler_block;
extern const struct tri_handler tri_handler_cpu;
extern const struct tri_handler tri_handler_parrot;

/* All of the above, by which a configuration finds them; NULL-terminated. */
extern const struct tri_handler *const tri_handlers[];

/* What `return = "..."` stands for, inline; no configuration names it. Context: struct tri_return,
 * return.h */
extern const struct tri_handler tri_handler_return;

/* One default route. */
struct tri_lab_route {
    const char *pattern;
    const struct tri_handler *handler;
    const char *kind;    /* "inline", "step", "blocking": how it waits */
    const char *example; /* a path and query that shows it, by GET */
};

/* The laboratory's routes, ended by a pattern of NULL. Their handlers need no context. */
extern const struct tri_lab_route tri_lab_routes[];
