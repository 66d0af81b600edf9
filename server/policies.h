/*
 * policies.h - from settings to policies: the fields and error pages of a host and its routes.
 *
 * Part of main, split off because it is one job. All of it is made before serving begins.
 */
#pragma once

#include "config/config.h"
#include "server/base/arena.h"
#include "server/http/policy.h"

/*
 * The policy of a host: its fields, and its error pages read from their files.
 *   arena    owns all that is made
 *   returns  NULL with *error, which names file and line
 */
const struct tri_policy *tri_policy_of_host(struct tri_arena *arena,
                                            const struct tri_config *config,
                                            const struct tri_config_host *host,
                                            struct tri_error *error);

/* The policy of one of its routes: fields of its own, the error pages of `host`. */
const struct tri_policy *tri_policy_of_route(struct tri_arena *arena,
                                             const struct tri_config *config,
                                             const struct tri_config_options *options,
                                             const struct tri_policy *host,
                                             struct tri_error *error);
