/*
 * response.h - a reader of responses that accepts nothing but the grammar.
 *
 * It shares no code with the server. What it demands beyond RFC 9112: single blanks where the
 * server sends single blanks, each field once, a Date in every final response, and "Connection:
 * close" with each body that only the end of the connection delimits.
 */
#pragma once

#include "server/base/slice.h"

#include <stdbool.h>

enum support_parse { SUPPORT_MORE, SUPPORT_WHOLE, SUPPORT_MALFORMED };

enum { SUPPORT_FIELDS = 32 };

struct support_response {
    int status;            /* 0 as long as the head is not whole */
    struct tri_slice head; /* borrowed from the bytes; status line to empty line */
    struct {
        struct tri_slice name, value; /* borrowed */
    } fields[SUPPORT_FIELDS];
    size_t field_count;
    char *body; /* owned; without its framing; after SUPPORT_MORE what there is of it, if that is
                   all */
    size_t body_bytes;
    bool close;        /* it says that the connection ends */
    size_t used;       /* bytes it took */
    const char *fault; /* after SUPPORT_MALFORMED; static */
};

/*
 * Read the response at the front of `bytes`.
 *   eof       no bytes follow these
 *   to_head   it answers a HEAD: there is no body
 *   response  overwritten; to be freed, whatever is returned
 *   returns   SUPPORT_MORE also when eof cuts it short
 */
enum support_parse support_response_parse(struct support_response *response, struct tri_slice bytes,
                                          bool eof, bool to_head);

void support_response_free(struct support_response *response);

/* The value of a field, or NULL. */
const struct tri_slice *support_response_field(const struct support_response *response,
                                               const char *name);
