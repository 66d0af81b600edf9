/*
 * listing.c - the page of a folder: looked through, sorted, printed (listing_page.c), replied.
 *
 *     curl http://127.0.0.1:8080/docs/          (listing = on, and no index in that folder)
 *
 * What is shown is what can be asked for: folders and regular files, and symbolic links, which
 * may be followed or not when they are asked for; until then nothing is said of what they lead to.
 *
 * The page is made in one call and may be larger than an arena, so it is in the heap and held by
 * the response. Work and memory are bounded by TRI_LISTING_ENTRIES_MAX names of NAME_MAX bytes.
 * It forbids itself scripts, as a second line behind the escaping of names.
 */
#include "server/handlers/files/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/handlers/files/listing_page.h"

static void listing_free(struct tri_listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->at[i].name);
    free(listing->at);
}

/* Is it to be shown? Fills *ret_entry but for the name. */
static bool inspect(int folder, const char *name, bool dotfiles,
                    struct tri_listing_entry *ret_entry)
{
    struct stat about;
    if ((name[0] == '.' && !dotfiles) || fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    *ret_entry = (struct tri_listing_entry){
        .is_folder = S_ISDIR(about.st_mode),
        .is_link = S_ISLNK(about.st_mode),
        .bytes = about.st_size,
        .modified_s = about.st_mtime,
    };
    return ret_entry->is_folder || ret_entry->is_link || S_ISREG(about.st_mode);
}

static bool add(struct tri_listing *listing, struct tri_listing_entry entry, const char *name)
{
    if (listing->count == listing->room) {
        size_t room = listing->room ? listing->room * 2 : 64;
        struct tri_listing_entry *at = reallocarray(listing->at, room, sizeof(*at));
        if (!at)
            return false;
        listing->at = at;
        listing->room = room;
    }
    entry.name = strdup(name);
    if (!entry.name)
        return false;
    listing->at[listing->count++] = entry;
    return true;
}

/* 0 or a negative errno; *listing is to be freed either way. */
static int look_through(DIR *dir, bool dotfiles, struct tri_listing *listing)
{
    for (size_t seen = 0;;) {
        errno = 0;
        const struct dirent *found = readdir(dir);
        if (!found)
            return -errno;
        if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
            continue;
        if (seen++ == TRI_LISTING_ENTRIES_MAX) {
            listing->is_cut = true;
            return 0;
        }
        struct tri_listing_entry entry;
        if (inspect(dirfd(dir), found->d_name, dotfiles, &entry) &&
            !add(listing, entry, found->d_name))
            return -ENOMEM;
    }
}

/* Folders first, then by the bytes of their names. */
static int compare(const void *a, const void *b)
{
    const struct tri_listing_entry *left = a;
    const struct tri_listing_entry *right = b;
    if (left->is_folder != right->is_folder)
        return left->is_folder ? -1 : 1;
    return strcmp(left->name, right->name);
}

static struct tri_next refuse(struct tri_exchange *x, int os)
{
    if (os == EACCES || os == EPERM)
        return tri_reply_error(x, TRI_STATUS_FORBIDDEN, TRI_SLICE("this folder may not be read\n"));
    if (os == EIO)
        return tri_reply_error(x, TRI_STATUS_INTERNAL_SERVER_ERROR,
                               TRI_SLICE("the folder cannot be read\n"));
    return tri_reply_error(x, TRI_STATUS_SERVICE_UNAVAILABLE,
                           TRI_SLICE("too busy to read the folder, try again\n"));
}

/* Reply with the page, which is given away. */
static struct tri_next reply(struct tri_exchange *x, char *page, size_t len)
{
    const struct tri_hold hold = {free, page};
    struct tri_part *part = tri_arena_alloc(x->arena, sizeof(*part));
    if (!part) {
        free(page);
        return refuse(x, ENOMEM);
    }
    *part = (struct tri_part){.memory = page, .length = (int64_t)len};
    tri_reply_field(x, TRI_SLICE("Content-Security-Policy"),
                    TRI_SLICE("default-src 'none'; style-src 'unsafe-inline'"));
    return tri_reply_parts(x, TRI_STATUS_OK, TRI_SLICE("text/html; charset=utf-8"), part, 1, -1,
                           hold);
}

struct tri_next tri_listing_reply(struct tri_exchange *x, int folder, bool dotfiles)
{
    /* Not a duplicate: that would share its place in the folder with whoever else reads it. */
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        int os = errno;
        if (fd >= 0)
            close(fd);
        return refuse(x, os);
    }
    struct tri_listing listing = {0};
    size_t len;
    char *page = NULL;
    int result = look_through(dir, dotfiles, &listing);
    if (result == 0) {
        if (listing.count > 1)
            qsort(listing.at, listing.count, sizeof(*listing.at), compare);
        page = tri_listing_print(&listing, x->request, &len);
    }
    closedir(dir);
    listing_free(&listing);
    if (!page)
        return refuse(x, result == 0 ? ENOMEM : -result);
    return reply(x, page, len);
}
