/*
 * lookup.c - see lookup.h.
 */
#include "server/handlers/files/lookup.h"

#include <errno.h>
#include <fcntl.h>

#include "server/base/fd.h"
#include "server/handlers/files/confine.h"

static bool is_shown_part(struct tri_slice part, bool is_first, bool dotfiles)
{
    if (part.len == 0)
        return false;
    if (part.at[0] != '.')
        return true;
    if (dotfiles)
        return !tri_slice_is(part, TRI_SLICE(".")) && !tri_slice_is(part, TRI_SLICE(".."));
    return is_first && tri_slice_is(part, TRI_SLICE(".well-known")); /* RFC 8615 */
}

bool tri_lookup_is_shown(struct tri_slice name, bool dotfiles)
{
    for (size_t at = 0; at < name.len;) {
        const char *slash = memchr(name.at + at, '/', name.len - at);
        size_t end = slash ? (size_t)(slash - name.at) : name.len;
        if (!is_shown_part((struct tri_slice){name.at + at, end - at}, at == 0, dotfiles))
            return false;
        at = end + 1;
    }
    return true;
}

bool tri_lookup_is_folder(struct tri_slice name)
{
    return name.len == 0 || name.at[name.len - 1] == '/';
}

/* What stands for a folder, by its name with the slash. */
static int look_into(struct tri_exchange *x, struct tri_slice folder, struct tri_found *found)
{
    const struct tri_files *files = x->context;
    for (unsigned i = 0; i < files->options.index_count; i++) {
        const struct tri_slice parts[] = {folder, tri_slice_of(files->options.index[i])};
        struct tri_slice name = tri_arena_join(x->arena, parts, 2);
        int result = name.at ? tri_file_get(files, name.at, x->now_ns, &found->file) : -ENOMEM;
        if (result == 0 || tri_file_status(result) != TRI_STATUS_NOT_FOUND)
            return result;
    }
    if (!files->options.listing)
        return -ENOENT;
    int fd = tri_confine_open(files, folder.len ? folder.at : ".", O_DIRECTORY);
    found->folder = fd >= 0 ? fd : -1;
    return fd >= 0 ? 0 : fd;
}

int tri_lookup(struct tri_exchange *x, struct tri_slice name, struct tri_found *found)
{
    *found = (struct tri_found){.folder = -1};
    if (tri_lookup_is_folder(name))
        return look_into(x, name, found);
    return tri_file_get(x->context, name.at, x->now_ns, &found->file);
}

void tri_found_drop(struct tri_found *found)
{
    if (found->file)
        tri_file_drop(found->file);
    tri_fd_close(&found->folder);
}
