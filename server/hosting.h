/*
 * hosting.h - from settings to routers: which host serves which paths by which handler.
 *
 * Part of main, split off because it is one job: opening document roots, rendering the page, and
 * telling every route to its router. All of it is immutable once serving begins, but the cache of
 * open files, which has its lock.
 */
#pragma once

#include "config/config.h"
#include "server/base/arena.h"
#include "server/core/hosts.h"
#include "server/handlers/site.h"
#include "server/http/policy.h"

#include <stdbool.h>

struct tri_folder; /* a document root; private */

struct tri_hosting {
    struct tri_hosts *hosts;         /* owned */
    struct tri_site site;            /* owned */
    struct tri_arena arena;          /* owns policies, folders, contexts of routes */
    const struct tri_policy *policy; /* of the default host; in the arena */
    struct tri_folder *folders;      /* in the arena; their descriptors are owned */
    struct tri_file_cache *cache;    /* owned, NULL: none */
};

/*
 * False with *error: a root cannot be opened, a route is malformed or there twice.
 *   config  borrowed; outlives the hosting
 *   facts   what the page says; borrowed for the call
 */
bool tri_hosting_open(struct tri_hosting *hosting, const struct tri_config *config,
                      const struct tri_site_facts *facts, struct tri_error *error);

/* Safe after a failed open. */
void tri_hosting_close(struct tri_hosting *hosting);
