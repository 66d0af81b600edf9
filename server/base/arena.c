/*
 * arena.c - bump allocation in chunks that a pool lends.
 *
 *     chunks -> [header| used | at ... limit ] -> [header| full ] -> [header| one big thing ] ->
 * NULL
 *
 * What does not fit a pool chunk gets a heap chunk of its own, linked behind the one being filled
 * so that its rest is not lost. Invariant: at and limit are multiples of 16, hence whatever is at
 * most limit - at bytes still fits after rounding up.
 */
#include "server/base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN ((size_t)16)
#define ROUND(bytes) (((bytes) + ALIGN - 1) & ~(ALIGN - 1))

struct tri_chunk {
    alignas(16) struct tri_chunk *next; /* owned */
    size_t bytes;                       /* header included; TRI_CHUNK_BYTES when poolable */
};

static_assert(sizeof(struct tri_chunk) % 16 == 0, "what follows the header must be aligned");
static_assert(TRI_CHUNK_BYTES % 16 == 0, "the limit of a chunk must be aligned");

#define CHUNK_ROOM (TRI_CHUNK_BYTES - sizeof(struct tri_chunk))

void tri_arena_init(struct tri_arena *arena, struct tri_pool *pool, size_t cap_bytes)
{
    *arena = (struct tri_arena){.pool = pool, .cap = cap_bytes};
}

static struct tri_chunk *chunk_take(struct tri_arena *arena, size_t bytes)
{
    if (bytes > arena->cap - arena->total)
        return NULL;
    struct tri_pool *pool = arena->pool;
    struct tri_chunk *chunk;
    if (bytes == TRI_CHUNK_BYTES && pool && pool->free) {
        chunk = pool->free;
        pool->free = chunk->next;
        pool->count--;
    } else {
        chunk = malloc(bytes);
        if (!chunk)
            return NULL;
        chunk->bytes = bytes;
    }
    arena->total += bytes;
    return chunk;
}

static void chunk_give(struct tri_pool *pool, struct tri_chunk *chunk)
{
    if (chunk->bytes != TRI_CHUNK_BYTES || !pool || pool->count >= pool->keep) {
        free(chunk);
        return;
    }
    chunk->next = pool->free;
    pool->free = chunk;
    pool->count++;
}

static __attribute__((noinline)) void *alloc_slow(struct tri_arena *arena, size_t bytes)
{
    if (bytes > PTRDIFF_MAX) /* or the sums below would wrap */
        return NULL;
    bool big = bytes > CHUNK_ROOM;
    size_t whole = big ? sizeof(struct tri_chunk) + ROUND(bytes) : TRI_CHUNK_BYTES;
    struct tri_chunk *chunk = chunk_take(arena, whole);
    if (!chunk)
        return NULL;
    char *memory = (char *)(chunk + 1);
    if (big && arena->chunks) {
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
        return memory;
    }
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->at = memory + ROUND(bytes);
    arena->limit = (char *)chunk + whole;
    return memory;
}

void *tri_arena_alloc(struct tri_arena *arena, size_t bytes)
{
    if (bytes == 0)
        bytes = 1; /* NULL means "exhausted" and nothing else */
    if (bytes > (size_t)(arena->limit - arena->at))
        return alloc_slow(arena, bytes);
    void *memory = arena->at;
    arena->at += ROUND(bytes);
    return memory;
}

struct tri_slice tri_arena_copy(struct tri_arena *arena, struct tri_slice bytes)
{
    return tri_arena_join(arena, &bytes, 1);
}

struct tri_slice tri_arena_join(struct tri_arena *arena, const struct tri_slice *texts,
                                size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += texts[i].len;
    char *joined = tri_arena_alloc(arena, len + 1);
    if (!joined)
        return (struct tri_slice){0};
    char *at = joined;
    for (size_t i = 0; i < count; i++) {
        if (texts[i].len > 0)
            memcpy(at, texts[i].at, texts[i].len);
        at += texts[i].len;
    }
    *at = '\0';
    return (struct tri_slice){joined, len};
}

struct tri_slice tri_arena_printf(struct tri_arena *arena, const char *format, ...)
{
    size_t room = (size_t)(arena->limit - arena->at);
    va_list values;
    va_start(values, format);
    int printed = vsnprintf(arena->at, room, format, values); /* in place: most texts fit */
    va_end(values);
    if (printed < 0)
        return (struct tri_slice){0};
    size_t len = (size_t)printed;
    char *text = tri_arena_alloc(arena, len + 1);
    if (text && len >= room) {
        va_start(values, format);
        vsnprintf(text, len + 1, format, values);
        va_end(values);
    }
    return (struct tri_slice){text, text ? len : 0};
}

void tri_arena_reset(struct tri_arena *arena)
{
    for (struct tri_chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        chunk_give(arena->pool, chunk);
    }
    tri_arena_init(arena, arena->pool, arena->cap);
}

void tri_pool_deinit(struct tri_pool *pool)
{
    for (struct tri_chunk *chunk = pool->free, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    pool->free = NULL;
    pool->count = 0;
}
