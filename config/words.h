/*
 * words.h - lists of texts without a fixed room. Private to config/.
 */
#pragma once

#include <stdbool.h>

#include "config/config.h"

/* A copy of `text` at the end; "" stands for no words and adds none. False with *error. */
bool tri_words_add(struct tri_config_words *words, const char *text, struct tri_error *error);

bool tri_words_is_equal(const struct tri_config_words *a, const struct tri_config_words *b);

/* Leaves an empty list. */
void tri_words_free(struct tri_config_words *words);
