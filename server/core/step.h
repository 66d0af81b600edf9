/*
 * step.h - private to core: one call of tri_conn_step, and its two hands, input and output.
 *
 * A step moves a connection through its phases (phases.c) until one has to wait. Whatever waits
 * does so through tri_step_wait(), which first writes what the replies of this step have gathered:
 * so a batch of pipelined requests is answered by one write.
 *
 * Invariants: while conn->out holds bytes (the client is slow) nothing else moves, which is the
 * back-pressure. Body bytes that a handler has not taken stand at the front of the input. When a
 * step is over, the workspace's buffers are empty again.
 */
#pragma once

#include "server/base/clock.h"
#include "server/core/conn.h"
#include "server/http/exchange.h"
#include "server/http/parser.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TRI_STEP_BYTES (512 * 1024) /* what one step may move before others get their turn */
#define TRI_DRAIN_GRACE_NS (250 * TRI_MILLISECOND) /* for the first request of a new connection */

enum tri_phase {
    TRI_PHASE_IDLE,   /* between requests, or before the first            */
    TRI_PHASE_HEAD,   /* part of a head has come                          */
    TRI_PHASE_HANDLE, /* an inline or step handler is at work             */
    TRI_PHASE_RUN,    /* a blocking handler waits for the mode to run it  */
    TRI_PHASE_SEND,   /* the reply is known and on its way                */
    TRI_PHASE_SKIP,   /* the rest of the request's body is read           */
    TRI_PHASE_END,    /* all is said; flush and close                     */
    TRI_PHASE_LINGER, /* our side is shut; read until the client is done  */
    TRI_PHASE_PROXY,  /* before all: a trusted peer says who its client is */
    TRI_PHASE_SECURE, /* then: a TLS handshake                             */
    TRI_PHASE_CLOSED,
};

enum tri_move {
    TRI_MOVE_GO,   /* progress; look at the phase again */
    TRI_MOVE_STOP, /* step->wish says what to wait for  */
};

struct tri_open {          /* the open exchange; lives in its own arena */
    struct tri_conn *conn; /* borrowed; whose it is, once a handler has it */
    struct tri_arena arena;
    struct tri_parser *parser;
    const struct tri_handler *handler; /* borrowed; NULL: the core answers           */
    struct tri_straight *straight;     /* borrowed; while a blocking handler runs; else NULL */
    tri_handle *act;                   /* what that handler waits for in, or NULL; see straight.c */
    bool cut;                          /* its act was cut off: the reply is not its own any more */
    bool gone;                         /* and there is nobody to reply to                        */
    const struct tri_refusal *refusal; /* static; of the body, the last                */
    int64_t act_ended_ns;              /* the last act of a blocking handler           */
    struct tri_next next;              /* what the handler asked for last            */
    bool called;                       /* the handler was called before              */
    bool awaits_body;                  /* the last thing it waited for was the body  */
    atomic_bool woken;                 /* x.waker was, since the handler's last call */
    bool continue_sent;                /* 100 Continue is out                        */
    bool refused;                      /* the reply is a refusal                     */
    size_t piece_bytes;                /* body at the front of the input             */
    uint64_t skipped_bytes;            /* body that nobody wanted                    */
    uint32_t part;                     /* of a reply in parts: the one that is sent  */
    size_t sent_bytes;                 /* of that part                               */
    struct tri_exchange x;             /* the last member: it has an init of its own */
};

struct tri_step {
    struct tri_conn *conn;
    struct tri_workspace *workspace;
    struct tri_buf *in; /* unread bytes: what the connection kept, or what this step has read */
    int64_t now_ns;
    size_t moved_bytes; /* against TRI_STEP_BYTES */
    bool read_dry;      /* a read of this step came up short: the socket has no more */
    struct tri_wish wish;
};

/* Enter a phase: its deadline begins now. */
void tri_step_enter(struct tri_step *step, enum tri_phase phase);

/* `bytes` of a body have come: the time that is left grows, see tri_limits.rate_bytes. */
void tri_step_progress(struct tri_step *step, size_t bytes);

/* `bytes` have gone to the kernel, so the client takes some. */
void tri_step_sent(struct tri_step *step, size_t bytes);

/* Has a client that takes nothing used up its time? */
bool tri_step_is_late(struct tri_step *step);

/* Have the present phase end within `span_ns`, if it would not sooner. */
void tri_step_hurry(struct tri_step *step, int64_t span_ns);

/* The most unread bytes that a connection may keep: a whole read behind the largest head. */
size_t tri_step_input_cap(const struct tri_conn *conn);

/* Hand all gathered output to the kernel. GO: it has all of it. */
enum tri_move tri_step_flush(struct tri_step *step);

/* The same, when a file is sent behind it at once: one packet can then begin with both. */
enum tri_move tri_step_flush_before_file(struct tri_step *step);

/* The client takes no bytes now: keep `unsent` (may be empty) and wish to write. Always STOP. */
enum tri_move tri_step_blocked(struct tri_step *step, struct tri_slice unsent);

/* Flush, then wish. Always STOP. */
enum tri_move tri_step_wait(struct tri_step *step, unsigned bits, int64_t deadline_ns);

/*
 * Get more input, or wait for it. GO: bytes have come, or conn->eof is set, or *ret_expired: the
 * phase's deadline has passed without any.
 */
enum tri_move tri_step_receive(struct tri_step *step, bool *ret_expired);

/* Close at once; wishes CLOSE. Always STOP. */
enum tri_move tri_step_end(struct tri_step *step);

/*
 * Answer with a refusal and interpret nothing more (RFC 9112 11.2); after the head of a reply has
 * gone out, only end (phases.c). Always GO.
 */
enum tri_move tri_step_refuse(struct tri_step *step, const struct tri_refusal *refusal);

/* Do what the present phase can do now (phases.c). */
enum tri_move tri_step_advance(struct tri_step *step);

/*
 * The work of TRI_PHASE_PROXY (arrival.c), TRI_PHASE_SECURE (secure.c), TRI_PHASE_HANDLE (handle.c)
 * and TRI_PHASE_SEND (send.c).
 */
enum tri_move tri_step_meet(struct tri_step *step);
enum tri_move tri_step_secure(struct tri_step *step);
enum tri_move tri_step_handle(struct tri_step *step);
enum tri_move tri_step_send(struct tri_step *step);

/* Call the open exchange's handler once, whatever its kind (handle.c). */
struct tri_next tri_step_call(struct tri_conn *conn);

/*
 * Move on in the request's body, while a handler wants it or while it is skipped (handle.c).
 *   returns  GO: there is a piece, or the body is done, or the phase has changed, or try again
 */
enum tri_move tri_step_more_body(struct tri_step *step);

/* Decide whether the connection may stay, and count it; the reverse (arrival.c). */
void tri_conn_admit(struct tri_conn *conn, int64_t now_ns);
void tri_conn_leave(struct tri_conn *conn);

/* One call of a step while a blocking handler runs: no further than it (straight.c). */
void tri_step_act(struct tri_step *step);

/* The handler is about to be called: it can be woken from now on (handle.c). */
void tri_open_arm(struct tri_open *open, struct tri_conn *conn);

/* Free the open exchange, if there is one (conn.c). */
void tri_conn_close_exchange(struct tri_conn *conn);
