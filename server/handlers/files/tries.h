/*
 * tries.h - try_files: what is looked up in the place of a path, in the configuration's order.
 *
 *     try_files = {"$path", "$path.html", "$path/index.html", "/app.html"}       or last "=410"
 *
 * "$path" is the path of the request. A folder that would not answer is passed over. What was found
 * in the folder that the path names is answered with a redirect if that lacks its slash, lest the
 * page's relative links lead elsewhere.
 */
#pragma once

#include "server/handlers/files/lookup.h"

/*
 * Look the words of try_files up.
 *   path     as lookup.h has names, shown, possibly empty
 *   returns  0 and *found, a negative errno as tri_lookup(), or the status that a word "=410" says
 */
int tri_tries_find(struct tri_exchange *x, struct tri_slice path, struct tri_found *found);
