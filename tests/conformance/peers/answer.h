/*
 * answer.h - a reader of any server's answers, as lenient as a client in the wild.
 *
 * tests/support/response.h demands of answers what tri-httpd promises; here stands another server,
 * and no row may fail because of how a field of its answer is spelled.
 */
#pragma once

#include "server/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

enum answer_state {
    ANSWER_NONE, /* there is not a byte */
    ANSWER_PART, /* there are too few */
    ANSWER_WHOLE,
    ANSWER_NONSENSE, /* no status line, or framing that no client can follow */
};

struct answer {
    int status;            /* 0 as long as the head is not whole */
    struct tri_slice head; /* borrowed; with its empty line */
    char *body;            /* owned; without its framing */
    size_t body_bytes;
    bool closes; /* it says that the connection ends, or only its end delimits the body */
    size_t used; /* bytes that it took */
};

/*
 * Read the answer at the front of `bytes`.
 *   eof      no bytes follow these
 *   to_head  it answers a HEAD: there is no body
 *   answer   overwritten; to be freed, whatever is returned
 */
enum answer_state answer_read(struct answer *answer, struct tri_slice bytes, bool eof,
                              bool to_head);

void answer_free(struct answer *answer);

/* The value of the first field of that name; false: there is none. */
bool answer_field(const struct answer *answer, struct tri_slice name, struct tri_slice *ret_value);
