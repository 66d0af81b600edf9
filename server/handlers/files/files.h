/*
 * files.h - a folder whose files are served.
 *
 * Threads: immutable once open, so all threads share it; the cache has a lock of its own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct tri_error;
struct tri_handler;
struct tri_file_cache; /* cache.h */

enum tri_symlinks {
    TRI_SYMLINKS_INSIDE, /* followed, but not out of the root */
    TRI_SYMLINKS_NONE,   /* none is followed */
    TRI_SYMLINKS_ANY,    /* followed wherever they lead: whoever may write them may publish */
};

/* All texts are borrowed and outlive the folder. */
struct tri_files_options {
    const char *root;             /* the folder */
    const char *const *index;     /* files that stand for their folder, tried in order */
    const char *const *try_files; /* "$path", "$path.html", "/app.html", last maybe "=404" */
    unsigned index_count;
    unsigned try_count; /* 0: the path alone */
    enum tri_symlinks symlinks;
    bool listing;           /* list folders without an index */
    bool dotfiles;          /* show names that begin with a dot; .well-known is always shown */
    bool precompressed;     /* look for name.br, name.zst, name.gz beside name */
    bool compress;          /* compress while sending what is compressible */
    int64_t compress_bytes; /* smaller files are not */
    struct tri_file_cache *cache; /* borrowed; NULL: every request opens its file */
};

/* Context of tri_handler_files. */
struct tri_files {
    struct tri_files_options options;
    int root_fd;      /* owned; a directory, -1 when closed */
    bool has_resolve; /* the kernel confines paths itself (openat2) */
};

/* Open the folder options->root; false with *error when that fails. */
bool tri_files_open(struct tri_files *files, const struct tri_files_options *options,
                    struct tri_error *error);

/* Safe on one that is not open. */
void tri_files_close(struct tri_files *files);

extern const struct tri_handler tri_handler_files; /* context: struct tri_files */
