/*
 * stack.c - slots, guards, and who keeps the free ones. Shape and reasons are in stack.h.
 */
#include "modes/mn/stack.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/base/assert.h"
#include "server/base/error.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13; not yet in every libc's headers */
#endif

enum { SLOT_BYTES_MIN = 16384 };

bool tri_stacks_init(struct tri_stacks *stacks, uint32_t capacity, size_t slot_bytes, uint32_t keep,
                     struct tri_error *error)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (slot_bytes < SLOT_BYTES_MIN)
        slot_bytes = SLOT_BYTES_MIN;
    slot_bytes = (slot_bytes + page - 1) / page * page;

    uint32_t *slots = calloc(capacity, sizeof(*slots));
    if (!slots) {
        tri_error_os(error, "stacks: table of %u", capacity);
        return false;
    }
    char *base = mmap(NULL, capacity * slot_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (base == MAP_FAILED) {
        tri_error_os(error,
                     "stacks: cannot reserve %u x %zu bytes of address space (try fewer "
                     "connections, smaller stacks, or a higher `ulimit -v`)",
                     capacity, slot_bytes);
        free(slots);
        return false;
    }
    madvise(base, capacity * slot_bytes, MADV_NOHUGEPAGE); /* or each stack costs 2 MiB */
    *stacks = (struct tri_stacks){.base = base,
                                  .slot_bytes = slot_bytes,
                                  .page_bytes = page,
                                  .capacity = capacity,
                                  .keep = keep,
                                  .cold = capacity,
                                  .free = slots};
    pthread_mutex_init(&stacks->lock, NULL);
    return true;
}

void tri_stacks_deinit(struct tri_stacks *stacks)
{
    if (!stacks->base)
        return;
    munmap(stacks->base, stacks->capacity * stacks->slot_bytes);
    pthread_mutex_destroy(&stacks->lock);
    free(stacks->free);
    *stacks = (struct tri_stacks){0};
}

static char *slot_base(const struct tri_stacks *stacks, uint32_t slot)
{
    return stacks->base + slot * stacks->slot_bytes;
}

/* Make the lowest page of a slot fault; under the lock. */
static bool guard(struct tri_stacks *stacks, uint32_t slot, struct tri_error *error)
{
    char *page = slot_base(stacks, slot);
    if (!stacks->guard_by_mprotect) {
        if (madvise(page, stacks->page_bytes, MADV_GUARD_INSTALL) == 0)
            return true;
        stacks->guard_by_mprotect = true;
    }
    if (mprotect(page, stacks->page_bytes, PROT_NONE) == 0)
        return true;
    if (errno == ENOMEM)
        tri_error_os(error,
                     "stacks: no guard page for stack %u: the process has vm.max_map_count "
                     "mappings (raise that sysctl, lower `max_connections`, or use Linux 6.13)",
                     slot);
    else
        tri_error_os(error, "stacks: no guard page for stack %u", slot);
    return false;
}

/* A slot from the pool or one never lent before; false with *error when there is none. */
static bool pool_take(struct tri_stacks *stacks, uint32_t *ret_slot, struct tri_error *error)
{
    bool ok = true;
    pthread_mutex_lock(&stacks->lock);
    if (stacks->warm > 0) {
        *ret_slot = stacks->free[--stacks->warm];
    } else if (stacks->cold < stacks->capacity) {
        *ret_slot = stacks->free[stacks->cold++];
    } else if (stacks->fresh == stacks->capacity) {
        tri_error_set(error, "stacks: all %u are in use", stacks->capacity);
        ok = false;
    } else if ((ok = guard(stacks, stacks->fresh, error))) {
        *ret_slot = stacks->fresh++;
    }
    pthread_mutex_unlock(&stacks->lock);
    return ok;
}

static void pool_put(struct tri_stacks *stacks, uint32_t slot)
{
    pthread_mutex_lock(&stacks->lock);
    if (stacks->warm < stacks->keep) {
        stacks->free[stacks->warm++] = slot;
    } else {
        madvise(slot_base(stacks, slot) + stacks->page_bytes,
                stacks->slot_bytes - stacks->page_bytes, MADV_DONTNEED);
        stacks->free[--stacks->cold] = slot;
    }
    pthread_mutex_unlock(&stacks->lock);
}

struct tri_stack tri_stacks_take(struct tri_stacks *stacks, struct tri_stack_cache *cache,
                                 struct tri_error *error)
{
    uint32_t slot;
    if (cache->count > 0)
        slot = cache->slots[--cache->count];
    else if (!pool_take(stacks, &slot, error))
        return (struct tri_stack){NULL, 0};
    return (struct tri_stack){slot_base(stacks, slot) + stacks->page_bytes,
                              stacks->slot_bytes - stacks->page_bytes};
}

void tri_stacks_put(struct tri_stacks *stacks, struct tri_stack_cache *cache, char *low)
{
    size_t offset = (size_t)(low - stacks->page_bytes - stacks->base);
    tri_assert(offset % stacks->slot_bytes == 0 && offset / stacks->slot_bytes < stacks->capacity);

    /* Half goes, so that a worker at the edge does not take the lock each time. */
    if (cache->count == TRI_STACK_CACHE)
        while (cache->count > TRI_STACK_CACHE / 2)
            pool_put(stacks, cache->slots[--cache->count]);
    cache->slots[cache->count++] = (uint32_t)(offset / stacks->slot_bytes);
}

void tri_stacks_flush(struct tri_stacks *stacks, struct tri_stack_cache *cache)
{
    while (cache->count > 0)
        pool_put(stacks, cache->slots[--cache->count]);
}
