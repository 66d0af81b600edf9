/*
 * test_fd.c - ownership of descriptors.
 */
#include "server/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(base_fd, .timeout = 5);

Test(base_fd, close_forgets_and_keeps_errno)
{
    int fd = open("/dev/null", O_RDONLY);
    int number = fd;
    cr_assert(ge(int, fd, 0));
    errno = EAGAIN;
    tri_fd_close(&fd);
    cr_assert(eq(int, errno, EAGAIN));
    cr_assert(eq(int, fd, -1));
    cr_assert(eq(int, fcntl(number, F_GETFD), -1), "the descriptor is really closed");
    errno = EAGAIN;
    tri_fd_close(&fd);
    cr_assert(eq(int, errno, EAGAIN));
}

Test(base_fd, take_leaves_nothing_behind)
{
    int fd = 7;
    cr_assert(eq(int, tri_fd_take(&fd), 7));
    cr_assert(eq(int, fd, -1));
}

Test(base_fd, limit_is_raised_to_the_hard_one)
{
    struct rlimit limit;
    cr_assert(eq(int, getrlimit(RLIMIT_NOFILE, &limit), 0));
    limit.rlim_cur = 64;
    limit.rlim_max = 128;
    cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &limit), 0));
    cr_assert(eq(uint, tri_fd_raise_limit(), 128));
    cr_assert(eq(int, getrlimit(RLIMIT_NOFILE, &limit), 0));
    cr_assert(eq(sz, limit.rlim_cur, 128));
}
