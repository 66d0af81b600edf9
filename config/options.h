/*
 * options.h - what outer blocks say and inner ones inherit: the sections OPTIONS and TLS, whose
 * keys have their fields in a struct tri_config_options or tri_config_tls, here a `group`, of which
 * the server has one and each inner block another. Private to config/.
 */
#pragma once

#include <stdbool.h>

#include "config/config.h"
#include "config/keys.h"

/* The field of a key in a group of its section. */
const void *tri_options_field(const void *group, const struct tri_key *key);

/*
 * One option of a block.
 *   group     being filled; the field of the key is empty
 *   outer     of the block around it
 *   values    what this block says, `count` of them; 0: nothing
 *   returns   false with *error, which lacks its place
 */
bool tri_options_resolve(void *group, const void *outer, const struct tri_key *key,
                         const char *const values[], unsigned count, struct tri_error *error);

/* Do both say the same for the key? */
bool tri_options_is_equal(const void *a, const void *b, const struct tri_key *key);

/* Leaves them empty; for the other group see config/tls.h. */
void tri_options_free(struct tri_config_options *options);
