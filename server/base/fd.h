/*
 * fd.h - descriptors as owned things: -1 is "none", close is safe on it, take moves ownership.
 */
#pragma once

#include <stdbool.h>

struct tri_error;

/* Close unless -1, then set -1. errno is preserved. */
void tri_fd_close(int *fd);

/* Move ownership out: returns the descriptor and leaves -1 behind. */
int tri_fd_take(int *fd);

/* Raise RLIMIT_NOFILE's soft limit to the hard one; returns the limit now in force. */
unsigned tri_fd_raise_limit(void);
