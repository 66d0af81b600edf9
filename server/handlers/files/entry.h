/*
 * entry.h - one file as one look found it: the inside of struct tri_file, for cache.c alone.
 *
 * A look is an open that is confined as every other, and an fstat of what it opened. So neither a
 * link nor a folder put in a file's place while the server runs leads to more than a first request
 * would get.
 */
#pragma once

#include "server/base/list.h"
#include "server/handlers/files/cache.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>

struct tri_file_entry {
    struct tri_file file;
    _Atomic uint32_t references;
    _Atomic int64_t absent_until_ns[TRI_CODING_IDENTITY]; /* no variant beside it until then */
    const struct tri_files *files;                        /* borrowed */
    dev_t device;
    ino_t inode;
    struct timespec modified, changed; /* mtime and ctime */
    bool settled; /* so long unchanged that the next change will show in its times */

    /* Of the cache, under its lock. */
    struct tri_file_entry *next; /* in its bucket, or among those to be released */
    struct tri_link recent;
    uint64_t used; /* when last, counted in uses of the cache */
    uint32_t hash;
    bool looking;      /* somebody is looking whether it is still so */
    int64_t looked_ns; /* CLOCK_MONOTONIC before the look that last confirmed it */

    size_t path_len;
    char path[]; /* NUL-terminated; the bytes of a small file behind it */
};

/*
 * Look at a path.
 *   returns  a descriptor of a regular file and its *about, or a negative errno as tri_file_get()
 */
int tri_entry_look(const struct tri_files *files, const char *path, struct stat *about);

/* Is what a look has found still this one? */
bool tri_entry_is(const struct tri_file_entry *entry, const struct stat *about);

/*
 * A new entry with one reference, from what a look has found.
 *   fd           ownership is taken, whatever happens
 *   about        may be brought up to date
 *   small_bytes  files up to here are read into memory, and closed
 *   returns      0, or a negative errno
 */
int tri_entry_new(const struct tri_files *files, const char *path, int fd, struct stat *about,
                  int64_t small_bytes, struct tri_file_entry **ret_entry);

/* Give one reference back. */
void tri_entry_release(struct tri_file_entry *entry);
