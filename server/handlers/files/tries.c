/*
 * tries.c - see tries.h.
 */
#include "server/handlers/files/tries.h"

#include <errno.h>
#include <stdlib.h>

#define PATH_WORD "$path"
#define NOTHING ((struct tri_slice){"", 0})

/*
 * The name that a word stands for: the path set in behind a slash unless it comes first, and no
 * slash doubled where it ends with one.
 *   behind   what follows "$path" in the word, or NULL when that is not in it
 *   returns  0 and *name, or -ENOENT: it is none that is shown, or -ENOMEM
 */
static int expand(struct tri_exchange *x, const char *word, const char *behind,
                  struct tri_slice path, struct tri_slice *name)
{
    const struct tri_files *files = x->context;
    struct tri_slice before = tri_slice_of(word), slash = NOTHING, after = NOTHING;
    if (behind) {
        before.len = (size_t)(behind - word) - (sizeof(PATH_WORD) - 1);
        after = tri_slice_of(behind);
        slash = tri_lookup_is_folder(before) ? NOTHING : TRI_SLICE("/");
        if (behind[0] == '/' && tri_lookup_is_folder(path))
            after = tri_slice_from(after, 1);
    } else {
        path = NOTHING;
    }
    if (before.len > 0 && before.at[0] == '/')
        before = tri_slice_from(before, 1);
    const struct tri_slice parts[] = {before, slash, path, after};
    *name = tri_arena_join(x->arena, parts, sizeof(parts) / sizeof(*parts));
    if (!name->at)
        return -ENOMEM;
    return !behind || tri_lookup_is_shown(*name, files->options.dotfiles) ? 0 : -ENOENT;
}

/* Would the folder `name`, given without its slash, answer? */
static bool folder_answers(struct tri_exchange *x, struct tri_slice name)
{
    const struct tri_slice parts[] = {name, TRI_SLICE("/")};
    struct tri_slice folder = tri_arena_join(x->arena, parts, 2);
    struct tri_found found;
    if (!folder.at || tri_lookup(x, folder, &found) != 0)
        return false;
    tri_found_drop(&found);
    return true;
}

/* Look one word up. -EISDIR: the path names a folder, lacks its slash, and would answer with it. */
static int try(struct tri_exchange *x, const char *word, struct tri_slice path,
               struct tri_found *found)
{
    const char *place = strstr(word, PATH_WORD);
    const char *behind = place ? place + sizeof(PATH_WORD) - 1 : NULL;
    struct tri_slice name;
    int result = expand(x, word, behind, path, &name);
    if (result == 0)
        result = tri_lookup(x, name, found);
    if (result == -EISDIR)
        return tri_slice_is(name, path) && folder_answers(x, name) ? -EISDIR : -ENOENT;
    if (result == 0 && behind && behind[0] == '/' && !tri_lookup_is_folder(path)) {
        tri_found_drop(found);
        return -EISDIR;
    }
    return result;
}

int tri_tries_find(struct tri_exchange *x, struct tri_slice path, struct tri_found *found)
{
    const struct tri_files_options *options = &((const struct tri_files *)x->context)->options;
    for (unsigned i = 0; i < options->try_count; i++) {
        const char *word = options->try_files[i];
        if (word[0] == '=') {
            long status = strtol(word + 1, NULL, 10);
            return status >= 400 && status <= 599 ? (int)status : -ENOENT;
        }
        int result = try(x, word, path, found);
        if (result == 0 || result == -EISDIR || tri_file_status(result) != TRI_STATUS_NOT_FOUND)
            return result;
    }
    return -ENOENT;
}
