/*
 * serving.h - from settings to a service: limits, hosts, who is trusted, what a client may take.
 *
 * Part of main, split off because it is one job.
 */
#pragma once

#include "config/config.h"
#include "server/core/service.h"
#include "server/hosting.h"

#include <stdbool.h>

struct tri_serving { /* what a service borrows */
    struct tri_hosting hosting;
    struct tri_network trusted[TRI_CONFIG_WORDS];
    struct tri_clients *clients; /* owned, NULL: nobody is counted */
};

/*
 * Make all that connections share.
 *   config    borrowed; outlives the serving
 *   fd_limit  descriptors of this process, which bound its connections
 *   returns   false with *error
 */
bool tri_serving_open(struct tri_serving *serving, struct tri_service *service,
                      const struct tri_config *config, const struct tri_site_facts *facts,
                      unsigned fd_limit, struct tri_error *error);

void tri_serving_close(struct tri_serving *serving);
