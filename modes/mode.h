/*
 * mode.h - what a concurrency architecture is to the rest of the server: one function.
 *
 * threads.c, loop.c and mn.c each implement it, in the same order of sections (picture, wait,
 * serve, accept, run and drain) so that they can be read side by side.
 */
#pragma once

#include "server/core/service.h"
#include "server/net/listener.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum tri_spawn {                   /* who serves a new connection */
                 TRI_SPAWN_CACHED, /* a thread that is kept for the next one */
                 TRI_SPAWN_FRESH,  /* a thread of its own                    */
                 TRI_SPAWN_FORK,   /* a process of its own                   */
};

struct tri_tls;

struct tri_server {
    struct tri_service service;
    struct tri_tls *tls;                       /* borrowed; of listeners with TLS, or NULL */
    void (*reload)(struct tri_server *server); /* on SIGHUP: read again what may be, and log it */
    struct tri_listener *listeners;            /* owned by main; open, `processes` shares each */
    unsigned listener_count;
    unsigned processes;   /* forked worker processes; 0: serve in this one    */
    unsigned share;       /* which share of each listener this process accepts */
    unsigned workers;     /* mn: worker threads                               */
    unsigned offload;     /* loop: threads for blocking handlers, 0 inline    */
    uint32_t stack_bytes; /* threads, mn: stack of a connection               */
    enum tri_spawn spawn; /* threads                                          */
    bool steal, handoff;  /* mn: see scheduler.h                              */
    bool stack_marks;     /* mn: measure and log how much stack is used       */
    int64_t shutdown_ns;  /* how long a drain may take; 0: no deadline */
};

struct tri_mode {
    const char *name;    /* "loop" */
    const char *summary; /* one line for people */
    /*
     * Serve in this process until SIGTERM or SIGINT, then drain: stop accepting, finish what is
     * in flight within shutdown_ns, close idle connections at once. A second signal ends at once.
     * Returns the exit code: 0 when all was drained (or the deadline cut it short, logged).
     * SIGHUP: server->reload().
     * Called with SIGTERM, SIGINT, SIGHUP and SIGCHLD blocked and SIGPIPE ignored.
     */
    int (*serve)(struct tri_server *server);
};

extern const struct tri_mode tri_mode_threads;
extern const struct tri_mode tri_mode_loop;
extern const struct tri_mode tri_mode_mn;

/* The mode called `name`, or NULL. */
const struct tri_mode *tri_mode_find(const char *name);

/*
 * The signals that end this process: SIGTERM, and SIGINT unless there is a master, since a terminal
 * sends that one to both, and the master passes it on.
 */
void tri_server_ending_signals(const struct tri_server *server, sigset_t *ret_signals);

/* The same and SIGHUP, which has it read its certificates again. */
void tri_server_signals(const struct tri_server *server, sigset_t *ret_signals);

/*
 * Close every share of every listener that this process holds: the first act of a drain.
 * `unlink_paths` also removes the files of Unix sockets.
 */
void tri_server_close_listeners(struct tri_server *server, bool unlink_paths);
