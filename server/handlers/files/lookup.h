/*
 * lookup.h - from a name in a request to what stands for it: a file, or a folder that is listed.
 *
 * Names here are relative to the folder, without a slash in front; the empty one is the folder
 * itself, and one that ends with a slash is a folder in it.
 */
#pragma once

#include "server/handlers/files/cache.h"
#include "server/http/exchange.h"

#include <stdbool.h>

struct tri_found {
    const struct tri_file *file; /* a reference, or NULL */
    int folder;                  /* owned, or -1 */
};

/* Could this be a name we show: none of its parts is empty or hidden. */
bool tri_lookup_is_shown(struct tri_slice name, bool dotfiles);

bool tri_lookup_is_folder(struct tri_slice name);

/*
 * Look a name up: of a folder the first of its index files, or the folder where it may be listed.
 *   name     NUL-terminated
 *   returns  0 and *found, or a negative errno. -EISDIR: a folder, by a name without its slash
 */
int tri_lookup(struct tri_exchange *x, struct tri_slice name, struct tri_found *found);

/* Give back what was found. */
void tri_found_drop(struct tri_found *found);
