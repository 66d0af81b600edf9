/*
 * test_fd.c - ownership of descriptors.
 */
#include "server/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

Test(base_fd, standard_streams_that_are_closed_are_opened_on_nothing)
{
    struct stat null, about;
    int next = dup(STDIN_FILENO);
    close(next);
    cr_assert(eq(int, stat("/dev/null", &null), 0));
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        close(fd);
    cr_assert(tri_fd_open_standard());
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        cr_assert(eq(int, fstat(fd, &about), 0));
        cr_assert(about.st_rdev == null.st_rdev && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
    }
    int after = dup(STDIN_FILENO);
    cr_assert(eq(int, after, next), "a descriptor stayed open");
    close(after);
}

Test(base_fd, standard_streams_that_are_open_are_left_alone)
{
    struct stat before, after;
    int ends[2];
    cr_assert(eq(int, pipe2(ends, O_CLOEXEC), 0));
    cr_assert(eq(int, dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO));
    close(STDIN_FILENO);
    cr_assert(eq(int, fstat(STDOUT_FILENO, &before), 0));
    cr_assert(tri_fd_open_standard());
    cr_assert(eq(int, fstat(STDOUT_FILENO, &after), 0));
    cr_assert(before.st_ino == after.st_ino && before.st_dev == after.st_dev);
    cr_assert(ne(int, fcntl(STDIN_FILENO, F_GETFD), -1));
    close(ends[0]), close(ends[1]);
}

Test(base_fd, without_a_descriptor_for_a_standard_stream_that_is_said)
{
    struct rlimit limit, none;
    getrlimit(RLIMIT_NOFILE, &limit);
    none = (struct rlimit){0, limit.rlim_max};
    close(STDIN_FILENO);
    setrlimit(RLIMIT_NOFILE, &none);
    bool ok = tri_fd_open_standard();
    setrlimit(RLIMIT_NOFILE, &limit);
    cr_assert(not(ok));
}

Test(base_fd, without_dev_null_only_what_is_closed_is_missed)
{
    int status;
    if (geteuid() != 0)
        cr_skip("only root may chroot");
    pid_t child = fork(); /* a sanitizer would look in vain for /proc/self when it ends */
    if (child == 0) {
        bool ok = chroot("/proc") == 0 && tri_fd_open_standard(); /* there is no /dev in it */
        close(STDIN_FILENO);
        _exit(ok && !tri_fd_open_standard() && errno == ENOENT ? 0 : 1);
    }
    cr_assert(eq(int, waitpid(child, &status, 0), child));
    cr_assert(eq(int, status, 0));
}
