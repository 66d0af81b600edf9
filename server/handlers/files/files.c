/*
 * files.c - files of a folder, and of no other.
 *
 *     curl http://127.0.0.1:8080/index.html          (tri-httpd --root=...)
 *
 * Which file: the route's parameter `path` when it has one ("/docs/" + "*path"), else the whole
 * path. A folder answers with the first of its index files, or with a listing where that is
 * allowed; without the slash at its end it redirects, so that relative links work. `try_files`
 * names what to try instead (tries.h).
 *
 * Names that begin with a dot are hidden, as if they did not exist: in a site's folder they are
 * what its tools left behind. It is the name asked for that counts: a link that is shown shows what
 * it leads to, whatever that is called. What keeps a path inside the folder is confine.h's.
 *
 * The hot path, a small file of the cache, makes no system call and takes arena memory alone.
 */
#include "server/handlers/files/files.h"

#include <errno.h>
#include <fcntl.h>

#include "server/base/error.h"
#include "server/base/fd.h"
#include "server/handlers/files/confine.h"
#include "server/handlers/files/deliver.h"
#include "server/handlers/files/listing.h"
#include "server/handlers/files/lookup.h"
#include "server/handlers/files/tries.h"
#include "server/handlers/files/work.h"
#include "server/http/escape.h"

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

/* --- and with it --- */

static struct tri_next reply(struct tri_exchange *x, const struct tri_found *found)
{
    const struct tri_files *files = x->context;
    return found->file ? tri_deliver(x, found->file)
                       : tri_listing_reply(x, found->folder, files->options.dotfiles);
}

static struct tri_next serve(struct tri_exchange *x)
{
    if (x->state)
        return ((const struct tri_file_work *)x->state)->step(x);
    const struct tri_files *files = x->context;
    struct tri_slice path = path_of(x->request);
    if (!tri_lookup_is_shown(path, files->options.dotfiles))
        return refuse(x, TRI_STATUS_NOT_FOUND);

    struct tri_found found;
    int result;
    if (files->options.try_count > 0) {
        result = tri_tries_find(x, path, &found);
    } else {
        struct tri_slice name = tri_arena_copy(x->arena, path);
        if (!name.at)
            return tri_reply_exhausted(x);
        result = tri_lookup(x, name, &found);
    }
    if (result == 0)
        return reply(x, &found);
    if (result == -EISDIR)
        return redirect(x);
    return refuse(x, result > 0 ? result : tri_file_status(result));
}

const struct tri_handler tri_handler_files = {
    .name = "files",
    .handle = serve,
    .methods = TRI_METHOD_GET,
    .summary = "the files of a folder",
};
