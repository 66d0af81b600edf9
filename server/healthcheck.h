/*
 * healthcheck.h - is a server well? One GET with a deadline, for places that have no curl, such as
 * a container without a shell.
 */
#pragma once

#include <stdbool.h>

struct tri_config;
struct tri_error;

/*
 * Ask once, and wait for the first line of the answer.
 *   config   says whom when `url` is NULL: its first plain listener, by loopback where it listens
 *            everywhere, for its path `health`
 *   url      http://HOST[:PORT][/PATH], HOST numeric or localhost; or NULL
 *   returns  true when it is answered 200 to 399, else false with *error
 */
bool tri_healthcheck(const struct tri_config *config, const char *url, struct tri_error *error);
