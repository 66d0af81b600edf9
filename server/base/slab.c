/*
 * slab.c - chunks that know their free things.
 *
 *     chunk: [header | thing | thing | free -> | thing | free -> NULL | never used ... ]
 *
 * A chunk lies at a multiple of its size, so the address of a thing tells its chunk. Invariant: a
 * chunk is in slab.roomy exactly while it has room. AddressSanitizer is told what is free.
 */
#include "server/base/slab.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#include "server/base/assert.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TRI_SLAB_ASAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define TRI_SLAB_ASAN
#endif

#ifdef TRI_SLAB_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#endif

#define ALIGN ((size_t)16)

struct free_thing {
    struct free_thing *next;
};

struct tri_slab_chunk {
    alignas(16) struct tri_link roomy; /* in slab.roomy, or by itself */
    struct free_thing *given_back;
    uint32_t used;  /* things that somebody has */
    uint32_t fresh; /* things that nobody ever had, all behind the others */
};

static uint32_t capacity(const struct tri_slab *slab)
{
    return (uint32_t)((TRI_SLAB_CHUNK_BYTES - sizeof(struct tri_slab_chunk)) / slab->bytes);
}

static char *things(struct tri_slab_chunk *chunk)
{
    return (char *)(chunk + 1);
}

static struct tri_slab_chunk *chunk_of(void *thing)
{
    size_t below = (uintptr_t)thing % TRI_SLAB_CHUNK_BYTES;
    return (struct tri_slab_chunk *)((char *)thing - below);
}

void tri_slab_init(struct tri_slab *slab, size_t bytes)
{
    tri_assert(bytes > 0 && bytes <= TRI_SLAB_BYTES_MAX);
    slab->bytes = (bytes + ALIGN - 1) & ~(ALIGN - 1);
    slab->kept = NULL;
    tri_link_init(&slab->roomy);
}

static struct tri_slab_chunk *add_chunk(struct tri_slab *slab)
{
    struct tri_slab_chunk *chunk = aligned_alloc(TRI_SLAB_CHUNK_BYTES, TRI_SLAB_CHUNK_BYTES);
    if (!chunk)
        return NULL;
    *chunk = (struct tri_slab_chunk){.fresh = capacity(slab)};
    ASAN_POISON_MEMORY_REGION(things(chunk), chunk->fresh * slab->bytes);
    tri_list_add(&slab->roomy, &chunk->roomy);
    return chunk;
}

static void free_chunk(struct tri_slab *slab, struct tri_slab_chunk *chunk)
{
    tri_list_remove(&chunk->roomy);
    ASAN_UNPOISON_MEMORY_REGION(things(chunk), capacity(slab) * slab->bytes);
    free(chunk);
}

void *tri_slab_take(struct tri_slab *slab)
{
    struct tri_slab_chunk *chunk =
        tri_list_is_empty(&slab->roomy)
            ? add_chunk(slab)
            : TRI_CONTAINER(slab->roomy.next, struct tri_slab_chunk, roomy);
    if (!chunk)
        return NULL;
    void *thing = chunk->given_back;
    if (!thing)
        thing = things(chunk) + (capacity(slab) - chunk->fresh--) * slab->bytes;
    ASAN_UNPOISON_MEMORY_REGION(thing, slab->bytes);
    if (chunk->given_back)
        chunk->given_back = chunk->given_back->next;
    chunk->used++;
    if (!chunk->given_back && chunk->fresh == 0)
        tri_list_remove(&chunk->roomy);
    if (slab->kept == chunk)
        slab->kept = NULL;
    return thing;
}

void tri_slab_give(struct tri_slab *slab, void *thing)
{
    struct tri_slab_chunk *chunk = chunk_of(thing);
    if (!chunk->given_back && chunk->fresh == 0)
        tri_list_add(&slab->roomy, &chunk->roomy);
    struct free_thing *given_back = thing;
    given_back->next = chunk->given_back;
    chunk->given_back = given_back;
    ASAN_POISON_MEMORY_REGION(thing, slab->bytes);
    if (--chunk->used > 0)
        return;
    if (slab->kept) {
        free_chunk(slab, chunk);
        return;
    }
    slab->kept = chunk;
    tri_list_remove(&chunk->roomy);
    tri_list_add(&slab->roomy, &chunk->roomy);
}

void tri_slab_deinit(struct tri_slab *slab)
{
    while (!tri_list_is_empty(&slab->roomy)) {
        struct tri_slab_chunk *chunk =
            TRI_CONTAINER(slab->roomy.next, struct tri_slab_chunk, roomy);
        tri_assert(chunk->used == 0);
        free_chunk(slab, chunk);
    }
    slab->kept = NULL;
}
