/*
 * paths.c - what a path in a setting leads to: a directory, or a file that can be read.
 */
#include "config/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "server/base/error.h"
#include "server/base/fd.h"

/* errno, and what would do. */
static bool refuse_os(const char *path, const char *remedy, struct tri_error *error)
{
    int os = errno;
    tri_error_set(error, "\"%.100s\" cannot be used: %m (%s)", path, remedy);
    if (error)
        error->os = os;
    return false;
}

bool tri_path_check_directory(const char *path, struct tri_error *error)
{
    struct stat status;
    if (*path == '\0')
        return true;
    if (stat(path, &status) != 0)
        return refuse_os(path, "name an existing directory", error);
    if (S_ISDIR(status.st_mode))
        return true;
    tri_error_set(error, "\"%.100s\" is no directory (name the directory that holds the files)",
                  path);
    return false;
}

bool tri_path_check_file(const char *path, const char *what, uint64_t *ret_bytes,
                         struct tri_error *error)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return refuse_os(path, "name an existing file", error);
    if (!S_ISREG(status.st_mode)) {
        tri_error_set(error, "\"%.100s\" is no regular file (name the %s itself)", path, what);
        return false;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return refuse_os(path, "name a readable file", error);
    tri_fd_close(&fd);
    if (ret_bytes)
        *ret_bytes = (uint64_t)status.st_size;
    return true;
}
