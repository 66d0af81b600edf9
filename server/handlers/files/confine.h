/*
 * confine.h - open a path beneath a folder, and nothing outside of it.
 *
 * What keeps a path inside, one behind the other:
 *   1. The path is relative and has no empty names and no dot segments; it is refused otherwise.
 *   2. openat2(2) with RESOLVE_BENEATH lets no symbolic link out of the root, not even while
 *      somebody renames folders; policy "none" adds RESOLVE_NO_SYMLINKS.
 *   3. Where there is no openat2 (Linux before 5.6, or a sandbox that refuses it) the path is
 *      walked name by name, following no symbolic link at all: "inside" is then as strict as
 *      "none".
 * Policy "any" is 1 alone: links are followed wherever they lead, to whatever may be read there.
 */
#pragma once

#include "server/handlers/files/files.h"

#include <stdbool.h>

/* Can the kernel resolve paths beneath the open folder `root` for us? */
bool tri_confine_probe(int root);

/*
 * Open `path` for reading, without waiting and without becoming a terminal's owner.
 *   path     NUL-terminated, relative; "." is the root
 *   flags    more of open(2): O_DIRECTORY, or 0
 *   returns  a descriptor, or a negative errno. What leads outside is -EXDEV, -ELOOP or -ENOENT.
 */
int tri_confine_open(const struct tri_files *files, const char *path, int flags);
