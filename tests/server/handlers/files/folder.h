/*
 * folder.h - a folder of its own for a test, with a root in it and things that lie outside of that.
 *
 *     TestSuite(handlers_files, .init = folder_make, .fini = folder_remove, .timeout = 20);
 *
 * Names are relative to the folder: "root/index.html" is served, "secret.txt" never is.
 */
#pragma once

#include "server/handlers/files/files.h"

#include <stdint.h>

void folder_make(void); /* "root", "outside", and a secret in and beside the latter */
void folder_remove(void);

/* The whole path of `name`; good until the call after the next one. */
const char *folder_path(const char *name);

void folder_file(const char *name, const char *content);
void folder_bytes(const char *name, int64_t bytes); /* "0123456789" over and over */
void folder_dir(const char *name);
void folder_link(const char *name, const char *target);
void folder_fifo(const char *name);
void folder_socket(const char *name);

/* Make a file look as if it were at rest since long: what changed just now is read again. */
void folder_settle(void);

/* Open "root" as options say; its name is filled in. */
void folder_open(struct tri_files *files, const struct tri_files_options *options);

int folder_fd_count(void); /* descriptors that are open */
int folder_next_fd(void);  /* the lowest that is not */
