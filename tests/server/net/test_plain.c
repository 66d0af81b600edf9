/*
 * test_plain.c - the plain transport: what each verb says of a socket that is ready, full, ended
 * or gone.
 */
#include "server/net/transport.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"

static struct tri_stream stream = {.fd = -1};
static int peer = -1;

static void connect_pair(void)
{
    int pair[2];
    cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
    stream = (struct tri_stream){.transport = &tri_transport_plain, .fd = pair[0]};
    peer = pair[1];
}

static void close_pair(void)
{
    stream.transport->close(&stream);
    cr_assert(eq(int, stream.fd, -1));
    stream.transport->close(&stream); /* twice is harmless */
    close(peer);
}

TestSuite(net_plain, .init = connect_pair, .fini = close_pair, .timeout = 10);

static enum tri_io read_some(char *at, size_t room, size_t *got)
{
    return stream.transport->read(&stream, at, room, got);
}

static enum tri_io write_some(struct tri_slice bytes, size_t *put)
{
    return stream.transport->write(&stream, bytes, put);
}

Test(net_plain, reads_what_is_there_then_nothing_then_the_end)
{
    char at[8];
    size_t got = 99;
    cr_assert(eq(int, read_some(at, sizeof(at), &got), TRI_IO_AGAIN));
    cr_assert(eq(sz, got, 99));
    cr_assert(write(peer, "0123456789", 10) == 10);
    cr_assert(eq(int, read_some(at, sizeof(at), &got), TRI_IO_OK));
    cr_assert(got == 8 && memcmp(at, "01234567", 8) == 0);
    cr_assert(eq(int, read_some(at, sizeof(at), &got), TRI_IO_OK));
    cr_assert(got == 2 && memcmp(at, "89", 2) == 0);
    shutdown(peer, SHUT_WR);
    cr_assert(eq(int, read_some(at, sizeof(at), &got), TRI_IO_EOF));
}

/* Write until the socket is full; the bytes that went in. */
static size_t fill(void)
{
    static const char zeros[65536];
    size_t put, all = 0;
    enum tri_io io;
    while ((io = write_some((struct tri_slice){zeros, sizeof(zeros)}, &put)) == TRI_IO_OK)
        all += put;
    cr_assert(eq(int, io, TRI_IO_AGAIN));
    return all;
}

Test(net_plain, writes_until_the_peer_takes_no_more)
{
    static char taken[65536];
    size_t put, left = fill();
    cr_assert(left > 0);
    while (left > 0) {
        ssize_t n = read(peer, taken, sizeof(taken));
        cr_assert(n > 0);
        left -= (size_t)n;
    }
    cr_assert(eq(int, write_some(TRI_SLICE("more"), &put), TRI_IO_OK));
    cr_assert(eq(sz, put, 4));
}

Test(net_plain, a_peer_that_is_gone_is_a_failure_and_no_signal)
{
    size_t put;
    close(peer);
    peer = -1;
    cr_assert(eq(int, write_some(TRI_SLICE("x"), &put), TRI_IO_FAILED));
    cr_assert(eq(int, errno, EPIPE));
}

Test(net_plain, shut_ends_our_direction_only)
{
    char at[8];
    size_t got;
    stream.transport->shut(&stream);
    cr_assert(read(peer, at, sizeof(at)) == 0);
    cr_assert(write(peer, "still", 5) == 5);
    cr_assert(eq(int, read_some(at, sizeof(at), &got), TRI_IO_OK));
    cr_assert(eq(sz, got, 5));
}

Test(net_plain, sends_a_piece_of_a_file_and_leaves_its_offset_alone)
{
    char at[16];
    size_t put = 0;
    int file = memfd_create("sent", MFD_CLOEXEC);
    cr_assert(write(file, "0123456789", 10) == 10);
    off_t offset = lseek(file, 0, SEEK_CUR);
    cr_assert(stream.transport->send_file(&stream, file, 3, 4, &put) == TRI_IO_OK);
    cr_assert(put == 4 && read(peer, at, sizeof(at)) == 4 && memcmp(at, "3456", 4) == 0);
    cr_assert(stream.transport->send_file(&stream, file, 8, 100, &put) == TRI_IO_OK);
    cr_assert(put == 2 && read(peer, at, sizeof(at)) == 2);
    cr_assert(stream.transport->send_file(&stream, file, 10, 1, &put) == TRI_IO_EOF);
    cr_assert(lseek(file, 0, SEEK_CUR) == offset);
    fill();
    cr_assert(stream.transport->send_file(&stream, file, 0, 10, &put) == TRI_IO_AGAIN);
    close(peer);
    peer = -1;
    signal(SIGPIPE, SIG_IGN); /* as main.c does: sendfile(2) knows no MSG_NOSIGNAL */
    cr_assert(stream.transport->send_file(&stream, file, 0, 10, &put) == TRI_IO_FAILED);
    close(file);
}

/* In place of the pair of Unix sockets, which hold nothing back. */
static void connect_tcp(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 1) == 0);
    cr_assert(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    close(peer);
    stream.transport->close(&stream);
    peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(connect(peer, (struct sockaddr *)&address, size) == 0);
    stream.fd = accept(listener, NULL, NULL);
    cr_assert(stream.fd >= 0);
    close(listener);
}

Test(net_plain, what_a_file_follows_is_held_back_to_go_with_it)
{
    char at[16];
    size_t put = 0;
    int file = memfd_create("sent", MFD_CLOEXEC);
    cr_assert(write(file, "file", 4) == 4);
    connect_tcp();
    cr_assert(stream.transport->write_more(&stream, TRI_SLICE("head "), &put) == TRI_IO_OK);
    cr_assert(eq(sz, put, 5));
    cr_assert(recv(peer, at, sizeof(at), MSG_DONTWAIT) == -1 && errno == EAGAIN);
    cr_assert(stream.transport->send_file(&stream, file, 0, 4, &put) == TRI_IO_OK);
    cr_assert(recv(peer, at, sizeof(at), 0) == 9 && memcmp(at, "head file", 9) == 0);
    close(file);
}

Test(net_plain, once_recv_may_wait_it_does_and_the_verbs_still_do_not)
{
    char at[8];
    size_t got, put;
    int64_t start_ns = tri_clock_now();
    cr_assert(stream.transport->let_wait(&stream, 50 * TRI_MILLISECOND));
    cr_assert(recv(stream.fd, at, sizeof(at), 0) == -1 && errno == EAGAIN);
    cr_assert(tri_clock_now() - start_ns >= 50 * TRI_MILLISECOND);

    start_ns = tri_clock_now();
    int file = memfd_create("file", MFD_CLOEXEC);
    cr_assert(write(file, "0123456789", 10) == 10);
    cr_assert(read_some(at, sizeof(at), &got) == TRI_IO_AGAIN);
    cr_assert(stream.transport->send_file(&stream, file, 0, 10, &put) == TRI_IO_OK && put == 10);
    fill();
    cr_assert(stream.transport->send_file(&stream, file, 0, 10, &put) == TRI_IO_AGAIN);
    cr_assert(tri_clock_now() - start_ns < 50 * TRI_MILLISECOND, "a verb waited");
    cr_assert(recv(stream.fd, at, sizeof(at), 0) == -1 && errno == EAGAIN);
    cr_assert(tri_clock_now() - start_ns >= 50 * TRI_MILLISECOND, "recv waits no more");
    close(file);
}
