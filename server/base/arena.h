/*
 * arena.h - memory that dies together: everything of one exchange, freed by one reset.
 *
 * Why: a request's fields, decoded path, handler state and reply share one lifetime. Bumping a
 * pointer costs a nanosecond and nothing can leak on an error path. Chunks come from a pool that
 * lives in a workspace, so a steady server allocates nothing.
 *
 * Invariants: the sum of chunks never exceeds the cap; memory is aligned for any type and not
 * zeroed; nothing is freed singly. Threads: an arena and its pool belong to one thread at a time.
 */
#pragma once

#include "server/base/slice.h"

#include <stddef.h>

#define TRI_CHUNK_BYTES 4096 /* one chunk of a pool, its header included */

struct tri_chunk; /* private to arena.c */

/* Chunks of equal size, last in first out. Zero-initialised with `keep` set is valid. */
struct tri_pool {
    struct tri_chunk *free; /* owned */
    unsigned count;         /* chunks on the list */
    unsigned keep;          /* more than this many are given back to the heap */
};

struct tri_arena {
    struct tri_chunk *chunks; /* owned; the first is being filled */
    struct tri_pool *pool;    /* borrowed; NULL: chunks come from the heap */
    char *at;                 /* next free byte of the first chunk */
    char *limit;              /* one past its last byte */
    size_t total;             /* bytes taken from pool and heap */
    size_t cap;               /* most bytes it may take */
};

/* Empty arena; takes no memory until the first allocation. */
void tri_arena_init(struct tri_arena *arena, struct tri_pool *pool, size_t cap_bytes);

/* `bytes` of memory aligned to 16, or NULL when cap or heap is exhausted. */
void *tri_arena_alloc(struct tri_arena *arena, size_t bytes);

/* A copy with a NUL behind it (not counted in len); at is NULL when out of memory. */
struct tri_slice tri_arena_copy(struct tri_arena *arena, struct tri_slice bytes);

/* `count` texts, one behind the other, with a NUL behind them as above; at is NULL likewise. */
struct tri_slice tri_arena_join(struct tri_arena *arena, const struct tri_slice *texts,
                                size_t count);

/* Formatted text, NUL-terminated behind len; at is NULL when out of memory. */
struct tri_slice tri_arena_printf(struct tri_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Give all memory back, to arena->pool if it has one. The arena is empty and usable afterwards.
 * An arena may itself live in its memory: then it must be copied out before (see core/conn.c).
 */
void tri_arena_reset(struct tri_arena *arena);

/* Give the pool's chunks back to the heap. */
void tri_pool_deinit(struct tri_pool *pool);
