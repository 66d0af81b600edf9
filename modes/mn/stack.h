/*
 * stack.h - stacks of coroutines: one reservation of address space, cut into equal slots.
 *
 *     slot 0                slot 1                slot 2
 *     | guard | stack ....^ | guard | stack ....^ | ...
 *
 * A slot is `slot_bytes` long and its lowest page is a guard: an overflow faults at once instead
 * of reaching a neighbour. Memory is committed when it is first touched, so the reservation costs
 * nothing. Guards are made when a slot is first lent, by madvise(MADV_GUARD_INSTALL) (Linux 6.13),
 * which keeps all slots in one kernel mapping; older kernels get mprotect(), which splits two
 * mappings off for each slot and ends at vm.max_map_count (about 30,000 stacks).
 *
 * A stack given back goes to its worker's cache, last in first out, since the last one is warm in
 * the CPU's caches. What overflows goes to the shared pool; there the memory of all but `keep`
 * stacks is returned to the kernel.
 *
 * Threads: a cache belongs to one thread; the pool has a lock.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tri_error;

#define TRI_STACK_CACHE 32 /* stacks that one worker keeps for itself */

struct tri_stacks {
    char *base;        /* owned reservation */
    size_t slot_bytes; /* guard included; a multiple of the page size */
    size_t page_bytes;
    uint32_t capacity; /* slots in all */
    uint32_t keep;     /* stacks in the pool that keep their memory */
    pthread_mutex_t lock;
    bool guard_by_mprotect; /* the rest is guarded by `lock` */
    uint32_t fresh;         /* slots from here on were never lent */
    uint32_t warm;          /* free[0 .. warm): have memory */
    uint32_t cold;          /* free[cold .. capacity): have none */
    uint32_t *free;         /* owned; numbers of free slots */
};

struct tri_stack_cache { /* zero-initialised is valid */
    uint32_t count;
    uint32_t slots[TRI_STACK_CACHE];
};

/* Where a stack may be written; `low` is NULL when there is none. */
struct tri_stack {
    char *low;
    size_t bytes;
};

/*
 * Reserve address space.
 *   capacity    stacks lent at once, at most; those in a worker's cache count for all others
 *   slot_bytes  size of a slot, rounded up to pages; at least 16 KiB
 *   keep        see above
 */
bool tri_stacks_init(struct tri_stacks *stacks, uint32_t capacity, size_t slot_bytes, uint32_t keep,
                     struct tri_error *error);
void tri_stacks_deinit(struct tri_stacks *stacks);

/*
 * Borrow a stack; its contents are undefined.
 *   returns  low is NULL and *error says why when all are lent or no guard can be made
 */
struct tri_stack tri_stacks_take(struct tri_stacks *stacks, struct tri_stack_cache *cache,
                                 struct tri_error *error);

/* Give a stack back by its `low`; nobody runs on it any more. */
void tri_stacks_put(struct tri_stacks *stacks, struct tri_stack_cache *cache, char *low);

/* Give all cached stacks to the pool, before the worker ends. */
void tri_stacks_flush(struct tri_stacks *stacks, struct tri_stack_cache *cache);
