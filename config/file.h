/*
 * file.h - the bytes of the configuration file. Private to config/.
 */
#pragma once

#include <stddef.h>

struct tri_load;

/*
 * Read load->config->file, a regular file or a pipe of at most 1 MiB.
 *   returns   its bytes and a NUL, owned by the caller; NULL: load->error is set
 */
char *tri_file_read(struct tri_load *load, size_t *ret_len);
