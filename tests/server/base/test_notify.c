/*
 * test_notify.c - what the service manager is told, on a socket of a file and on one without.
 */
#include "server/base/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/error.h"

TestSuite(base_notify, .timeout = 5);

/* A manager's socket of that name, which NOTIFY_SOCKET then names. */
static int manager_open(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    memcpy(address.sun_path, name, len);
    if (*name == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    cr_assert(ge(int, fd, 0));
    cr_assert(eq(int,
                 bind(fd, (const struct sockaddr *)&address,
                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
                 0));
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

static void expect_ready(const char *name)
{
    char said[64] = "";
    struct tri_error error = {0};
    int fd = manager_open(name);
    cr_assert(tri_notify_ready(&error), "%s", error.text);
    cr_assert(eq(int, (int)recv(fd, said, sizeof(said) - 1, 0), 7));
    cr_assert(eq(str, said, "READY=1"));
    close(fd);
}

Test(base_notify, says_ready_on_a_path)
{
    char name[64];
    snprintf(name, sizeof(name), "/tmp/tri-notify-%d", (int)getpid());
    expect_ready(name);
    unlink(name);
}

Test(base_notify, says_ready_on_a_name_without_a_file)
{
    char name[64];
    snprintf(name, sizeof(name), "@tri-notify-%d", (int)getpid());
    expect_ready(name);
}

Test(base_notify, says_nothing_to_nobody)
{
    unsetenv("NOTIFY_SOCKET");
    cr_assert(tri_notify_ready(NULL));
    setenv("NOTIFY_SOCKET", "", 1);
    cr_assert(tri_notify_ready(NULL));
}

Test(base_notify, names_the_socket_that_cannot_be_used)
{
    char longest[sizeof(((struct sockaddr_un *)0)->sun_path) + 1] = "/";
    struct tri_error error = {0};
    memset(longest + 1, 'a', sizeof(longest) - 2);
    setenv("NOTIFY_SOCKET", longest, 1);
    cr_assert(not(tri_notify_ready(&error)));
    setenv("NOTIFY_SOCKET", "relative", 1);
    cr_assert(not(tri_notify_ready(&error)));
    cr_assert(ne(ptr, strstr(error.text, "\"relative\""), NULL), "%s", error.text);
    setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
    cr_assert(not(tri_notify_ready(&error)));
    cr_assert(ne(ptr, strstr(error.text, "/nonexistent/socket: No such file"), NULL), "%s",
              error.text);
}
