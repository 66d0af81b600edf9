/*
 * slab.h - things of one size, taken from chunks of many.
 *
 * Why: thousands of connections come and go. From the C library's heap each would cost a header
 * and would lie between strangers, so that a chunk is hardly ever whole again. Here they lie side
 * by side, and a chunk goes back to the system when the last of its things does, but for one that
 * is kept against flutter.
 *
 * Threads: one at a time.
 */
#pragma once

#include "server/base/list.h"

#include <stddef.h>

#define TRI_SLAB_CHUNK_BYTES ((size_t)64 * 1024)
#define TRI_SLAB_BYTES_MAX (TRI_SLAB_CHUNK_BYTES / 8) /* of one thing */

struct tri_slab {
    size_t bytes;                /* of one thing, rounded up to its alignment, 16 */
    struct tri_link roomy;       /* owned; chunks with room, an empty one as the last */
    struct tri_slab_chunk *kept; /* borrowed: a chunk among them that nobody uses, or NULL */
};

/* `bytes` from 1 to TRI_SLAB_BYTES_MAX. */
void tri_slab_init(struct tri_slab *slab, size_t bytes);

/* One thing, its bytes undefined, aligned to 16; NULL when out of memory. */
void *tri_slab_take(struct tri_slab *slab);

/* `thing` came from this slab and is not used from now on. */
void tri_slab_give(struct tri_slab *slab, void *thing);

/* Free what is kept; everything must have been given back. */
void tri_slab_deinit(struct tri_slab *slab);
