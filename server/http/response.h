/*
 * response.h - what is answered, and its framing: the only place that decides between a length,
 * chunks, no body and closing (RFC 9112 6, 9.3).
 *
 * Ownership: text is borrowed and lives at least as long as the exchange (arena, static, or held).
 * What lives longer than an exchange and shorter than the server, such as an open file of a cache,
 * is held: the response gives it back when it is done with it.
 */
#pragma once

#include "server/base/slice.h"
#include "server/http/policy.h"
#include "server/http/request.h"

#include <stdbool.h>
#include <stdint.h>

#define TRI_RESPONSE_FIELDS 12 /* fields a handler may add */

/* What a reply keeps alive: release(of) is called once, from any thread; NULL: nothing. */
struct tri_hold {
    void (*release)(void *of);
    void *of;
};

/* One piece of a body that is known in advance. */
struct tri_part {
    const char *memory; /* NULL: bytes of the response's file, from `offset` */
    int64_t offset;
    int64_t length; /* bytes */
};

enum tri_body {
    TRI_BODY_PARTS,  /* `parts`, one behind the other       */
    TRI_BODY_STREAM, /* written piece by piece; `length` -1: not known  */
};

struct tri_response {
    int status;
    struct tri_slice type; /* Content-Type, empty: none */
    uint32_t field_count;
    struct tri_slice lines;          /* and whole lines, prepared, each with its CRLF */
    const struct tri_policy *policy; /* borrowed, NULL: none; set by core */
    enum tri_body body;
    bool is_plain_error;          /* an error page of the policy may stand in for it */
    bool close;                   /* the connection ends after this */
    struct tri_part whole;        /* the only part, as a rule                       */
    const struct tri_part *parts; /* or several, borrowed; NULL: `whole`            */
    uint32_t part_count;          /* of parts; with `whole` 1                       */
    int file;                     /* borrowed from `hold`; -1 when none */
    struct tri_hold hold;         /* owned */
    int64_t length;               /* body bytes, -1 for a stream without one */
    struct tri_field fields[TRI_RESPONSE_FIELDS]; /* further fields; the last member, see init */
};

/* How the body travels; derived by tri_response_head, never set by handlers. */
enum tri_framing {
    TRI_FRAMING_NONE,    /* no body goes out: HEAD, 1xx, 204, 304 */
    TRI_FRAMING_LENGTH,  /* exactly response->length bytes        */
    TRI_FRAMING_CHUNKED, /* chunks, then the last chunk           */
    TRI_FRAMING_CLOSE,   /* until the end of the connection (HTTP/1.0 without a length) */
};

/* 200 and an empty body. Room for fields is left as it is: to clear it costs more than the rest. */
void tri_response_init(struct tri_response *response);

/* Release what is held. Safe to repeat. */
void tri_response_deinit(struct tri_response *response);

/* The i-th part of a body in parts. */
static inline const struct tri_part *tri_response_part(const struct tri_response *response,
                                                       uint32_t i)
{
    return response->parts ? &response->parts[i] : &response->whole;
}

/*
 * Write status line and fields, and decide the framing.
 *   request  its method and version decide framing and persistence; borrowed; NULL for a refusal
 *            of a message that could not be read (then HTTP/1.1 and close)
 *   date     TRI_DATE_BYTES of text for the Date field
 *   at,room  where to write
 *   returns  bytes written, or 0 when `room` is too small: nothing is written then. Sets
 *            response->close when the framing needs it.
 */
size_t tri_response_head(struct tri_response *response, const struct tri_request *request,
                         struct tri_slice date, char *at, size_t room, enum tri_framing *framing);
