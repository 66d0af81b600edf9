/*
 * replies.h - the client's reading side of wire.h: one reply after the other.
 */
#pragma once

#include "server/base/slice.h"

#include <stdbool.h>

struct reply {
    int status;
    struct tri_slice head; /* borrowed from wire.out, with its empty line     */
    struct tri_slice body; /* as sent: chunks if chunked                      */
    bool whole;            /* all of the body that the head promises has come */
};

/* The next reply; false when there is none. Interim replies (1xx) count. */
bool wire_reply(struct reply *reply);

/* The next reply must be there, whole, and have this status. */
struct reply wire_expect(int status);

/* Nothing more was sent. */
void wire_expect_end(void);

/* Is `line`, such as "Connection: close", one of its fields? */
bool has_field(const struct reply *reply, const char *line);
