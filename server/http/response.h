/*
 * response.h - what is answered, and its framing: the only place that decides between a length,
 * chunks, no body and closing (RFC 9112 6, 9.3).
 *
 * Ownership: text is borrowed and lives at least as long as the exchange (arena or static);
 * `file` is owned by the response until tri_response_deinit.
 */
#pragma once

#include "server/base/slice.h"
#include "server/http/request.h"

#include <stdbool.h>
#include <stdint.h>

#define TRI_RESPONSE_FIELDS 12 /* fields a handler may add */

enum tri_body {
    TRI_BODY_MEMORY, /* all of it in `memory`                           */
    TRI_BODY_FILE,   /* `length` bytes of `file` from `file_offset`     */
    TRI_BODY_STREAM, /* written piece by piece; `length` -1: not known  */
};

struct tri_response {
    int status;
    struct tri_slice type;                            /* Content-Type, empty: none */
    struct tri_field fields[TRI_RESPONSE_FIELDS];     /* further fields */
    uint32_t field_count;
    enum tri_body body;
    struct tri_slice memory;
    int file;                                         /* owned, -1 when none */
    int64_t file_offset;
    int64_t length;                                   /* body bytes, -1 for a stream without one */
    bool close;                                       /* the connection ends after this */
};

/* How the body travels; derived by tri_response_head, never set by handlers. */
enum tri_framing {
    TRI_FRAMING_NONE,    /* no body goes out: HEAD, 1xx, 204, 304 */
    TRI_FRAMING_LENGTH,  /* exactly response->length bytes        */
    TRI_FRAMING_CHUNKED, /* chunks, then the last chunk           */
    TRI_FRAMING_CLOSE,   /* until the end of the connection (HTTP/1.0 without a length) */
};

void tri_response_init(struct tri_response *response);

/* Close `file` if owned. */
void tri_response_deinit(struct tri_response *response);

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
