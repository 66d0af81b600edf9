/*
 * fd.c - closing, moving and counting descriptors.
 */
#include "server/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

void tri_fd_close(int *fd)
{
    if (*fd < 0)
        return;
    int before = errno;
    close(*fd); /* Linux frees the descriptor even on EINTR: never again */
    *fd = -1;
    errno = before;
}

int tri_fd_take(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

bool tri_fd_open_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO;
         fd++) /* open() takes the lowest that is free */
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return false;
    return true;
}

unsigned tri_fd_raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return _POSIX_OPEN_MAX;
    rlim_t soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        limit.rlim_cur = soft;
    return limit.rlim_cur > UINT_MAX ? UINT_MAX : (unsigned)limit.rlim_cur;
}
