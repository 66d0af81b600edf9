/*
 * fd.h - descriptors as owned things: -1 is "none", close is safe on it, take moves ownership.
 */
#pragma once

#include <stdbool.h>

/* Close unless -1, then set -1. errno is preserved. */
void tri_fd_close(int *fd);

/* Move ownership out: returns the descriptor and leaves -1 behind. */
int tri_fd_take(int *fd);

/*
 * Open /dev/null for each of 0, 1 and 2 that is closed; false with errno when that fails.
 * Otherwise the next socket gets such a number, and what is printed or logged goes to a client.
 */
bool tri_fd_open_standard(void);

/* Raise RLIMIT_NOFILE's soft limit to the hard one; returns the limit now in force. */
unsigned tri_fd_raise_limit(void);
