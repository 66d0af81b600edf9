/*
 * target.h - from a URL to an address to connect to, and from text to source addresses.
 */
#pragma once

#include "loadtest/plan.h"

/*
 * Take "http://host:port/path?query" apart; https as well, and "host:port/path". No system call.
 * IPv6 addresses stand in brackets. What follows a "#" is left out.
 */
bool tri_target_parse(struct tri_target *target, const char *url, struct tri_error *error);

/*
 * Find the address of a parsed target.
 *   unix_path  connect to this socket instead; NULL: by name
 *   resolve    "HOST:PORT:ADDRESS" as in curl: takes the place of the resolver for that name;
 *              NULL: none
 * May wait for the resolver.
 */
bool tri_target_resolve(struct tri_target *target, const char *unix_path, const char *resolve,
                        struct tri_error *error);

/*
 * Source addresses of connections: "127.0.0.2", "127.0.0.2-127.0.0.9", or several of these parted
 * by commas.
 */
bool tri_sources_parse(const char *text, struct tri_endpoint **ret_sources, unsigned *ret_count,
                       struct tri_error *error);
