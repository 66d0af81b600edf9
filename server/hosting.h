/*
 * hosting.h - from settings to routers: which host serves which paths by which handler.
 *
 * Part of main, split off because it is one job: opening document roots, rendering the page, and
 * telling every route to its router. All of it is immutable once serving begins.
 */
#pragma once

#include "config/config.h"
#include "server/core/hosts.h"
#include "server/handlers/files.h"
#include "server/handlers/site.h"

#include <stdbool.h>

struct tri_hosting {
    struct tri_hosts *hosts;  /* owned */
    struct tri_site site;     /* owned */
    struct tri_files **files; /* owned, each; the contexts of file routes */
    unsigned file_count;
};

/*
 * False with *error: a root cannot be opened, a route is malformed or there twice.
 *   facts  what the page says; borrowed for the call
 */
bool tri_hosting_open(struct tri_hosting *hosting, const struct tri_config *config,
                      const struct tri_site_facts *facts, struct tri_error *error);

/* Safe after a failed open. */
void tri_hosting_close(struct tri_hosting *hosting);
