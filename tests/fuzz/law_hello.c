/*
 * law_hello.c - what anybody may send to a port with TLS: names, protocols, a whole ClientHello.
 *
 * The two readers of extensions are held against plain readings of RFC 6066 3 and RFC 7301 3.1. The
 * input is also given to a stream whose server has several hosts, in one piece, cut in two, byte by
 * byte, and with its first part as early bytes: the stream may wait for more, speak plain, or fail,
 * but never agree with a client that has not shaken hands, and how the bytes were cut does not
 * matter.
 */
#include "laws.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/assert.h"
#include "server/base/error.h"
#include "server/net/tls.h"
#include "server/net/tls_hello.h"

enum { MOST = 4096, ONE_BY_ONE_MOST = 600 };

/* --- the readers of extensions --- */

static unsigned byte(struct tri_slice bytes, size_t at)
{
    return (unsigned char)bytes.at[at];
}

static bool is_one_name(struct tri_slice body)
{
    if (body.len < 6)
        return false;
    size_t list = byte(body, 0) * 256 + byte(body, 1), name = byte(body, 3) * 256 + byte(body, 4);
    bool has_nul = false;
    for (size_t i = 5; i < body.len; i++)
        has_nul |= body.at[i] == '\0';
    return list == body.len - 2 && byte(body, 2) == 0 && name == body.len - 5 && name <= 255 &&
           !has_nul;
}

static void check_name(struct tri_slice body)
{
    struct tri_slice name = {NULL, 0};
    bool found = tri_tls_hello_name(body, &name);
    tri_assert(found == is_one_name(body));
    tri_assert(found ? name.at == body.at + 5 && name.len == body.len - 5 : name.at == NULL);
}

/* Where http/1.1 stands in a list that is whole up to there; NULL: nowhere. */
static const char *find_protocol(struct tri_slice list)
{
    for (size_t at = 0; at < list.len && at + 1 + byte(list, at) <= list.len;
         at += 1 + byte(list, at))
        if (byte(list, at) == 8 && memcmp(list.at + at + 1, "http/1.1", 8) == 0)
            return list.at + at + 1;
    return NULL;
}

static void check_protocol(struct tri_slice list)
{
    struct tri_slice chosen = {NULL, 0};
    const char *expected = find_protocol(list);
    tri_assert(tri_tls_hello_protocol(list, &chosen) == (expected != NULL));
    tri_assert(chosen.at == expected && chosen.len == (expected ? 8 : 0));
}

/* --- a whole stream --- */

static struct tri_tls *open_tls(void)
{
    static const struct tri_tls_host hosts[] = {
        {.name = NULL}, {.name = "a.test"}, {.name = "b.test"}, {.name = "www.a.test"}};
    static const struct tri_tls_plan plan = {
        .hosts = hosts, .host_count = 4, .self_signed = true, .session_ns = INT64_C(3600000000000)};
    struct tri_error error;
    signal(SIGPIPE, SIG_IGN);
    struct tri_tls *tls = tri_tls_new(&plan, &error);
    tri_assert(tls);
    return tls;
}

/* Send `input` in pieces; `early` bytes of it are read before the handshake. The verdict. */
static enum tri_io play(struct tri_tls *tls, struct tri_slice input, size_t piece, size_t early)
{
    int ends[2];
    size_t got = 0;
    char first[MOST], answer[4096];
    enum tri_io io = TRI_IO_AGAIN;
    tri_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    struct tri_stream stream = tri_stream_tls(ends[0], tls);
    tri_assert(stream.session);
    if (early > 0) {
        tri_assert(write(ends[1], input.at, early) == (ssize_t)early);
        tri_assert(stream.transport->read(&stream, first, sizeof(first), &got) == TRI_IO_OK);
        tri_assert(got == early);
        input = tri_slice_from(input, early);
        io = stream.transport->handshake(&stream, (struct tri_slice){first, got},
                                         &(struct tri_ip){0});
    }
    while (io == TRI_IO_AGAIN && input.len > 0) {
        size_t n = input.len < piece ? input.len : piece;
        tri_assert(write(ends[1], input.at, n) == (ssize_t)n);
        input = tri_slice_from(input, n);
        do
            io = stream.transport->handshake(&stream, (struct tri_slice){NULL, 0},
                                             &(struct tri_ip){0});
        while (io == TRI_IO_AGAIN && recv(ends[0], answer, 1, MSG_PEEK) > 0);
        while (read(ends[1], answer, sizeof(answer)) > 0)
            continue;
    }
    tri_assert(io != TRI_IO_OK && io != TRI_IO_CROSS && io != TRI_IO_EOF);
    if (io == TRI_IO_PLAIN)
        tri_assert(stream.transport == &tri_transport_plain && !stream.session);
    else
        tri_assert(!stream.transport->secured(&stream));
    if (io == TRI_IO_AGAIN) { /* and the client is gone */
        shutdown(ends[1], SHUT_WR);
        for (int i = 0; i < 2 && io == TRI_IO_AGAIN; i++)
            io = stream.transport->handshake(&stream, (struct tri_slice){NULL, 0},
                                             &(struct tri_ip){0});
        tri_assert(io == TRI_IO_FAILED);
        io = TRI_IO_AGAIN;
    }
    stream.transport->close(&stream);
    close(ends[1]);
    return io;
}

static void check_stream(struct tri_slice input)
{
    static struct tri_tls *tls; /* never freed: keys and certificates take longer than an input */
    if (!tls)
        tls = open_tls();
    enum tri_io whole = play(tls, input, input.len, 0);
    size_t half = (byte(input, input.len - 1) * input.len) / 256;
    tri_assert(play(tls, input, half > 0 ? half : 1, 0) == whole);
    if (half > 0)
        tri_assert(play(tls, input, input.len, half) == whole);
    if (input.len <= ONE_BY_ONE_MOST)
        tri_assert(play(tls, input, 1, 0) == whole);
    char c = input.at[0];
    bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    tri_assert((whole == TRI_IO_PLAIN) == is_letter);
}

void tri_law_hello(struct tri_slice input)
{
    if (input.len > MOST)
        return;
    check_name(input);
    check_protocol(input);
    if (input.len > 0)
        check_stream(input);
}
