/*
 * pages.h - error_pages: files that stand in for the plain sentence of an error. Private to
 * config/.
 */
#pragma once

#include <stdbool.h>

#include "config/config.h"

/* Is `text` a status and a file, "404 /srv/404.html"? False: the message lacks its place. */
bool tri_pages_check(const char *text, struct tri_error *error);

/*
 * Add a page to a list that has room for it.
 *   text      checked before
 *   returns   false with *error, which lacks its place: the status has a page already
 */
bool tri_pages_add(struct tri_config_error_page *pages, unsigned *count, const char *text, int line,
                   struct tri_error *error);

/* The same for those of `outer` whose status the list lacks. */
bool tri_pages_inherit(struct tri_config_error_page *pages, unsigned *count,
                       const struct tri_config_error_page *outer, unsigned outer_count,
                       struct tri_error *error);

void tri_pages_free(struct tri_config_error_page *pages, unsigned count);
