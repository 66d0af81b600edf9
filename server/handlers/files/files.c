/*
 * files.c - files of a folder, and of no other.
 *
 *     curl http://127.0.0.1:8080/index.html          (tri-httpd --root=...)
 *
 * Which file: the route's parameter `path` when it has one ("/docs/" + "*path"), else the whole
 * path. A folder answers with the first of its index files, or with a listing where that is
 * allowed; without the slash at its end it redirects, so that relative links work. `try_files`
 * names what to try instead, in order; a folder that would not answer is passed over there.
 *
 * Names that begin with a dot are hidden, as if they did not exist: in a site's folder they are
 * what its tools left behind. What keeps a path inside the folder is confine.h's.
 *
 * The hot path, a small file of the cache, makes no system call and takes arena memory alone.
 */
#include "server/handlers/files/files.h"

#include <errno.h>
#include <fcntl.h>

#include "server/base/error.h"
#include "server/base/fd.h"
#include "server/handlers/files/compress.h"
#include "server/handlers/files/confine.h"
#include "server/handlers/files/deliver.h"
#include "server/handlers/files/listing.h"
#include "server/http/escape.h"

#define PATH_WORD "$path"
#define SLASH ((struct tri_slice){"/", 1})

/* What a look-up has led to: a file, or a folder that is listed. */
struct found {
    const struct tri_file *file; /* a reference, or NULL */
    int folder;                  /* owned, or -1 */
};

bool tri_files_open(struct tri_files *files, const struct tri_files_options *options,
                    struct tri_error *error)
{
    *files = (struct tri_files){
        .options = *options,
        .root_fd = open(options->root, O_RDONLY | O_CLOEXEC | O_DIRECTORY),
    };
    if (files->root_fd < 0) {
        tri_error_os(error, "root \"%s\": cannot open it as a directory", options->root);
        return false;
    }
    files->has_resolve = tri_confine_probe(files->root_fd);
    return true;
}

void tri_files_close(struct tri_files *files)
{
    tri_fd_close(&files->root_fd);
}

/* --- names --- */

static bool is_shown_name(struct tri_slice name, bool is_first, bool dotfiles)
{
    if (name.len == 0)
        return false;
    if (name.at[0] != '.')
        return true;
    if (dotfiles)
        return !tri_slice_is(name, TRI_SLICE(".")) && !tri_slice_is(name, TRI_SLICE(".."));
    return is_first && tri_slice_is(name, TRI_SLICE(".well-known")); /* RFC 8615 */
}

/* Could this be a file we show: no empty and no hidden names. May be empty or end with '/'. */
static bool is_shown(struct tri_slice path, bool dotfiles)
{
    for (size_t at = 0; at < path.len;) {
        const char *slash = memchr(path.at + at, '/', path.len - at);
        size_t end = slash ? (size_t)(slash - path.at) : path.len;
        if (!is_shown_name((struct tri_slice){path.at + at, end - at}, at == 0, dotfiles))
            return false;
        at = end + 1;
    }
    return true;
}

/* Two texts in one, NUL-terminated; at is NULL when out of memory. */
static struct tri_slice join(struct tri_arena *arena, struct tri_slice a, struct tri_slice b)
{
    char *text = tri_arena_alloc(arena, a.len + b.len + 1);
    if (!text)
        return (struct tri_slice){0};
    if (a.len > 0)
        memcpy(text, a.at, a.len);
    if (b.len > 0)
        memcpy(text + a.len, b.at, b.len);
    text[a.len + b.len] = '\0';
    return (struct tri_slice){text, a.len + b.len};
}

/* Does it name a folder: the root, or with a slash at its end? */
static bool is_folder(struct tri_slice path)
{
    return path.len == 0 || path.at[path.len - 1] == '/';
}

/* Where `path` begins below the root: behind the first slash of a whole path. */
static struct tri_slice path_of(const struct tri_request *request)
{
    for (uint32_t i = 0; i < request->param_count; i++)
        if (tri_slice_is(request->params[i].name, TRI_SLICE("path")))
            return request->params[i].value;
    struct tri_slice path = request->target.path;
    return path.len ? tri_slice_from(path, 1) : path;
}

/* --- replies without a file --- */

static int status_of(int os)
{
    switch (os) {
    case EACCES:
    case EPERM:
        return TRI_STATUS_FORBIDDEN;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
    case EINTR:
        return TRI_STATUS_SERVICE_UNAVAILABLE;
    case EIO:
    case ESTALE:
        return TRI_STATUS_INTERNAL_SERVER_ERROR;
    default: /* ENOENT, ENOTDIR, ELOOP, EXDEV (a way out), ENAMETOOLONG, ENXIO (a socket) ... */
        return TRI_STATUS_NOT_FOUND;
    }
}

static struct tri_next refuse(struct tri_exchange *x, int status)
{
    switch (status) {
    case TRI_STATUS_NOT_FOUND:
        return tri_reply_error(x, status, TRI_SLICE("no such file\n"));
    case TRI_STATUS_FORBIDDEN:
        return tri_reply_error(x, status, TRI_SLICE("this file may not be read\n"));
    case TRI_STATUS_SERVICE_UNAVAILABLE:
        tri_reply_field(x, TRI_SLICE("Retry-After"), TRI_SLICE("1"));
        return tri_reply_error(x, status, TRI_SLICE("too busy to open the file, try again\n"));
    case TRI_STATUS_INTERNAL_SERVER_ERROR:
        return tri_reply_error(x, status, TRI_SLICE("the file cannot be read\n"));
    default: /* of "=410" */
        return tri_reply_error(x, status, TRI_SLICE("there is nothing to be had here\n"));
    }
}

/* 301 to the same path with a slash behind it; relative to this host, RFC 9110 10.2.2. */
static struct tri_next redirect(struct tri_exchange *x)
{
    struct tri_slice path = tri_escape_path(x->arena, x->request->target.path);
    struct tri_slice query = x->request->target.query;
    struct tri_slice location = {0};
    if (path.at)
        location =
            tri_arena_printf(x->arena, "%.*s/%s%.*s", (int)path.len, path.at, query.len ? "?" : "",
                             (int)query.len, query.len ? query.at : "");
    if (!location.at)
        return tri_reply_exhausted(x);
    tri_reply_field(x, TRI_SLICE("Location"), location);
    return tri_reply(x, TRI_STATUS_MOVED_PERMANENTLY, TRI_SLICE("text/plain; charset=utf-8"),
                     TRI_SLICE("this directory's address ends with a slash\n"));
}

/* --- look-ups: 0 with *found, or a negative errno --- */

/* What stands for a folder; `folder` is empty or ends with a slash, NUL-terminated. */
static int find_in_folder(struct tri_exchange *x, struct tri_slice folder, struct found *found)
{
    const struct tri_files *files = x->context;
    for (unsigned i = 0; i < files->options.index_count; i++) {
        struct tri_slice name = join(x->arena, folder, tri_slice_of(files->options.index[i]));
        int os = name.at ? tri_file_get(files, name.at, x->now_ns, &found->file) : -ENOMEM;
        if (os == 0 || status_of(-os) != TRI_STATUS_NOT_FOUND)
            return os;
    }
    if (!files->options.listing)
        return -ENOENT;
    int fd = tri_confine_open(files, folder.len ? folder.at : ".", O_DIRECTORY);
    found->folder = fd >= 0 ? fd : -1;
    return fd >= 0 ? 0 : fd;
}

/* `name` is NUL-terminated. -EISDIR: a folder, by a name without its slash. */
static int find(struct tri_exchange *x, struct tri_slice name, struct found *found)
{
    *found = (struct found){.folder = -1};
    if (is_folder(name))
        return find_in_folder(x, name, found);
    return tri_file_get(x->context, name.at, x->now_ns, &found->file);
}

static void drop(struct found *found)
{
    if (found->file)
        tri_file_drop(found->file);
    tri_fd_close(&found->folder);
}

static struct tri_next reply(struct tri_exchange *x, struct found *found)
{
    const struct tri_files *files = x->context;
    if (found->file)
        return tri_deliver(x, found->file);
    struct tri_next next = tri_listing_reply(x, found->folder, files->options.dotfiles);
    tri_fd_close(&found->folder);
    return next;
}

/* --- try_files --- */

/*
 * A word of try_files with the path in the place of "$path", behind a slash unless it comes first;
 * as a whole without a slash in front.
 *   returns  at is NULL when it names nothing that is shown, or out of memory
 */
static struct tri_slice expand(struct tri_exchange *x, const char *word, struct tri_slice path)
{
    const struct tri_files *files = x->context;
    const char *place = strstr(word, PATH_WORD);
    struct tri_slice text = tri_slice_of(word);
    if (place) {
        struct tri_slice before = {word, (size_t)(place - word)};
        text = is_folder(before) ? before : join(x->arena, before, SLASH);
        if (text.at)
            text = join(x->arena, text, path);
        if (text.at)
            text = join(x->arena, text, tri_slice_of(place + sizeof(PATH_WORD) - 1));
    }
    if (text.len > 0 && text.at[0] == '/')
        text = tri_slice_from(text, 1);
    if (place && text.at && !is_shown(text, files->options.dotfiles))
        return (struct tri_slice){0};
    return text;
}

/* Would the folder `name`, given without its slash, answer? */
static bool folder_answers(struct tri_exchange *x, struct tri_slice name)
{
    struct tri_slice folder = join(x->arena, name, SLASH);
    struct found found;
    if (!folder.at || find(x, folder, &found) != 0)
        return false;
    drop(&found);
    return true;
}

static struct tri_next serve_tries(struct tri_exchange *x, struct tri_slice path)
{
    const struct tri_files_options *options = &((const struct tri_files *)x->context)->options;
    for (unsigned i = 0; i < options->try_count; i++) {
        const char *word = options->try_files[i];
        if (word[0] == '=') {
            long status = strtol(word + 1, NULL, 10);
            return refuse(x, status >= 400 && status <= 599 ? (int)status : TRI_STATUS_NOT_FOUND);
        }
        struct tri_slice name = expand(x, word, path);
        struct found found;
        if (!name.at)
            continue;
        int os = find(x, name, &found);
        if (os == 0)
            return reply(x, &found);
        if (os == -EISDIR && tri_slice_is(name, path) && folder_answers(x, name))
            return redirect(x);
        if (status_of(-os) != TRI_STATUS_NOT_FOUND)
            return refuse(x, status_of(-os));
    }
    return refuse(x, TRI_STATUS_NOT_FOUND);
}

static struct tri_next serve(struct tri_exchange *x)
{
    if (x->state)
        return tri_compress_step(x);
    const struct tri_files *files = x->context;
    struct tri_slice path = path_of(x->request);
    if (!is_shown(path, files->options.dotfiles))
        return refuse(x, TRI_STATUS_NOT_FOUND);
    if (files->options.try_count > 0)
        return serve_tries(x, path);

    struct tri_slice name = tri_arena_copy(x->arena, path);
    if (!name.at)
        return tri_reply_exhausted(x);
    struct found found;
    int os = find(x, name, &found);
    if (os == 0)
        return reply(x, &found);
    return os == -EISDIR ? redirect(x) : refuse(x, status_of(-os));
}

const struct tri_handler tri_handler_files = {
    .name = "files",
    .handle = serve,
    .methods = TRI_METHOD_GET,
    .summary = "the files of a folder",
};
