/*
 * options.h - struct tri_config_options: what outer blocks say and inner ones inherit. Private to
 * config/.
 */
#pragma once

#include <stdbool.h>

#include "config/config.h"
#include "config/keys.h"

/* The field of a key of TRI_SECTION_OPTIONS. */
const void *tri_options_field(const struct tri_config_options *options, const struct tri_key *key);

/*
 * One option of a block.
 *   options   being filled; the field of the key is empty
 *   outer     of the block around it
 *   values    what this block says, `count` of them; 0: nothing
 *   returns   false with *error, which lacks its place
 */
bool tri_options_resolve(struct tri_config_options *options, const struct tri_config_options *outer,
                         const struct tri_key *key, const char *const values[], unsigned count,
                         struct tri_error *error);

/* Do both say the same for the key? */
bool tri_options_is_equal(const struct tri_config_options *a, const struct tri_config_options *b,
                          const struct tri_key *key);

/* Leaves them empty. */
void tri_options_free(struct tri_config_options *options);
