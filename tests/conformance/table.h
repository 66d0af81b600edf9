/*
 * table.h - what a client sends and what has to come back, one row each.
 *
 * A topic is a table of rows and the flags of the server they are for. Each row is run against
 * every mode, plain and over TLS (test_tables.c), and its bytes are cut at every place
 * (test_identity.c). To add a row, add a line to a file in tables/; to add a topic, add it to
 * TOPIC_MAP too.
 *
 * Rows of a topic share servers, so none may depend on another.
 */
#pragma once

#include "server/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

enum row_end {         /* what happens to the connection after the last answer */
               STAYS,  /* it answers another request */
               CLOSES, /* the last answer says so, and nothing behind the row's bytes is interpreted
                        */
               DROPS,  /* the same, but the answer had gone out when the server found that it has to
                        */
               LEAVES, /* the client ends its side right behind the bytes, over TLS by close_notify;
                          the server answers and ends */
};

enum row_flag {
    EXPAND = 1, /* {c*N} in `send`: N times c; {c=N}: as many as make `send` N bytes long */
    VARIES = 2, /* the answer depends on time or mode: nothing for the identity test */
    PLAIN = 4,  /* over TLS it means something else: that is a row of its own */
    SECURE = 8, /* it is for TLS only */
};

struct row {
    const char *name;      /* a claim */
    const char *source;    /* "RFC 9112 2.2", or what else demands it */
    struct tri_slice send; /* in one piece */
    /*
     * The statuses, in order, parted by blanks. "200-": the answer to a HEAD; "200!": cut short by
     * the end of the connection, and over TLS there is no close_notify then; "100?": may be left
     * out.
     */
    const char *answers;
    enum row_end end;
    unsigned flags;        /* enum row_flag */
    const char *body;      /* of the last answer; NULL: any */
    const char *fields;    /* of the last answer: "Name: value", "Name", "!Name": absent; by '\n' */
    struct tri_slice then; /* sent after the first answer has come */
    const char *holds;     /* what the last answer's body has somewhere, and "!what" not, by '\n' */
};

struct topic {
    const char *name;
    const struct row *rows;
    size_t count;
    const char *flags[6]; /* of the server, NULL-terminated */
    bool root;            /* it serves the folder of root.h */
};

#define TOPIC_MAP(X)                                                                               \
    X(line)                                                                                        \
    X(target)                                                                                      \
    X(authority)                                                                                   \
    X(fields)                                                                                      \
    X(framing)                                                                                     \
    X(chunked)                                                                                     \
    X(methods)                                                                                     \
    X(persistence)                                                                                 \
    X(pipelines)                                                                                   \
    X(routing)                                                                                     \
    X(expect)                                                                                      \
    X(files)                                                                                       \
    X(files_coding)                                                                                \
    X(files_conditional)                                                                           \
    X(files_listing)                                                                               \
    X(files_ranges)                                                                                \
    X(files_site)                                                                                  \
    X(limits)

#define X(id) extern const struct topic topic_##id;
TOPIC_MAP(X)
#undef X

/* --- for the tables --- */

#define BYTES(literal)                                                                             \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    } /* may hold NULs */
#define HOST "Host: a\r\n"
#define GET "GET /hello HTTP/1.1\r\n"
#define POST "POST /echo HTTP/1.1\r\n"
#define END "\r\n"
#define HELLO "Hello, world!"
#define TOPIC(id, ...)                                                                             \
    const struct topic topic_##id = {#id, rows, sizeof(rows) / sizeof(rows[0]), __VA_ARGS__}
