/*
 * drive.h - what the core is to a handler, without a server: one exchange and its output.
 *
 *     struct drive d;
 *     drive_open(&d, TRI_METHOD_GET, "/sleep", "ms=5");
 *     next = drive_call(&d, &tri_handler_sleep);     once, as often as the test likes
 *     drive_finish(&d, &tri_handler_sleep);          or until it is done
 *     drive_close(&d);
 */
#pragma once

#include "server/http/exchange.h"

#include <stdbool.h>
#include <stddef.h>

#define DRIVE_START_NS (1000 * INT64_C(1000000000))

struct drive {
    struct tri_request request;
    struct tri_field fields[8]; /* of the request */
    struct tri_arena arena;
    struct tri_exchange x;
    struct tri_output output;
    char room[65536];
    char *sent; /* owned; all that has left the output, NUL-terminated */
    size_t sent_len;
    unsigned calls;        /* of the handler */
    struct tri_slice body; /* of the request, not yet given to the handler */
    size_t piece_bytes;    /* of it per call, 0: all at once */
};

void drive_open(struct drive *d, enum tri_method method, const char *path, const char *query);
void drive_close(struct drive *d);

/* Give the output room for `bytes` only. */
void drive_narrow(struct drive *d, size_t bytes);

/* Add a request field or a parameter of the route; the texts are borrowed. */
void drive_field(struct drive *d, const char *name, const char *value);
void drive_param(struct drive *d, const char *name, const char *value);

/* Call the handler once; whether it streams or replies is seen in d->x. */
struct tri_next drive_call(struct drive *d, const struct tri_handler *handler);

/* Take what is in the output away, as a socket would. */
void drive_flush(struct drive *d);

/*
 * Run a blocking handler, as a driver does: no output, one call. What it waits for is granted as
 * drive_finish() does it. Then write the reply's end.
 */
void drive_run(struct drive *d, const struct tri_handler *handler);

/*
 * Grant all that the handler wants, advancing the time without waiting, until it is done; then
 * write the reply's end. The parts of a reply are appended to `sent`, too, a file's among them.
 */
void drive_finish(struct drive *d, const struct tri_handler *handler);

/* The status, and the value of a field of the reply ("" when it has none such). */
int drive_status(const struct drive *d);
const char *drive_reply_field(const struct drive *d, const char *name);

/* The parts of a reply, one behind the other; NULL when its file is too short. Owned. */
char *drive_parts(const struct drive *d, size_t *ret_len);

/* The body behind the head in `sent`, with chunks undone (in place, once). */
struct tri_slice drive_body(struct drive *d);

/* Is the body exactly `text`? */
bool drive_body_is(struct drive *d, const char *text);

/* Is `part` somewhere in `text`, or nowhere? */
bool drive_has(const char *text, const char *part);
bool drive_lacks(const char *text, const char *part);
