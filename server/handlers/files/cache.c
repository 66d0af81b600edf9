/*
 * cache.c - from a path to an entry: the one that is kept, or what a look finds.
 */
#include "server/handlers/files/cache.h"

#include <errno.h>
#include <unistd.h>

#include "server/base/assert.h"
#include "server/handlers/files/entry.h"
#include "server/handlers/files/table.h"

int tri_file_status(int result)
{
    switch (-result) {
    case EACCES:
    case EPERM:
        return TRI_STATUS_FORBIDDEN;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
    case EINTR:
        return TRI_STATUS_SERVICE_UNAVAILABLE;
    case EIO:
    case ESTALE:
        return TRI_STATUS_INTERNAL_SERVER_ERROR;
    default: /* ENOENT, ENOTDIR, ELOOP, EXDEV (a way out), ENAMETOOLONG, ENXIO (a socket) ... */
        return TRI_STATUS_NOT_FOUND;
    }
}

/*
 * Look at a file and make or confirm its entry.
 *   kept  what there is, its reference is taken; or NULL
 */
static int look(struct tri_file_cache *cache, const struct tri_file_key *key,
                struct tri_file_entry *kept, int64_t now_ns, struct tri_file_entry **ret_entry)
{
    struct stat about;
    struct tri_file_entry *entry = NULL;
    int fd = tri_entry_look(key->files, key->path, &about);
    if ((fd == -EMFILE || fd == -ENFILE) && cache) {
        tri_table_shed(cache);
        fd = tri_entry_look(key->files, key->path, &about);
    }
    int result = fd < 0 ? fd : 0;
    if (result == 0 && kept && tri_entry_is(kept, &about)) {
        close(fd);
        tri_table_confirm(cache, kept, now_ns);
        *ret_entry = kept;
        return 0;
    }
    if (result == 0) {
        int64_t small_bytes = -1;
        if (cache)
            small_bytes = cache->bytes_max < TRI_FILE_SMALL_BYTES ? (int64_t)cache->bytes_max
                                                                  : TRI_FILE_SMALL_BYTES;
        result = tri_entry_new(key->files, key->path, fd, &about, small_bytes, &entry);
    }
    if (kept && result < 0 && tri_file_status(result) == TRI_STATUS_SERVICE_UNAVAILABLE &&
        tri_table_spare(cache, kept, now_ns)) {
        *ret_entry = kept;
        return 0;
    }
    if (result == 0)
        *ret_entry = cache ? tri_table_keep(cache, key, entry, now_ns) : entry;
    else if (kept)
        tri_table_forget(cache, kept);
    if (kept)
        tri_entry_release(kept);
    return result;
}

int tri_file_get(const struct tri_files *files, const char *path, int64_t now_ns,
                 const struct tri_file **ret_file)
{
    struct tri_file_cache *cache = files->options.cache;
    const struct tri_file_key key = tri_table_key(files, path);
    bool is_due = true;
    struct tri_file_entry *entry = cache ? tri_table_borrow(cache, &key, now_ns, &is_due) : NULL;
    int result = is_due ? look(cache, &key, entry, now_ns, &entry) : 0;
    if (result == 0)
        *ret_file = &entry->file;
    return result;
}

int tri_file_get_coded(const struct tri_file *file, enum tri_coding coding,
                       struct tri_arena *scratch, int64_t now_ns, const struct tri_file **ret_file)
{
    static const struct tri_slice endings[TRI_CODING_IDENTITY] = {
        [TRI_CODING_BROTLI] = TRI_SLICE(".br"),
        [TRI_CODING_ZSTD] = TRI_SLICE(".zst"),
        [TRI_CODING_GZIP] = TRI_SLICE(".gz"),
    };
    struct tri_file_entry *entry = file->entry;
    const struct tri_file_cache *cache = entry->files->options.cache;
    tri_assert(coding < TRI_CODING_IDENTITY);

    _Atomic int64_t *absent_until_ns = &entry->absent_until_ns[coding];
    if (now_ns < atomic_load_explicit(absent_until_ns, memory_order_relaxed))
        return -ENOENT;
    const struct tri_slice parts[] = {{entry->path, entry->path_len}, endings[coding]};
    struct tri_slice path = tri_arena_join(scratch, parts, 2);
    int result = path.at ? tri_file_get(entry->files, path.at, now_ns, ret_file) : -ENOMEM;
    if (result < 0 && tri_file_status(result) == TRI_STATUS_NOT_FOUND && cache &&
        cache->valid_ns > 0)
        atomic_store_explicit(absent_until_ns, tri_clock_after(now_ns, cache->valid_ns),
                              memory_order_relaxed);
    return result;
}

void tri_file_put(void *file)
{
    tri_file_drop(file);
}

void tri_file_drop(const struct tri_file *file)
{
    tri_entry_release(file->entry);
}

struct tri_hold tri_file_hold(const struct tri_file *file)
{
    return (struct tri_hold){tri_file_put, &file->entry->file};
}
