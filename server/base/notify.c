/*
 * notify.c - one datagram to the service manager.
 *
 * The socket is a path, or a name without a file when it begins with "@". Sending does not wait: a
 * manager that does not read would hold up a server that is ready.
 */
#include "server/base/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "server/base/error.h"
#include "server/base/fd.h"

bool tri_notify_ready(struct tri_error *error)
{
    static const char message[] = "READY=1";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *name = getenv("NOTIFY_SOCKET");
    if (!name || !*name)
        return true;
    size_t len = strlen(name);
    if ((*name != '/' && *name != '@') || len >= sizeof(address.sun_path)) {
        tri_error_set(error, "NOTIFY_SOCKET: \"%.100s\" is no socket (write /PATH or @NAME)", name);
        return false;
    }
    memcpy(address.sun_path, name, len);
    if (*name == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ok = fd >= 0 &&
              sendto(fd, message, strlen(message), MSG_NOSIGNAL, (const struct sockaddr *)&address,
                     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) >= 0;
    if (!ok)
        tri_error_os(error, "NOTIFY_SOCKET: %.60s", name);
    tri_fd_close(&fd);
    return ok;
}
