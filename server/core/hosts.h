/*
 * hosts.h - which router serves a Host: a table of names, and a default for all others.
 *
 * Threads: immutable after building.
 */
#pragma once

#include "server/base/slice.h"

#include <stdbool.h>

struct tri_router;
struct tri_error;

struct tri_hosts; /* opaque */

/* A table whose default is `fallback` (owned from now on); NULL when out of memory. */
struct tri_hosts *tri_hosts_new(struct tri_router *fallback);

/*
 * Serve `name` ("www.example.org", without port, any case) by `router`, owned from now on unless
 * false is returned: the name is there already, or memory is exhausted.
 */
bool tri_hosts_add(struct tri_hosts *hosts, const char *name, struct tri_router *router,
                   struct tri_error *error);

/* The router for a request's host (with or without port); never NULL. */
const struct tri_router *tri_hosts_find(const struct tri_hosts *hosts, struct tri_slice host);

/* Free the table and its routers. */
void tri_hosts_free(struct tri_hosts *hosts);
