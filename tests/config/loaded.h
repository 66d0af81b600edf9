/*
 * loaded.h - settings that load, print, and load again.
 */
#pragma once

#include "config/config.h"

/* Print, load that and print again: both texts must be equal. The first is freed. */
struct tri_config reloaded(struct tri_config *config);

/* Load, as support_load, and once more. */
struct tri_config loaded(const char *file, const char *flags, const char *environment);

/* The words must be those of "a|b|c". */
void expect_words(const struct tri_config_words *words, const char *wanted);
