/*
 * conn.h - one HTTP/1.1 connection as a state machine that never waits: the seam of the server.
 *
 * tri_conn_step() does all that can be done now (read, parse, route, run, write) and returns a
 * wish. A mode grants wishes and does nothing else; how it waits is the whole difference between
 * the modes.
 *
 *     for (;;) {
 *         wish = tri_conn_step(conn, workspace, tri_clock_now());
 *         if (wish.bits & TRI_WISH_CLOSE) break;
 *         if (wish.bits & TRI_WISH_RUN) tri_conn_run(conn, &straight);
 *         else wait until readable / writable / deadline_ns, as wished;
 *     }
 *
 * Contract, for drivers with edge-triggered readiness: TRI_WISH_READ is wished only after a read
 * of this very step came up short or empty, TRI_WISH_WRITE only after a write of this very step
 * did; the first wish comes before any read, and needs a driver that is told what is there when it
 * begins to watch. A wish with neither waits for its deadline or service->wake. Stepping a
 * connection without need is harmless.
 *
 * Threads: a connection belongs to whoever steps it, one thread at a time; nothing here locks.
 */
#pragma once

#include "server/base/buf.h"
#include "server/core/service.h"
#include "server/core/workspace.h"
#include "server/net/transport.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TRI_WISH_READ = 1,   /* step again when readable                                          */
    TRI_WISH_WRITE = 2,  /* step again when writable                                          */
    TRI_WISH_TURN = 4,   /* step again soon, after others had their turn: the budget is spent  */
    TRI_WISH_RUN = 8,    /* call tri_conn_run() or tri_conn_decline(), then step again         */
    TRI_WISH_IDLE = 16,  /* with READ: between requests; nothing is held but the struct itself */
    TRI_WISH_CLOSE = 32, /* the connection is closed and all it held given back                */
};

struct tri_wish {
    unsigned bits;
    int64_t deadline_ns; /* step again then at the latest; TRI_NEVER: no deadline */
};

/* Whether a connection may stay, decided when it comes. */
enum tri_admission {
    TRI_ADMISSION_OPEN,  /* it may                                                         */
    TRI_ADMISSION_LOCAL, /* the server is full: only handlers with TRI_ALWAYS, else 503    */
    TRI_ADMISSION_FULL,  /* the server is full: 503                                        */
    TRI_ADMISSION_SHARE, /* its client has too many connections already: 429               */
    TRI_ADMISSION_PLAIN, /* it speaks HTTP where TLS is spoken: 400, not encrypted          */
};

struct tri_open; /* the open exchange with its memory; private to core, step.h */

struct tri_conn {
    struct tri_stream stream;    /* owned                                         */
    struct tri_service *service; /* borrowed; outlives all connections            */
    struct tri_open *open;       /* owned; NULL between requests                  */
    struct tri_buf in;           /* owned; bytes read but not yet used            */
    struct tri_buf out;          /* owned; bytes the client has not yet taken     */
    int64_t deadline_ns;         /* of the present phase                          */
    int64_t write_deadline_ns;   /* while the client takes nothing; else 0        */
    int64_t write_left_ns;       /* how long it may do so from then on; 0: the whole span */
    struct tri_ip peer;          /* who connected, or whom a PROXY header names   */
    uint32_t queued_bytes;       /* in the kernel for it, at the last look        */
    uint32_t served;             /* requests answered                             */
    uint8_t phase;               /* enum tri_phase, step.h                          */
    bool eof;                    /* the client has ended its side                 */
    uint8_t admission;           /* enum tri_admission                            */
    bool counted;                /* in service->clients                           */
    bool seated;                 /* in service->seated                            */
    bool must_linger;            /* unread bytes may be coming: close with care   */
    bool cut;                    /* the last reply has not come to its end        */
};

/*
 * Take over an accepted stream.
 *   stream    owned by the connection from now on; non-blocking
 *   peer      who has connected, where that is known; NULL: the stream is asked
 *   now_ns    the head deadline starts here
 */
void tri_conn_open(struct tri_conn *conn, struct tri_stream stream, const struct tri_ip *peer,
                   struct tri_service *service, int64_t now_ns);

/*
 * What a connection that was just opened wishes, in place of its first step: most clients have not
 * said anything yet, so a read would only tell that.
 */
struct tri_wish tri_conn_first_wish(const struct tri_conn *conn);

/*
 * Do all that can be done now; never blocks; work per call is bounded.
 *   workspace  borrowed for the call
 *   returns    the wish; after TRI_WISH_CLOSE the connection must not be stepped again
 */
struct tri_wish tri_conn_step(struct tri_conn *conn, struct tri_workspace *workspace,
                              int64_t now_ns);

/*
 * For a mode that has itself read what it waited for, after a wish of READ and IDLE: the step that
 * follows, with this workspace, finds the bytes as if it had read them.
 *   bytes   borrowed for the call, at most TRI_WORKSPACE_INPUT_BYTES
 *   is_dry  the read came up short: the socket had no more
 */
void tri_conn_land(struct tri_conn *conn, struct tri_workspace *workspace, struct tri_slice bytes,
                   bool is_dry);

/* How a mode waits while a blocking handler runs; embedded in what it needs for that. */
struct tri_straight {
    /*
     * Step `conn` and grant its wishes until it wishes RUN or CLOSE: then return, and the handler
     * goes on. Returning earlier tells the handler that all is over.
     */
    void (*pump)(struct tri_straight *straight, struct tri_conn *conn);
};

/*
 * After TRI_WISH_RUN: run the blocking handler on the caller's thread and stack. May block.
 *   straight  borrowed for the call
 */
void tri_conn_run(struct tri_conn *conn, struct tri_straight *straight);

/* Its name, for logs and schedulers, and its flags (TRI_WAITS, TRI_CPU). */
const struct tri_handler *tri_conn_running(const struct tri_conn *conn);

/* After TRI_WISH_RUN, instead of tri_conn_run: there is no room to run it; answers 503. */
void tri_conn_decline(struct tri_conn *conn);

/* Close at once, whatever is in flight, and give everything back. For the end of a drain. */
void tri_conn_abort(struct tri_conn *conn);
