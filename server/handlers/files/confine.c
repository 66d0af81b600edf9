/*
 * confine.c - openat2(2), and what stands in for it.
 */
#include "server/handlers/files/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/base/fd.h"

#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
#define RENAME_RETRIES 4 /* openat2 gives up with EAGAIN when a rename raced it */

/* Relative, no empty names but a last one (a slash at the end), no "." and "..". */
static bool is_plain(const char *path)
{
    if (*path == '\0')
        return false;
    while (*path != '\0') {
        size_t len = strcspn(path, "/");
        if (len == 0 || (len == 1 && path[0] == '.') || (len == 2 && memcmp(path, "..", 2) == 0))
            return false;
        path += len + (path[len] == '/');
    }
    return true;
}

static int open_resolved(int root, const char *path, int flags, uint64_t resolve)
{
    struct open_how how = {
        .flags = (unsigned)(OPEN_FLAGS | flags),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | resolve,
    };
    long fd = -1;
    for (int i = 0; i < RENAME_RETRIES; i++) {
        fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    return fd >= 0 ? (int)fd : -errno;
}

static int open_walked(int root, const char *path, int flags)
{
    int at = -1; /* the directory reached, -1: the root itself */
    for (;;) {
        char name[NAME_MAX + 1];
        size_t len = strcspn(path, "/");
        bool is_folder = path[len] == '/';
        const char *rest = path + len + is_folder;
        if (len >= sizeof(name)) {
            tri_fd_close(&at);
            return -ENAMETOOLONG;
        }
        memcpy(name, path, len);
        name[len] = '\0';
        int more = O_NOFOLLOW | (is_folder ? O_DIRECTORY : 0) | (*rest == '\0' ? flags : 0);
        int fd = openat(at >= 0 ? at : root, name, OPEN_FLAGS | more);
        int os = errno;
        tri_fd_close(&at);
        if (fd < 0 || *rest == '\0')
            return fd < 0 ? -os : fd;
        at = fd;
        path = rest;
    }
}

static int open_anywhere(int root, const char *path, int flags)
{
    int fd = openat(root, path, OPEN_FLAGS | flags);
    return fd >= 0 ? fd : -errno;
}

bool tri_confine_probe(int root)
{
    int fd = open_resolved(root, ".", O_DIRECTORY, 0);
    bool has_resolve = fd >= 0;
    if (has_resolve)
        tri_fd_close(&fd);
    return has_resolve;
}

int tri_confine_open(const struct tri_files *files, const char *path, int flags)
{
    int root = files->root_fd;
    if (strcmp(path, ".") != 0 && !is_plain(path))
        return -ENOENT;
    if (files->options.symlinks == TRI_SYMLINKS_ANY)
        return open_anywhere(root, path, flags);
    if (!files->has_resolve)
        return open_walked(root, path, flags);
    return open_resolved(root, path, flags,
                         files->options.symlinks == TRI_SYMLINKS_NONE ? RESOLVE_NO_SYMLINKS : 0);
}
