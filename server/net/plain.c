/*
 * plain.c - the transport table's plain row: bytes as they are, straight to the kernel.
 */
#include "server/net/transport.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>

#include "server/base/clock.h"
#include "server/base/fd.h"
#include "server/net/socket.h"

/* The outcome of a call that moved `moved` bytes or failed with errno. */
static enum tri_io outcome(ssize_t moved, size_t *ret_moved)
{
    if (moved > 0) {
        *ret_moved = (size_t)moved;
        return TRI_IO_OK;
    }
    if (moved == 0)
        return TRI_IO_EOF;
    return errno == EAGAIN || errno == EWOULDBLOCK ? TRI_IO_AGAIN : TRI_IO_FAILED;
}

static enum tri_io plain_read(struct tri_stream *stream, char *at, size_t room, size_t *got)
{
    return tri_socket_read(stream->fd, at, room, got);
}

static enum tri_io send_some(int fd, struct tri_slice bytes, int flags, size_t *put)
{
    ssize_t n;
    do {
        n = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT | flags);
    } while (n < 0 && errno == EINTR);
    return outcome(n, put);
}

static enum tri_io plain_write(struct tri_stream *stream, struct tri_slice bytes, size_t *put)
{
    return send_some(stream->fd, bytes, 0, put);
}

/* Without the two calls of TCP_CORK; what is held goes out with the file, a close or in 0.2 s. */
static enum tri_io plain_write_more(struct tri_stream *stream, struct tri_slice bytes, size_t *put)
{
    return send_some(stream->fd, bytes, MSG_MORE, put);
}

/* For sendfile(2), which knows no MSG_DONTWAIT. errno is preserved. */
static void set_nonblocking(struct tri_stream *stream, int on)
{
    int code = errno;
    ioctl(stream->fd, FIONBIO, &on);
    errno = code;
}

static enum tri_io plain_send_file(struct tri_stream *stream, int file, int64_t offset,
                                   size_t bytes, size_t *put)
{
    off_t from = offset;
    ssize_t n;
    if (stream->may_wait)
        set_nonblocking(stream, 1);
    do {
        n = sendfile(stream->fd, file, &from, bytes);
    } while (n < 0 && errno == EINTR);
    enum tri_io io = outcome(n, put);
    if (stream->may_wait)
        set_nonblocking(stream, 0);
    return io;
}

static bool plain_let_wait(struct tri_stream *stream, int64_t most_ns)
{
    struct timeval most = {most_ns / TRI_SECOND, most_ns % TRI_SECOND / 1000};
    if (setsockopt(stream->fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most)) != 0)
        return false;
    set_nonblocking(stream, 0);
    return stream->may_wait = true;
}

static void plain_close(struct tri_stream *stream)
{
    tri_fd_close(&stream->fd);
}

const struct tri_transport tri_transport_plain = {
    .name = "plain",
    .read = plain_read,
    .write = plain_write,
    .write_more = plain_write_more,
    .send_file = plain_send_file,
    .restrain = tri_socket_restrain,
    .queued = tri_socket_queued,
    .peer = tri_socket_peer,
    .is_gone = tri_socket_is_gone,
    .let_wait = plain_let_wait,
    .shut = tri_socket_shut,
    .close = plain_close,
};
