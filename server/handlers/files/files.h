/*
 * files.h - a folder whose files are served.
 *
 * Threads: immutable once open, so all threads share it.
 */
#pragma once

#include <stdbool.h>

struct tri_error;

/* Context of tri_handler_files. */
struct tri_files {
    int root_fd;      /* owned; a directory, -1 when closed */
    bool has_resolve; /* the kernel confines paths itself (openat2) */
};

/* Open the folder `root`; false with *error when that fails. */
bool tri_files_open(struct tri_files *files, const char *root, struct tri_error *error);

/* Safe on one that is not open. */
void tri_files_close(struct tri_files *files);
