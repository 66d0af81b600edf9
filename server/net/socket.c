/*
 * socket.c - see socket.h.
 */
#include "server/net/socket.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>

#define UNSENT_BYTES_MAX (16 * 1024) /* of a stream that is restrained */

enum tri_io tri_socket_read(int fd, char *at, size_t room, size_t *got)
{
    ssize_t n;
    do {
        n = recv(fd, at, room, MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    if (n > 0) {
        *got = (size_t)n;
        return TRI_IO_OK;
    }
    if (n == 0)
        return TRI_IO_EOF;
    return errno == EAGAIN || errno == EWOULDBLOCK ? TRI_IO_AGAIN : TRI_IO_FAILED;
}

void tri_socket_restrain(struct tri_stream *stream)
{
    const int most = UNSENT_BYTES_MAX;
    setsockopt(stream->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof(most)); /* or no TCP */
}

uint32_t tri_socket_queued(struct tri_stream *stream)
{
    int bytes = 0;
    return ioctl(stream->fd, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? (uint32_t)bytes : 0;
}

struct tri_ip tri_socket_peer(struct tri_stream *stream)
{
    struct sockaddr_storage raw = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof(raw);
    getpeername(stream->fd, (struct sockaddr *)&raw, &size); /* fails when it is gone already */
    return tri_ip_of((struct sockaddr *)&raw);
}

bool tri_socket_is_gone(struct tri_stream *stream)
{
    int code = 0;
    socklen_t size = sizeof(code);
    return getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0 || code != 0;
}

void tri_socket_shut(struct tri_stream *stream)
{
    shutdown(stream->fd, SHUT_WR);
}
