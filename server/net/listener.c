/*
 * listener.c - sockets that accept; see listener.h.
 */
#include "server/net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/base/error.h"
#include "server/base/fd.h"

#define ACCEPT_TRIES 64 /* dead connections passed over at once; more is a fault of the system */

/* A failed accept that says "this one is gone" rather than "no more": man 2 accept, Linux. */
static bool died_in_backlog(int code)
{
    switch (code) {
    case ECONNABORTED:
    case EINTR:
    case EPROTO:
    case EPERM: /* a firewall's word */
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case ETIMEDOUT:
        return true;
    default:
        return false;
    }
}

enum purpose { PROBE, ALONE, SHARE };

/* Socket, bind and, but for a probe, listen; -1 with errno set on failure. */
static int open_socket(const struct tri_address *address, enum purpose purpose)
{
    const int on = 1;
    int family = address->raw.ss_family;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (family != AF_UNIX) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* accepted sockets inherit it */
    }
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if ((purpose == SHARE && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) ||
        bind(fd, (const struct sockaddr *)&address->raw, address->raw_bytes) != 0 ||
        (purpose != PROBE && listen(fd, SOMAXCONN) != 0))
        tri_fd_close(&fd); /* keeps errno */
    return fd;
}

static const char *socket_path(const struct tri_address *address)
{
    return ((const struct sockaddr_un *)&address->raw)->sun_path;
}

/*
 * Remove the file of a Unix socket whose server is gone. False when one still answers, and when it
 * is no socket at all: connecting to a plain file is refused with the same error.
 */
static bool clear_stale(const struct tri_address *address)
{
    struct stat file;
    if (lstat(socket_path(address), &file) != 0 || !S_ISSOCK(file.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool stale = fd >= 0 &&
                 connect(fd, (const struct sockaddr *)&address->raw, address->raw_bytes) != 0 &&
                 errno == ECONNREFUSED;
    tri_fd_close(&fd);
    return stale && unlink(socket_path(address)) == 0;
}

/* After a bind to port 0: the port the kernel chose. */
static void learn_port(struct tri_address *address, int fd)
{
    char url[sizeof(address->text)];
    if (address->raw.ss_family == AF_UNIX)
        return;
    address->raw_bytes = sizeof(address->raw);
    getsockname(fd, (struct sockaddr *)&address->raw, &address->raw_bytes);
    tri_address_url(address, "http", url, sizeof(url));
    snprintf(address->text, sizeof(address->text), "%s", url + strlen("http://"));
}

bool tri_listener_open(struct tri_listener *listener, const struct tri_address *address,
                       unsigned shares, struct tri_error *error)
{
    struct tri_listener made = {.address = *address, .fds = calloc(shares, sizeof(int))};
    bool is_unix = address->raw.ss_family == AF_UNIX;
    if (!made.fds) {
        tri_error_set(error, "listen %s: out of memory", address->text);
        return false;
    }
    /* A probe alone tells that nobody listens there, and accepts no client that it would drop. */
    enum purpose purpose = is_unix || shares == 1 ? ALONE : PROBE;
    int first = open_socket(&made.address, purpose);
    if (first < 0 && is_unix && errno == EADDRINUSE) {
        if (clear_stale(&made.address))
            first = open_socket(&made.address, purpose);
        else
            errno = EADDRINUSE;
    }
    if (first < 0)
        goto failed;
    learn_port(&made.address, first);
    struct stat file;
    if (is_unix && lstat(socket_path(&made.address), &file) == 0) {
        made.file_device = file.st_dev;
        made.file_inode = file.st_ino;
    }
    if (purpose == ALONE)
        made.fds[made.shares++] = tri_fd_take(&first);
    tri_fd_close(&first);
    while (made.shares < shares) {
        int fd =
            is_unix ? fcntl(made.fds[0], F_DUPFD_CLOEXEC, 0) : open_socket(&made.address, SHARE);
        if (fd < 0)
            goto failed;
        made.fds[made.shares++] = fd;
    }
    *listener = made;
    return true;
failed:
    tri_error_os(error, "listen %s", address->text);
    tri_listener_close(&made, false);
    return false;
}

void tri_listener_close(struct tri_listener *listener, bool unlink_path)
{
    for (unsigned i = 0; i < listener->shares; i++)
        tri_fd_close(&listener->fds[i]);
    free(listener->fds);
    listener->fds = NULL;
    listener->shares = 0;
    struct stat file;
    if (unlink_path && listener->address.raw.ss_family == AF_UNIX &&
        lstat(socket_path(&listener->address), &file) == 0 &&
        file.st_dev == listener->file_device && file.st_ino == listener->file_inode)
        unlink(socket_path(&listener->address));
}

enum tri_accept tri_listener_accept(int listener_fd, int *ret_fd, struct tri_ip *ret_peer)
{
    struct sockaddr_storage raw = {.ss_family = AF_UNSPEC};
    int fd, tries = 0;
    do {
        socklen_t size = sizeof(raw);
        fd = accept4(listener_fd, (struct sockaddr *)&raw, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (fd < 0 && died_in_backlog(errno) && ++tries < ACCEPT_TRIES);
    if (fd < 0)
        return errno == EAGAIN ? TRI_ACCEPT_EMPTY : TRI_ACCEPT_EXHAUSTED;
    *ret_fd = fd;
    if (ret_peer)
        *ret_peer = tri_ip_of((struct sockaddr *)&raw);
    return TRI_ACCEPT_OK;
}
