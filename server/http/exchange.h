/*
 * exchange.h - one request and its reply, as a handler sees them: all that a handler may touch.
 *
 * A handler is one function called with an exchange. It looks at `request`, replies, and returns
 * what should happen next. There are three kinds, and they differ only in what they return:
 *
 *     inline    replies at once:                         return tri_reply(...);
 *     step      is called again when time has passed,    return tri_next_at(t);
 *               output has room, or body has come, and   return tri_next_room();
 *               keeps its place in x->state              return tri_next_body();
 *     blocking  (flagged TRI_WAITS or TRI_CPU) straight-line code in one call: may block its thread
 *               or burn CPU, and may read, write and sleep by the calls of http/straight.h
 *
 * A handler cannot see a socket, a thread or a mode, which is why it is written once. What it
 * may not do: keep a pointer to the exchange after its last call, or block unless flagged.
 * Memory: everything of the exchange lives in x->arena and dies with it; there is nothing to free.
 */
#pragma once

#include "server/base/arena.h"
#include "server/base/ip.h"
#include "server/base/secured.h"
#include "server/base/slice.h"
#include "server/base/waker.h"
#include "server/http/refusal.h"
#include "server/http/request.h"
#include "server/http/response.h"
#include "server/http/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes on their way out: memory of the workspace, lent for one step. */
struct tri_output {
    char *at;    /* borrowed */
    size_t len;  /* bytes written, replies of earlier exchanges included */
    size_t room; /* bytes in all */
};

struct tri_exchange;
struct tri_deferred; /* private to exchange.c */

/* What a handler wants after it returns. */
enum tri_next_kind { TRI_NEXT_DONE, TRI_NEXT_AT, TRI_NEXT_ROOM, TRI_NEXT_BODY };
struct tri_next {
    enum tri_next_kind kind;
    int64_t at_ns; /* TRI_NEXT_AT only */
};

typedef struct tri_next tri_handle(struct tri_exchange *x);

struct tri_exchange {
    const struct tri_request *request; /* borrowed; lives as long as the exchange  */
    struct tri_arena *arena;           /* borrowed; memory of this exchange        */
    const void *context;               /* the route's, borrowed; see tri_route     */
    struct tri_ip client;              /* who asks, behind trusted proxies          */
    const struct tri_secured *secured; /* borrowed; the TLS of this connection; NULL: none */
    const char
        *client_name; /* borrowed; who its certificate says the client is, where that counts */
    bool is_secure;   /* the client speaks TLS, with us or with a trusted proxy */
    void *state;      /* the handler's own; NULL at its first call */
    int64_t now_ns;   /* CLOCK_MONOTONIC at the start of this call */
    bool draining;    /* the server is stopping: endless replies should end */
    struct tri_response response;

    /*
     * Wakes this exchange, from any thread: a handler that waits for a time (tri_next_at) is called
     * again. Who keeps a pointer to it strikes it off again before the exchange ends, at the latest
     * by tri_exchange_defer(). Look for what you wait for after you have left it with somebody:
     * then none is lost.
     */
    struct tri_waker waker;

    /* The rest belongs to http/exchange.c and core. */
    struct tri_output *output; /* borrowed for the call; NULL in a blocking handler */
    /*
     * Of a blocking handler, else NULL: call `step` with `state` in x->state, as a step handler is
     * called, until it is done. False: the reply is not wanted any more.
     */
    bool (*run_step)(struct tri_exchange *x, tri_handle *step, void *state);
    struct tri_deferred *deferred; /* the last; in the arena */
    struct tri_slice date;         /* for the head of a stream */
    enum tri_framing framing;
    bool head_written;
    bool failed;            /* out of memory or of output it was promised: answer 500 or close */
    int64_t stream_left;    /* bytes a stream with a length still owes */
    struct tri_slice piece; /* body bytes at hand, not yet taken */
    bool body_done;         /* the whole request body has been seen */
};

enum {
    TRI_WAITS = 1,  /* blocking: waits                                                       */
    TRI_CPU = 2,    /* blocking: computes                                                    */
    TRI_ALWAYS = 4, /* inline, and cheap: also answers local clients of a server that is full */
};

struct tri_handler {
    const char *name; /* "sleep": its name in configuration files */
    tri_handle *handle;
    unsigned flags;      /* TRI_WAITS, TRI_CPU, TRI_ALWAYS; 0: inline or step */
    unsigned methods;    /* the methods it takes; GET brings HEAD with it */
    const char *summary; /* one line for people */
};

static inline struct tri_next tri_next_done(void)
{
    return (struct tri_next){TRI_NEXT_DONE, 0};
}

/*
 * Call me again at `at_ns` (CLOCK_MONOTONIC; TRI_NEVER), or before when x->waker is woken, or the
 * server begins to drain. What was streamed until now is sent meanwhile.
 */
static inline struct tri_next tri_next_at(int64_t at_ns)
{
    return (struct tri_next){TRI_NEXT_AT, at_ns};
}

/* Call me again when there is room for output. */
static inline struct tri_next tri_next_room(void)
{
    return (struct tri_next){TRI_NEXT_ROOM, 0};
}

/* Call me again when more of the request body has come, or it is complete. */
static inline struct tri_next tri_next_body(void)
{
    return (struct tri_next){TRI_NEXT_BODY, 0};
}

/* Reply with bytes that live as long as the exchange (arena or static). */
struct tri_next tri_reply(struct tri_exchange *x, int status, struct tri_slice type,
                          struct tri_slice body);

/* Reply with formatted text/plain; a newline is up to the format. */
struct tri_next tri_reply_printf(struct tri_exchange *x, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Reply with what is wrong, one sentence in text/plain. An error page of the configuration may
 * stand in for it, which no other reply of a handler lets happen to itself.
 *   status  400-599
 */
struct tri_next tri_reply_error(struct tri_exchange *x, int status, struct tri_slice sentence);

/* 500: the memory of this exchange is used up. */
struct tri_next tri_reply_exhausted(struct tri_exchange *x);

/*
 * Reply with parts of memory and of a file.
 *   parts   borrowed; they and their memory live as long as the exchange or `hold`
 *   file    borrowed from `hold`, or -1; the file must have the bytes: if it is cut short
 *           meanwhile the connection closes
 *   hold    ownership is taken, whatever happens
 */
struct tri_next tri_reply_parts(struct tri_exchange *x, int status, struct tri_slice type,
                                const struct tri_part *parts, uint32_t count, int file,
                                struct tri_hold hold);

/*
 * Release `hold` when the exchange ends, however it ends: replied to, or its client vanished. Those
 * deferred last go first. Ownership is taken.
 *   returns  false: out of memory, and it has been released already
 */
bool tri_exchange_defer(struct tri_exchange *x, struct tri_hold hold);

/*
 * Before tri_stream_begin(): keep `hold` until the stream is over, however it ends. Ownership is
 * taken.
 */
void tri_stream_hold(struct tri_exchange *x, struct tri_hold hold);

/*
 * The rest of the body cannot be had: return tri_next_done(). The connection then ends without the
 * end of the body, so that the client sees a reply cut short; before the head it is a 500.
 */
void tri_stream_fail(struct tri_exchange *x);

/* Add a response field before the reply; text as for tri_reply. Asserts room for it. */
void tri_reply_field(struct tri_exchange *x, struct tri_slice name, struct tri_slice value);

/*
 * Add field lines that were prepared long before: whole ones, each with its CRLF, as they will be
 * sent. Trusted; text as for tri_reply, or held.
 */
void tri_reply_lines(struct tri_exchange *x, struct tri_slice lines);

/*
 * Begin a reply whose body follows piece by piece.
 *   length   bytes that will follow in all, or -1 when not known
 *   returns  false when the head does not fit the output now: return tri_next_room() and begin
 *            again in the next call, fields included (those added so far are forgotten).
 *            tri_stream_has_begun() tells the calls apart. In a blocking handler this waits for
 *            room; false: nobody will read it, return.
 */
bool tri_stream_begin(struct tri_exchange *x, int status, struct tri_slice type, int64_t length);
bool tri_stream_has_begun(const struct tri_exchange *x);

/*
 * Append to the body of a stream, framed as the reply needs it.
 *   returns  bytes accepted: fewer than bytes.len, down to 0, when the output is full (then
 *            return tri_next_room()) or when no body may follow (HEAD); never more than `length`
 */
size_t tri_stream_write(struct tri_exchange *x, struct tri_slice bytes);

/* Request body at hand, possibly empty; tri_body_take drops bytes from its front. */
struct tri_slice tri_body_piece(const struct tri_exchange *x);
void tri_body_take(struct tri_exchange *x, size_t bytes);

/* True when the body has ended and every byte of it was taken. */
bool tri_body_is_done(const struct tri_exchange *x);

/*
 * A whole number from the query, for the laboratory's handlers.
 *   returns  false when it is malformed or out of range: the 400 has then been replied already,
 *            with a sentence; `return tri_next_done()`. Absent: *ret_value is the fallback.
 */
bool tri_query_number(struct tri_exchange *x, const char *name, int64_t min, int64_t max,
                      int64_t fallback, int64_t *ret_value);

/* --- for core --- */

/* Ready an exchange for one request. */
void tri_exchange_init(struct tri_exchange *x, const struct tri_request *request,
                       struct tri_arena *arena);

/*
 * Write the head of a reply made by tri_reply*() to the output; false when it does not fit yet.
 */
bool tri_exchange_head(struct tri_exchange *x);

/* The exchange is over: release what was deferred and what the reply holds. */
void tri_exchange_deinit(struct tri_exchange *x);

/* Write the end of a stream (the last chunk); false when it does not fit yet. */
bool tri_exchange_end(struct tri_exchange *x);
