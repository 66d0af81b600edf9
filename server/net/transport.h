/*
 * transport.h - how bytes travel: a table of verbs, and one stream that uses it.
 *
 * Why a table: the core reads, writes and sends files without knowing whether encryption lies
 * between; plain.c is the first row. No verb ever waits, whatever the descriptor would do.
 */
#pragma once

#include "server/base/ip.h"
#include "server/base/secured.h"
#include "server/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tri_io {
    TRI_IO_OK,     /* some bytes moved                                   */
    TRI_IO_AGAIN,  /* none now: wait for the direction you asked for     */
    TRI_IO_CROSS,  /* none now: wait for the other direction (read, handshake: for room to write) */
    TRI_IO_PLAIN,  /* the peer speaks without encryption; the stream is a plain one now (handshake)
                    */
    TRI_IO_EOF,    /* the peer ended its side (read), the file is too short (send_file) */
    TRI_IO_FAILED, /* the connection is gone; errno tells                */
};

struct tri_transport;

struct tri_stream {
    const struct tri_transport *transport; /* static */
    int fd;                                /* owned, -1 when closed */
    bool may_wait;                         /* let_wait() was called: the descriptor blocks */
    bool has_more; /* the last read() came up short of something that waiting for `fd` would not
                      find: an end, say, that came along with the bytes. The next one tells what */
    struct tri_tls_session *session; /* owned; NULL: not encrypted                   */
};

struct tri_transport {
    const char *name;
    /*
     * Agree on keys; called again until it is OK, before all but read(), which until then brings
     * bytes as they come. AGAIN waits for bytes. NULL: nothing is to be agreed on.
     *   early   bytes of the peer that read() has brought; for the first call, which takes them all
     *   client  borrowed for the call; who it is that the log names: a proxy may speak for others
     */
    enum tri_io (*handshake)(struct tri_stream *stream, struct tri_slice early,
                             const struct tri_ip *client);
    /* Up to `room` bytes into `at`; *got is set for TRI_IO_OK. */
    enum tri_io (*read)(struct tri_stream *stream, char *at, size_t room, size_t *got);
    /* Part or all of `bytes`; *put is set for TRI_IO_OK. Never raises SIGPIPE. */
    enum tri_io (*write)(struct tri_stream *stream, struct tri_slice bytes, size_t *put);
    /* The same, when a file follows at once: the kernel may hold the bytes back to go with it. */
    enum tri_io (*write_more)(struct tri_stream *stream, struct tri_slice bytes, size_t *put);
    /*
     * Part or all of `bytes` bytes of `file` from `offset`; *put is set for TRI_IO_OK. NULL: they
     * have to pass through memory.
     */
    enum tri_io (*send_file)(struct tri_stream *stream, int file, int64_t offset, size_t bytes,
                             size_t *put);
    /* Have the kernel take little beyond what the peer's window lets out. */
    void (*restrain)(struct tri_stream *stream);
    /* Bytes that were written and have not reached the peer; 0 when that is not known. */
    uint32_t (*queued)(struct tri_stream *stream);
    /* Who is at the other end; not known on a Unix socket. */
    struct tri_ip (*peer)(struct tri_stream *stream);
    /* Whether the peer has reset the connection. */
    bool (*is_gone)(struct tri_stream *stream);
    /* What was agreed on, owned by the stream; NULL: nothing yet. NULL as well. */
    const struct tri_secured *(*secured)(struct tri_stream *stream);
    /* All is said, and no end was cut off: tell the peer, where that is not what shut() does. May
     * be NULL. */
    void (*farewell)(struct tri_stream *stream);
    /* End our direction, so that the peer sees the end of what was sent. */
    void (*shut)(struct tri_stream *stream);
    /*
     * From now on recv(2) of `fd` brings what read() would, and waits for it, `most_ns` at the
     * longest (0: for ever); the verbs still do not. NULL: bytes are no use as they come.
     */
    bool (*let_wait)(struct tri_stream *stream, int64_t most_ns);
    /* Give everything back; fd becomes -1. */
    void (*close)(struct tri_stream *stream);
};

extern const struct tri_transport tri_transport_plain;

/* A stream of bytes as they are; takes `fd`. */
static inline struct tri_stream tri_stream_plain(int fd)
{
    return (struct tri_stream){.transport = &tri_transport_plain, .fd = fd};
}
