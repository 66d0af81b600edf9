/*
 * table.h - the entries that are kept: found by folder and path, dropped by last use.
 *
 * This is struct tri_file_cache for entry.h's and cache.c's eyes; what it is for, cache.h says.
 */
#pragma once

#include "server/base/list.h"
#include "server/handlers/files/entry.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct tri_file_cache {
    pthread_mutex_t lock;
    struct tri_file_entry **buckets; /* owned; and one reference to each entry */
    uint32_t mask;                   /* buckets - 1 */
    struct tri_link recent[2];       /* entries without and with a descriptor, the last used last */
    uint64_t uses;
    uint32_t entries, entries_max;
    uint32_t fds, fds_max;     /* of entries that have one */
    uint64_t bytes, bytes_max; /* of entries' memory */
    int64_t valid_ns;
};

struct tri_file_key {
    const struct tri_files *files;
    const char *path; /* borrowed */
    size_t path_len;
    uint32_t hash;
};

struct tri_file_key tri_table_key(const struct tri_files *files, const char *path);

/*
 * A reference to the entry for a key, or NULL.
 *   *ret_due  it must be looked at: confirm it, keep another in its place, or forget it
 */
struct tri_file_entry *tri_table_borrow(struct tri_file_cache *cache,
                                        const struct tri_file_key *key, int64_t now_ns,
                                        bool *ret_due);

/* A look has found that the entry is still right. */
void tri_table_confirm(struct tri_file_cache *cache, struct tri_file_entry *entry, int64_t now_ns);

/*
 * A look came to no end for want of descriptors or memory. May the entry be served on? Then it is
 * due again at once.
 */
bool tri_table_spare(struct tri_file_cache *cache, struct tri_file_entry *entry, int64_t now_ns);

/* A look has found that there is no such file any more. */
void tri_table_forget(struct tri_file_cache *cache, struct tri_file_entry *entry);

/*
 * Put a new entry in the place of what there is for its key, if there is room.
 *   returns  the entry to serve, by the caller's reference: `entry`, or what somebody who looked
 *            later has put there meanwhile
 */
struct tri_file_entry *tri_table_keep(struct tri_file_cache *cache, const struct tri_file_key *key,
                                      struct tri_file_entry *entry, int64_t now_ns);

/* Out of descriptors: give some back. */
void tri_table_shed(struct tri_file_cache *cache);
