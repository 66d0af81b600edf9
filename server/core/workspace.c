/*
 * workspace.c - buffers lent to steps; see workspace.h.
 */
#include "server/core/workspace.h"

#include <stdlib.h>
#include <time.h>

#include "server/base/clock.h"

#define POOL_KEEP 256 /* chunks: 1 MiB, the exchanges a busy worker has open at once */

bool tri_workspace_init(struct tri_workspace *workspace, const struct tri_limits *limits)
{
    *workspace = (struct tri_workspace){.pool = {.keep = POOL_KEEP}};
    workspace->out.room = limits->output_bytes;
    workspace->out.at = malloc(limits->output_bytes);
    if (!workspace->out.at ||
        !tri_buf_reserve(&workspace->in, TRI_WORKSPACE_INPUT_BYTES, TRI_WORKSPACE_INPUT_BYTES)) {
        tri_workspace_deinit(workspace);
        return false;
    }
    return true;
}

void tri_workspace_deinit(struct tri_workspace *workspace)
{
    free(workspace->out.at);
    workspace->out = (struct tri_output){.at = NULL};
    tri_buf_free(&workspace->in);
    tri_pool_deinit(&workspace->pool);
}

struct tri_slice tri_workspace_date(struct tri_workspace *workspace, int64_t now_ns)
{
    if (now_ns >= workspace->date_until_ns) {
        struct timespec wall;
        clock_gettime(CLOCK_REALTIME, &wall);
        tri_date_print(wall.tv_sec, workspace->date);
        workspace->date_until_ns = now_ns + TRI_SECOND - wall.tv_nsec;
    }
    return (struct tri_slice){workspace->date, TRI_DATE_BYTES};
}
