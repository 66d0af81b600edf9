/*
 * rows.h - play rows of a table against a server.
 */
#pragma once

#include "tests/conformance/table.h"
#include "tests/support/server.h"

#include <stdbool.h>

struct tri_error;

/* Sent behind a row, to see that it is answered, or that it is not; and the body of its answer. */
#define ROW_PROBE TRI_SLICE("GET /users/probe HTTP/1.1\r\nHost: a\r\n\r\n")
#define ROW_PROBED TRI_SLICE("{\"id\":\"probe\"}")

/* One of row->answers. */
struct row_answer {
    int status;
    bool to_head, cut, optional; /* behind the status: '-', '!', '?' */
};

/* The next of `*list`, and move behind it; false at its end. */
bool row_answer_next(const char **list, struct row_answer *ret_answer);

/* What the row sends, expanded; to be freed. `then` is not part of it. */
char *row_bytes(const struct row *row, size_t *ret_len);

/* Does the i-th answer of the row (0: the first) belong to a HEAD? Counts "100?" too. */
bool row_is_to_head(const struct row *row, size_t i);

/*
 * Send the row and judge all that comes back, up to the next request or the end.
 *   returns  false with *why: what came instead
 */
bool row_play(const struct row *row, const struct support_server *server, struct tri_error *why);

/* Does the row hold for a connection of this kind? */
bool row_is_for(const struct row *row, enum support_transport transport);

/* Start a server as the topic wants it; its folder must be there (root.h). */
bool topic_start(const struct topic *topic, struct support_server *server,
                 enum support_transport transport, const char *mode, struct tri_error *error);
