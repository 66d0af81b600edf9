/*
 * listener.h - a socket that accepts.
 *
 * One address is one listener, or `shares` of them when several processes accept side by side:
 * the kernel then deals new connections out among the shares (SO_REUSEPORT). The parent keeps all
 * shares open, so the backlog of a worker that dies waits for its successor.
 *
 * Two servers on one port by mistake are refused, though SO_REUSEPORT would let them: a plain
 * bind is tried first.
 */
#pragma once

#include "server/base/address.h"
#include "server/base/ip.h"

#include <stdbool.h>
#include <sys/types.h>

struct tri_error;

#define TRI_LISTENERS_MAX 16 /* of one server */

struct tri_listener {
    struct tri_address address; /* with the real port */
    int *fds;                   /* owned, `shares` of them, non-blocking, close-on-exec */
    unsigned shares;
    bool is_tls;        /* TLS is spoken here; set by whoever opened it */
    dev_t file_device; /* of a Unix socket: the file that is ours to remove */
    ino_t file_inode;
};

/*
 * Bind and listen.
 *   shares   1, or the number of processes; a Unix socket has one socket that all shares name
 *   returns  false with *error naming the address; nothing stays open. A Unix socket left behind
 *            by a dead server is replaced; one that answers is "already in use".
 */
bool tri_listener_open(struct tri_listener *listener, const struct tri_address *address,
                       unsigned shares, struct tri_error *error);

/* Close all shares; `unlink_path` also removes the file of a Unix socket, if it is still ours. */
void tri_listener_close(struct tri_listener *listener, bool unlink_path);

enum tri_accept {
    TRI_ACCEPT_OK,        /* *ret_fd is a new connection: non-blocking, close-on-exec, no delay */
    TRI_ACCEPT_EMPTY,     /* nobody is waiting */
    TRI_ACCEPT_EXHAUSTED, /* no descriptor or memory (errno tells): pause, nothing was lost */
};

/*
 * Accept one connection; connections that died in the backlog are passed over. Never waits.
 *   *ret_peer  who has connected; NULL: not asked
 */
enum tri_accept tri_listener_accept(int listener_fd, int *ret_fd, struct tri_ip *ret_peer);
