/*
 * messages.h - requests and what the RFCs make of them: the table that parser tests walk.
 */
#pragma once

#include "server/base/slice.h"

#include <stddef.h>

struct message {
    const char *rule;       /* where it is written, and what it says */
    struct tri_slice bytes; /* one or more requests */
    int status;             /* of the refusal it ends with; 0: all of it is accepted */
};

extern const struct message messages[];
extern const size_t message_count;
