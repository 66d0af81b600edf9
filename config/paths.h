/*
 * paths.h - what a path in a setting leads to. Private to config/.
 *
 * Messages lack their place.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct tri_error;

/* `path` must be a directory; "" is none and fine. */
bool tri_path_check_directory(const char *path, struct tri_error *error);

/*
 * `path` must be a regular file that can be read.
 *   what        the file is, "page", for the message
 *   ret_bytes   how long it is; may be NULL
 */
bool tri_path_check_file(const char *path, const char *what, uint64_t *ret_bytes,
                         struct tri_error *error);
