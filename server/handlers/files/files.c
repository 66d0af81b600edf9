/*
 * files.c - files of a folder, and of no other.
 *
 *     curl http://127.0.0.1:8080/index.html          (tri-httpd --root=...)
 *
 * Which file: the route's parameter `path` when it has one ("/docs/" + "*path"), else the whole
 * path. A directory answers with its index.html; without the slash at its end it redirects, so
 * that relative links work.
 *
 * What keeps a path inside: the target is free of dot segments before it comes here; names that
 * begin with a dot are hidden, which covers ".." once more; and openat2(2) with RESOLVE_BENEATH
 * lets no symbolic link out of the root either. Where there is no openat2 (Linux before 5.6, or a
 * sandbox that refuses it) the path is walked name by name, following no symbolic link at all.
 *
 * Only regular files are served: the rest is opened without waiting (a FIFO would), looked at and
 * closed again.
 */
#include "server/handlers/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "server/base/error.h"
#include "server/base/fd.h"
#include "server/handlers/escape.h"
#include "server/handlers/handlers.h"
#include "server/handlers/mime.h"
#include "server/http/date.h"

#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
#define RENAME_RETRIES 4 /* openat2 gives up with EAGAIN when a rename raced it */

/* Open `path` (relative, NUL-terminated) beneath `root`; a descriptor or -errno. */
static int open_resolved(int root, const char *path)
{
    struct open_how how = {
        .flags = OPEN_FLAGS,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    long fd = -1;
    for (int i = 0; i < RENAME_RETRIES; i++) {
        fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    return fd >= 0 ? (int)fd : -errno;
}

/* The same by walking, for a path without dot segments and empty names. */
static int open_walked(int root, const char *path)
{
    int at = -1; /* the directory reached, -1: the root itself */
    int result = -ENOENT;
    for (;;) {
        char name[256]; /* NAME_MAX and NUL */
        size_t len = strcspn(path, "/");
        bool is_last = path[len] == '\0';
        if (len >= sizeof(name)) {
            result = -ENAMETOOLONG;
            break;
        }
        memcpy(name, path, len);
        name[len] = '\0';
        int flags = OPEN_FLAGS | O_NOFOLLOW | (is_last ? 0 : O_DIRECTORY);
        int fd = openat(at >= 0 ? at : root, name, flags);
        int os = errno;
        tri_fd_close(&at);
        if (fd < 0 || is_last) {
            result = fd < 0 ? -os : fd;
            break;
        }
        at = fd;
        path += len + 1;
    }
    return result;
}

bool tri_files_open(struct tri_files *files, const char *root, struct tri_error *error)
{
    *files = (struct tri_files){.root_fd = open(root, O_RDONLY | O_CLOEXEC | O_DIRECTORY)};
    if (files->root_fd < 0) {
        tri_error_os(error, "root \"%s\": cannot open it as a directory", root);
        return false;
    }
    int probe = open_resolved(files->root_fd, ".");
    files->has_resolve = probe >= 0;
    if (probe >= 0)
        tri_fd_close(&probe);
    return true;
}

void tri_files_close(struct tri_files *files)
{
    tri_fd_close(&files->root_fd);
}

/* Could this be a file we show: no empty and no hidden names. May be empty or end with '/'. */
static bool is_shown(struct tri_slice path)
{
    bool at_start = true;
    for (size_t i = 0; i < path.len; i++) {
        if (at_start && (path.at[i] == '/' || path.at[i] == '.'))
            return false;
        at_start = path.at[i] == '/';
    }
    return true;
}

static struct tri_next refuse(struct tri_exchange *x, int os)
{
    switch (os) {
    case EACCES:
    case EPERM:
        return tri_reply(x, TRI_STATUS_FORBIDDEN, TRI_SLICE("text/plain"),
                         TRI_SLICE("this file may not be read\n"));
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
    case EINTR:
        return tri_reply(x, TRI_STATUS_SERVICE_UNAVAILABLE, TRI_SLICE("text/plain"),
                         TRI_SLICE("too busy to open the file, try again\n"));
    case EIO:
        return tri_reply(x, TRI_STATUS_INTERNAL_SERVER_ERROR, TRI_SLICE("text/plain"),
                         TRI_SLICE("the file cannot be read\n"));
    default: /* ENOENT, ENOTDIR, ELOOP, EXDEV (a way out), ENAMETOOLONG, ENXIO (a socket) ... */
        return tri_reply(x, TRI_STATUS_NOT_FOUND, TRI_SLICE("text/plain"),
                         TRI_SLICE("no such file\n"));
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
    return tri_reply(x, TRI_STATUS_MOVED_PERMANENTLY, TRI_SLICE("text/plain"),
                     TRI_SLICE("this directory's address ends with a slash\n"));
}

/* Last-Modified, never in the future (RFC 9110 8.8.2.1); left out when it has no HTTP date. */
static void add_modified(struct tri_exchange *x, int64_t seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char *text = tri_arena_alloc(x->arena, TRI_DATE_BYTES + 1);
    if (!text || seconds < 0)
        return;
    tri_date_print(seconds < now.tv_sec ? seconds : now.tv_sec, text);
    tri_reply_field(x, TRI_SLICE("Last-Modified"), (struct tri_slice){text, TRI_DATE_BYTES});
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

static struct tri_next serve(struct tri_exchange *x)
{
    const struct tri_files *files = x->context;
    struct tri_slice path = path_of(x->request);
    if (!is_shown(path))
        return refuse(x, ENOENT);
    bool is_folder = path.len == 0 || path.at[path.len - 1] == '/';
    struct tri_slice name = tri_arena_printf(
        x->arena, "%.*s%s", (int)path.len, path.len ? path.at : "", is_folder ? "index.html" : "");
    if (!name.at)
        return tri_reply_exhausted(x);
    int fd = files->has_resolve ? open_resolved(files->root_fd, name.at)
                                : open_walked(files->root_fd, name.at);
    if (fd < 0)
        return refuse(x, -fd);
    struct tri_next next;
    struct stat about;
    if (fstat(fd, &about) != 0) {
        next = refuse(x, EIO);
    } else if (S_ISDIR(about.st_mode) && !is_folder) {
        next = redirect(x);
    } else if (!S_ISREG(about.st_mode)) {
        next = refuse(x, ENOENT);
    } else {
        add_modified(x, about.st_mtime);
        next = tri_reply_file(x, TRI_STATUS_OK, tri_mime_find(name), tri_fd_take(&fd), 0,
                              about.st_size);
    }
    tri_fd_close(&fd);
    return next;
}

const struct tri_handler tri_handler_files = {
    .name = "files",
    .handle = serve,
    .methods = TRI_METHOD_GET,
    .summary = "the files of a folder",
};
