/*
 * workspace.h - what a step needs while it runs, and no connection needs while it waits.
 *
 * Why: a step never waits, so at most as many steps run at once as threads do. Their buffers can
 * therefore belong to the threads and be used by ten thousand connections in turn; an idle
 * connection owns none. A mode keeps one workspace per thread that steps (`loop`: one, `mn`: one
 * per P) or lends them out around each step (`threads`).
 *
 * Threads: used by one step at a time; nothing here locks.
 */
#pragma once

#include "server/base/arena.h"
#include "server/base/buf.h"
#include "server/http/date.h"
#include "server/http/exchange.h"
#include "server/http/limits.h"

#include <stdbool.h>
#include <stdint.h>

#define TRI_WORKSPACE_INPUT_BYTES 65536 /* most that one read(2) brings */

struct tri_workspace {
    struct tri_buf in;     /* bytes just read; empty between steps           */
    struct tri_output out; /* replies of this step; empty between steps, owned */
    bool in_is_dry;        /* `in` was filled by tri_conn_land(), with all there was */
    struct tri_pool pool;  /* arena chunks                                   */
    /*
     * Set by a mode that steps many connections on one thread: another number each time it has
     * looked who is ready. 0: a step holds nobody up.
     */
    uint64_t turn;
    uint64_t secure_turn; /* the turn of secure_ns                            */
    int64_t secure_ns;    /* what handshakes have taken in it: see secure.c   */
    char date[TRI_DATE_BYTES + 1];
    int64_t date_until_ns; /* `date` is right until then                      */
};

/* Allocate the buffers; false when out of memory (nothing is kept then). */
bool tri_workspace_init(struct tri_workspace *workspace, const struct tri_limits *limits);
void tri_workspace_deinit(struct tri_workspace *workspace);

/* The Date field's text for now; formatted once a second. */
struct tri_slice tri_workspace_date(struct tri_workspace *workspace, int64_t now_ns);
