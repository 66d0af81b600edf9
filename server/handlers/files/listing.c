/*
 * listing.c - the page of a folder: looked through, sorted, printed (listing_page.c), replied.
 *
 *     curl http://127.0.0.1:8080/docs/          (listing = on, and no index in that folder)
 *
 * What is shown is what can be asked for: folders and regular files, and symbolic links, which
 * may be followed or not when they are asked for; until then nothing is said of what they lead to.
 *
 * A call looks at TRI_LISTING_TURN names and merges them into those before, or prints as many, and
 * then lets others have their turn: half a millisecond, and two where a page of a megabyte moves.
 * The page may be larger than an arena, so it is in the heap, as all that it is made of, and hangs
 * on the response. Work and memory are bounded by TRI_LISTING_ENTRIES_MAX names of NAME_MAX bytes.
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

#include "server/base/fd.h"
#include "server/handlers/files/listing_page.h"
#include "server/handlers/files/work.h"

struct making {
    struct tri_file_work work;
    DIR *dir; /* owned */
    bool dotfiles;
    size_t seen;                                      /* names */
    struct tri_listing_entry found[TRI_LISTING_TURN]; /* by this call */
    size_t found_count;
    struct tri_listing listing; /* by those before, sorted */
    size_t printed;             /* entries */
    FILE *to;                   /* owned; NULL as long as there are names to look at */
    char *page;                 /* owned; valid when `to` was flushed or closed */
    size_t page_bytes;
};

static void free_names(struct tri_listing_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(entries[i].name);
}

static void release(void *of)
{
    struct making *making = of;
    if (making->dir)
        closedir(making->dir);
    if (making->to)
        fclose(making->to);
    free(making->page);
    free_names(making->found, making->found_count);
    free_names(making->listing.at, making->listing.count);
    free(making->listing.at);
    free(making);
}

/* --- what there is --- */

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

/* Folders first, then by the bytes of their names. */
static int compare(const void *a, const void *b)
{
    const struct tri_listing_entry *left = a;
    const struct tri_listing_entry *right = b;
    if (left->is_folder != right->is_folder)
        return left->is_folder ? -1 : 1;
    return strcmp(left->name, right->name);
}

/* Put what this call has found into its places among the rest; false when out of memory. */
static bool merge(struct making *making)
{
    struct tri_listing *listing = &making->listing;
    size_t old = listing->count, new = making->found_count;
    if (listing->room - old < new) {
        size_t room = 2 * listing->room + new;
        struct tri_listing_entry *at = reallocarray(listing->at, room, sizeof(*at));
        if (!at)
            return false;
        listing->at = at;
        listing->room = room;
    }
    qsort(making->found, new, sizeof(*making->found), compare);
    listing->count += new;
    making->found_count = 0;
    for (size_t to = listing->count; new > 0;) { /* the last first: what moves, moves up */
        bool is_old = old > 0 && compare(&listing->at[old - 1], &making->found[new - 1]) > 0;
        listing->at[--to] = is_old ? listing->at[--old] : making->found[--new];
    }
    return true;
}

/* Look at some more names: 1, 0 when that were all, or a negative errno. */
static int look(struct making *making)
{
    int result = 1;
    for (int turn = 0; turn < TRI_LISTING_TURN; turn++) {
        errno = 0;
        const struct dirent *next = readdir(making->dir);
        if (!next && errno != 0)
            return -errno;
        if (next && (strcmp(next->d_name, ".") == 0 || strcmp(next->d_name, "..") == 0))
            continue;
        making->listing.is_cut = next && making->seen == TRI_LISTING_ENTRIES_MAX;
        if (!next || making->listing.is_cut) {
            result = 0;
            break;
        }
        making->seen++;
        struct tri_listing_entry *entry = &making->found[making->found_count];
        if (!inspect(dirfd(making->dir), next->d_name, making->dotfiles, entry))
            continue;
        entry->name = strdup(next->d_name);
        if (!entry->name)
            return -ENOMEM;
        making->found_count++;
    }
    return merge(making) ? result : -ENOMEM;
}

/* --- and what comes of it --- */

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

/* Reply with the page, which is taken out of what made it. */
static struct tri_next reply(struct tri_exchange *x, struct making *making)
{
    struct tri_part *part = tri_arena_alloc(x->arena, sizeof(*part));
    if (!part)
        return refuse(x, ENOMEM);
    *part = (struct tri_part){.memory = making->page, .length = (int64_t)making->page_bytes};
    const struct tri_hold hold = {free, making->page};
    making->page = NULL;
    tri_reply_field(x, TRI_SLICE("Content-Security-Policy"),
                    TRI_SLICE("default-src 'none'; style-src 'unsafe-inline'"));
    return tri_reply_parts(x, TRI_STATUS_OK, TRI_SLICE("text/html; charset=utf-8"), part, 1, -1,
                           hold);
}

/* All names are known. */
static bool begin_page(struct making *making, const struct tri_request *request)
{
    making->to = open_memstream(&making->page, &making->page_bytes);
    return making->to && tri_listing_print_start(making->to, request);
}

/* Print some more entries; false when out of memory. */
static bool print(struct making *making)
{
    const struct tri_listing *listing = &making->listing;
    for (int turn = 0; turn < TRI_LISTING_TURN && making->printed < listing->count; turn++)
        if (!tri_listing_print_entry(making->to, &listing->at[making->printed++]))
            return false;
    return true;
}

static bool end_page(struct making *making)
{
    tri_listing_print_end(making->to, &making->listing);
    bool ok = !ferror(making->to);
    ok = fclose(making->to) == 0 && ok;
    making->to = NULL;
    return ok;
}

static struct tri_next step(struct tri_exchange *x)
{
    struct making *making = x->state;
    const struct tri_next later = tri_next_at(x->now_ns + 1); /* after others had their turn */
    if (!making->to) {
        int result = look(making);
        if (result < 0)
            return refuse(x, -result);
        if (result > 0)
            return later;
        if (!begin_page(making, x->request))
            return refuse(x, ENOMEM);
        if (making->listing.count > TRI_LISTING_TURN)
            return later;
    }
    if (!print(making))
        return refuse(x, ENOMEM);
    if (making->printed < making->listing.count)
        return later;
    return end_page(making) ? reply(x, making) : refuse(x, ENOMEM);
}

struct tri_next tri_listing_reply(struct tri_exchange *x, int folder, bool dotfiles)
{
    struct making *making = calloc(1, sizeof(*making));
    if (!making) {
        tri_fd_close(&folder);
        return refuse(x, ENOMEM);
    }
    making->work.step = step;
    making->dotfiles = dotfiles;
    tri_stream_hold(x, (struct tri_hold){release, making});
    making->dir = fdopendir(folder);
    if (!making->dir) {
        int os = errno;
        tri_fd_close(&folder);
        return refuse(x, os);
    }
    x->state = making;
    return step(x);
}
