/*
 * shelf.h - workspaces lent to threads for the length of a step.
 *
 * Thousands of threads are parked at any time and few step, so few workspaces exist: as many as
 * steps ever ran at once. The one given back last is lent first, since its memory is in the cache.
 */
#pragma once

#include "modes/landing.h"
#include "server/core/conn.h"
#include "server/core/workspace.h"

#include <pthread.h>

#define TRI_SHELF_KEEP 32 /* workspaces kept when nobody uses them */

struct tri_shelf {
    pthread_mutex_t lock;
    struct tri_workspace *free[TRI_SHELF_KEEP]; /* owned, under lock */
    unsigned count;                             /* under lock */
    const struct tri_limits *limits;            /* borrowed */
};

void tri_shelf_init(struct tri_shelf *shelf, const struct tri_limits *limits);

/* tri_conn_step() with what has landed (or NULL) and a workspace lent for it; without one, aborts.
 */
struct tri_wish tri_shelf_step(struct tri_shelf *shelf, struct tri_conn *conn,
                               struct tri_landing *landing, int64_t now_ns);

/* Free what is on the shelf; nothing may be lent out. */
void tri_shelf_deinit(struct tri_shelf *shelf);
