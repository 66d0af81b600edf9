/*
 * cache.h - files, kept for the next request: stat, validators, and the bytes of small ones or the
 * descriptors of large ones.
 *
 * One cache for a process. An entry is found by its folder and its path; it is looked at again
 * (the path is opened anew, and compared) before its last look is older than `valid_ns`, so a
 * change is noticed within that time. A file that changed gets a new entry; whoever still sends the
 * old one keeps it until done (entries are counted references, and a descriptor is closed with the
 * last of them).
 *
 * Bounded by entries, by bytes and by descriptors kept; the least recently used goes first, what
 * is being sent stays: if all of it is, a further file is opened for its request alone. What is not
 * found is not remembered, but for missing precompressed variants of what is. A look that fails for
 * want of descriptors or memory says nothing of the file: what is kept is served on, unlooked-at,
 * for TRI_FILE_GRACE_NS past its time.
 *
 * Threads: safe from any. No lock is held across a system call that may wait for a disk. A process
 * may fork while its cache is empty; each has its own then.
 */
#pragma once

#include "server/base/arena.h"
#include "server/base/clock.h"
#include "server/base/slice.h"
#include "server/handlers/files/files.h"
#include "server/http/coding.h"
#include "server/http/exchange.h"

#include <stdbool.h>
#include <stdint.h>

#define TRI_FILE_SMALL_BYTES 16384 /* up to here the bytes are kept, and no descriptor */
#define TRI_FILE_GRACE_NS (10 * TRI_SECOND)
#define TRI_FILE_ETAG_BYTES 64
#define TRI_FILE_LINES_BYTES 160

struct tri_file_entry; /* entry.h */

/* A regular file, as it was when it was looked at. Immutable. */
struct tri_file {
    int fd; /* owned; -1 when all bytes are in memory */
    int64_t bytes;
    int64_t modified_s;               /* never in the future; -1 when there is no such HTTP date */
    char etag[TRI_FILE_ETAG_BYTES];   /* strong, with quotes */
    char modified[30];                /* Last-Modified, "" when there is no such date */
    char lines[TRI_FILE_LINES_BYTES]; /* of a reply with it: ETag, Last-Modified, Accept-Ranges */
    struct tri_slice type;            /* static */
    const char *memory;               /* owned; all bytes of a small file, or NULL */
    struct tri_file_entry *entry;     /* what it is part of */
};

struct tri_file_cache; /* opaque */

/* NULL when out of memory. */
struct tri_file_cache *tri_file_cache_new(uint32_t entries, uint64_t bytes, int64_t valid_ns);
void tri_file_cache_free(struct tri_file_cache *cache); /* no reference may be out any more */

/*
 * How many descriptors it may keep, at first as many as entries: a share of what the process has,
 * since whoever accepts connections cannot ask for them back.
 */
void tri_file_cache_limit_fds(struct tri_file_cache *cache, uint32_t fds);

/*
 * The file at `path` (relative, NUL-terminated, checked) in the folder.
 *   returns  0 and a reference to be given back with tri_file_put(); or a negative errno. -EISDIR:
 *            a directory. What is neither is -ENOENT. Works without a cache, too.
 */
int tri_file_get(const struct tri_files *files, const char *path, int64_t now_ns,
                 const struct tri_file **ret_file);

/*
 * The same for what lies precompressed beside `file`: its path and ".br", ".zst" or ".gz". That
 * there is none is remembered with `file` for `valid_ns`, that it could not be opened is not.
 *   scratch  for the path
 */
int tri_file_get_coded(const struct tri_file *file, enum tri_coding coding,
                       struct tri_arena *scratch, int64_t now_ns, const struct tri_file **ret_file);

/*
 * What a negative result says of the file, as a status: 404 it is not there (for us), 403 it may
 * not be read, 500 it cannot be; 503 nothing: there was too little of something.
 */
int tri_file_status(int result);

/* Give a reference back: a struct tri_file *, as struct tri_hold wants it, or typed. */
void tri_file_put(void *file);
void tri_file_drop(const struct tri_file *file);

/* A reference as what a response holds. */
struct tri_hold tri_file_hold(const struct tri_file *file);
