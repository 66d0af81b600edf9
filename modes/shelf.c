/*
 * shelf.c - workspaces lent to threads; see shelf.h.
 */
#include "modes/shelf.h"

#include <stdlib.h>

#include "server/base/clock.h"

void tri_shelf_init(struct tri_shelf *shelf, const struct tri_limits *limits)
{
    *shelf = (struct tri_shelf){.limits = limits};
    pthread_mutex_init(&shelf->lock, NULL);
}

static void discard(struct tri_workspace *workspace)
{
    tri_workspace_deinit(workspace);
    free(workspace);
}

static struct tri_workspace *take(struct tri_shelf *shelf)
{
    struct tri_workspace *workspace = NULL;
    pthread_mutex_lock(&shelf->lock);
    if (shelf->count > 0)
        workspace = shelf->free[--shelf->count];
    pthread_mutex_unlock(&shelf->lock);
    if (workspace)
        return workspace;
    workspace = malloc(sizeof(*workspace));
    if (workspace && !tri_workspace_init(workspace, shelf->limits)) {
        free(workspace);
        workspace = NULL;
    }
    return workspace;
}

static void give(struct tri_shelf *shelf, struct tri_workspace *workspace)
{
    pthread_mutex_lock(&shelf->lock);
    if (shelf->count < TRI_SHELF_KEEP) {
        shelf->free[shelf->count++] = workspace;
        workspace = NULL;
    }
    pthread_mutex_unlock(&shelf->lock);
    if (workspace)
        discard(workspace);
}

struct tri_wish tri_shelf_step(struct tri_shelf *shelf, struct tri_conn *conn,
                               struct tri_landing *landing, int64_t now_ns)
{
    struct tri_workspace *workspace = take(shelf);
    if (!workspace) {
        tri_conn_abort(conn);
        return (struct tri_wish){TRI_WISH_CLOSE, TRI_NEVER};
    }
    if (landing)
        tri_landing_hand_over(landing, conn, workspace);
    struct tri_wish wish = tri_conn_step(conn, workspace, now_ns);
    give(shelf, workspace);
    return wish;
}

void tri_shelf_deinit(struct tri_shelf *shelf)
{
    while (shelf->count > 0)
        discard(shelf->free[--shelf->count]);
    pthread_mutex_destroy(&shelf->lock);
}
