/*
 * table.c - a hash table of entries, and two rings of them by last use: small files, of which the
 * bytes are kept, and large ones, of which a descriptor is. Each ring gives up what the other has
 * no use for.
 *
 * One lock guards table, rings and counts; it is held for a look-up, never for a system call. A
 * reference is taken under the lock only, so an entry that has none but the table's own cannot get
 * another while the lock is held, and may go. References are given back without the lock. A look-up
 * takes 42 ns, and 116 ns when two threads do nothing else; a request takes 5 us, so there is one
 * lock and no shards.
 *
 * When an entry is due: from three quarters of its time on the first to ask looks while the others
 * go on with what there is; past its time everybody looks. So a change is noticed in time, and a
 * popular file is looked at once.
 */
#include "server/handlers/files/table.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/assert.h"

#define IN_USE_MAX 32     /* entries passed over in search of one to drop */
#define SHED_ENTRIES 16   /* dropped when the process is out of descriptors */
#define BUCKETS_MAX 65536 /* more entries share */

enum ring { SMALL, LARGE, EITHER };

/* FNV-1a. Only what exists gets in, so long chains are not a client's to make. */
struct tri_file_key tri_table_key(const struct tri_files *files, const char *path)
{
    uint32_t hash = 2166136261u ^ (uint32_t)((uintptr_t)files >> 4);
    const char *at = path;
    for (; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    return (struct tri_file_key){files, path, (size_t)(at - path), hash};
}

struct tri_file_cache *tri_file_cache_new(uint32_t entries, uint64_t bytes, int64_t valid_ns)
{
    struct tri_file_cache *cache = malloc(sizeof(*cache));
    uint32_t buckets = 16;
    while (buckets < entries && buckets < BUCKETS_MAX)
        buckets *= 2;
    struct tri_file_entry **table = calloc(buckets, sizeof(struct tri_file_entry *));
    if (!cache || !table) {
        free(cache);
        free(table);
        return NULL;
    }
    *cache = (struct tri_file_cache){
        .buckets = table,
        .mask = buckets - 1,
        .entries_max = entries,
        .fds_max = entries,
        .bytes_max = bytes,
        .valid_ns = valid_ns,
    };
    pthread_mutex_init(&cache->lock, NULL);
    tri_link_init(&cache->recent[SMALL]);
    tri_link_init(&cache->recent[LARGE]);
    return cache;
}

void tri_file_cache_limit_fds(struct tri_file_cache *cache, uint32_t fds)
{
    cache->fds_max = fds < cache->entries_max ? fds : cache->entries_max;
}

static uint64_t memory_bytes(const struct tri_file_entry *entry)
{
    return entry->file.memory ? (uint64_t)entry->file.bytes : 0;
}

static enum ring ring_of(const struct tri_file_entry *entry)
{
    return entry->file.fd >= 0 ? LARGE : SMALL;
}

/* --- under the lock --- */

/* Where the entry for a key hangs, or where it would. */
static struct tri_file_entry **find(struct tri_file_cache *cache, const struct tri_file_key *key)
{
    struct tri_file_entry **at = &cache->buckets[key->hash & cache->mask];
    while (*at && !((*at)->hash == key->hash && (*at)->files == key->files &&
                    (*at)->path_len == key->path_len &&
                    memcmp((*at)->path, key->path, key->path_len) == 0))
        at = &(*at)->next;
    return at;
}

static void touch(struct tri_file_cache *cache, struct tri_file_entry *entry)
{
    entry->used = ++cache->uses;
    tri_list_remove(&entry->recent);
    tri_list_add(&cache->recent[ring_of(entry)], &entry->recent);
}

static void take_reference(struct tri_file_entry *entry)
{
    atomic_fetch_add_explicit(&entry->references, 1, memory_order_relaxed);
}

/* Take out what hangs at `at`; its reference goes to the list `dropped`. */
static void drop(struct tri_file_cache *cache, struct tri_file_entry **at,
                 struct tri_file_entry **dropped)
{
    struct tri_file_entry *entry = *at;
    *at = entry->next;
    tri_list_remove(&entry->recent);
    cache->entries--;
    cache->fds -= ring_of(entry) == LARGE;
    cache->bytes -= memory_bytes(entry);
    entry->next = *dropped;
    *dropped = entry;
}

static struct tri_file_key key_of_entry(const struct tri_file_entry *entry)
{
    return (struct tri_file_key){entry->files, entry->path, entry->path_len, entry->hash};
}

/* The least recently used of a ring; NULL when it is empty. */
static struct tri_file_entry *oldest(const struct tri_file_cache *cache, enum ring ring)
{
    if (ring == EITHER) {
        struct tri_file_entry *small = oldest(cache, SMALL);
        struct tri_file_entry *large = oldest(cache, LARGE);
        return !small || (large && large->used < small->used) ? large : small;
    }
    const struct tri_link *recent = &cache->recent[ring];
    return tri_list_is_empty(recent) ? NULL
                                     : TRI_CONTAINER(recent->next, struct tri_file_entry, recent);
}

/* Drop the least recently used entry that nobody sends; what is sent counts as used now. */
static bool drop_oldest(struct tri_file_cache *cache, enum ring ring,
                        struct tri_file_entry **dropped)
{
    struct tri_file_entry *entry;
    for (int i = 0; i < IN_USE_MAX && (entry = oldest(cache, ring)); i++) {
        if (atomic_load_explicit(&entry->references, memory_order_acquire) == 1) {
            const struct tri_file_key key = key_of_entry(entry);
            struct tri_file_entry **at = find(cache, &key);
            tri_assert(*at == entry);
            drop(cache, at, dropped);
            return true;
        }
        touch(cache, entry);
    }
    return false;
}

/* Make room for an entry; false when all that could go is being sent. */
static bool make_room(struct tri_file_cache *cache, const struct tri_file_entry *entry,
                      struct tri_file_entry **dropped)
{
    bool ok = true;
    while (ok && ring_of(entry) == LARGE && cache->fds >= cache->fds_max)
        ok = drop_oldest(cache, LARGE, dropped);
    while (ok && cache->bytes + memory_bytes(entry) > cache->bytes_max)
        ok = drop_oldest(cache, SMALL, dropped);
    while (ok && cache->entries >= cache->entries_max)
        ok = drop_oldest(cache, EITHER, dropped);
    return ok;
}

/* --- without it --- */

static void release_all(struct tri_file_entry *dropped)
{
    while (dropped) {
        struct tri_file_entry *next = dropped->next;
        tri_entry_release(dropped);
        dropped = next;
    }
}

void tri_file_cache_free(struct tri_file_cache *cache)
{
    struct tri_file_entry *dropped = NULL;
    if (!cache)
        return;
    while (drop_oldest(cache, EITHER, &dropped))
        continue;
    tri_assert(cache->entries == 0 && cache->fds == 0 && cache->bytes == 0);
    release_all(dropped);
    pthread_mutex_destroy(&cache->lock);
    free(cache->buckets);
    free(cache);
}

struct tri_file_entry *tri_table_borrow(struct tri_file_cache *cache,
                                        const struct tri_file_key *key, int64_t now_ns,
                                        bool *ret_due)
{
    pthread_mutex_lock(&cache->lock);
    struct tri_file_entry *entry = *find(cache, key);
    if (entry) {
        int64_t age_ns = now_ns - entry->looked_ns;
        int64_t soon_ns = cache->valid_ns - cache->valid_ns / 4;
        *ret_due = age_ns >= cache->valid_ns || (age_ns >= soon_ns && !entry->looking);
        entry->looking = entry->looking || *ret_due;
        take_reference(entry);
        touch(cache, entry);
    }
    pthread_mutex_unlock(&cache->lock);
    return entry;
}

void tri_table_confirm(struct tri_file_cache *cache, struct tri_file_entry *entry, int64_t now_ns)
{
    pthread_mutex_lock(&cache->lock);
    if (entry->looked_ns < now_ns)
        entry->looked_ns = now_ns;
    entry->looking = false;
    pthread_mutex_unlock(&cache->lock);
}

bool tri_table_spare(struct tri_file_cache *cache, struct tri_file_entry *entry, int64_t now_ns)
{
    pthread_mutex_lock(&cache->lock);
    bool may = now_ns - entry->looked_ns < cache->valid_ns + TRI_FILE_GRACE_NS;
    entry->looking = false;
    pthread_mutex_unlock(&cache->lock);
    return may;
}

void tri_table_forget(struct tri_file_cache *cache, struct tri_file_entry *entry)
{
    struct tri_file_entry *dropped = NULL;
    const struct tri_file_key key = key_of_entry(entry);
    pthread_mutex_lock(&cache->lock);
    struct tri_file_entry **at = find(cache, &key);
    if (*at == entry)
        drop(cache, at, &dropped);
    pthread_mutex_unlock(&cache->lock);
    release_all(dropped);
}

struct tri_file_entry *tri_table_keep(struct tri_file_cache *cache, const struct tri_file_key *key,
                                      struct tri_file_entry *entry, int64_t now_ns)
{
    struct tri_file_entry *dropped = NULL;
    struct tri_file_entry *served = entry;
    entry->hash = key->hash;
    entry->looked_ns = now_ns;
    pthread_mutex_lock(&cache->lock);
    struct tri_file_entry **at = find(cache, key);
    if (*at && (*at)->looked_ns > now_ns) {
        served = *at;
        take_reference(served);
        entry->next = dropped;
        dropped = entry;
        goto done;
    }
    if (*at)
        drop(cache, at, &dropped);
    if (!make_room(cache, entry, &dropped))
        goto done;
    at = find(cache, key);
    *at = entry; /* the end of its chain */
    touch(cache, entry);
    cache->entries++;
    cache->fds += ring_of(entry) == LARGE;
    cache->bytes += memory_bytes(entry);
    take_reference(entry);
done:
    pthread_mutex_unlock(&cache->lock);
    release_all(dropped);
    return served;
}

void tri_table_shed(struct tri_file_cache *cache)
{
    struct tri_file_entry *dropped = NULL;
    pthread_mutex_lock(&cache->lock);
    for (int i = 0; i < SHED_ENTRIES && drop_oldest(cache, LARGE, &dropped); i++)
        continue;
    pthread_mutex_unlock(&cache->lock);
    release_all(dropped);
}
