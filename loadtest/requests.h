/*
 * requests.h - the bytes of all requests, made before the first one is sent.
 *
 * A file of requests has the form that editors know as .http:
 *
 *     ### weight=3
 *     GET /hello
 *     Accept: text/plain
 *
 *     ### weight=1
 *     POST /echo
 *     Content-Type: application/json
 *
 *     {"the body": "ends before the next ###"}
 *
 * Host, Content-Length and, with --close, Connection are added where they are missing. A line
 * "@FILE" as the whole body stands for the bytes of that file.
 */
#pragma once

#include "loadtest/plan.h"
#include "server/base/slice.h"

/* What the command line says about each request. */
struct tri_request_spec {
    const char *method; /* NULL: GET, or POST when there is a body */
    struct tri_slice body;
    const char *fields[TRI_FIELDS_MAX]; /* "Name: value" */
    unsigned field_count;
};

/* Make the one request of a plan without a file. */
bool tri_requests_from_spec(struct tri_plan *plan, const struct tri_request_spec *spec,
                            struct tri_error *error);

/* Make all requests of a file's text; `spec` gives the fields that each gets as well. */
bool tri_requests_from_text(struct tri_plan *plan, struct tri_slice text,
                            const struct tri_request_spec *spec, struct tri_error *error);

/* Read a whole file, at most 64 MiB; the bytes are the caller's to free. */
bool tri_file_read(const char *path, char **ret_bytes, size_t *ret_len, struct tri_error *error);

/* Make the cycle out of the weights: each request as often as it weighs, spread evenly. */
bool tri_requests_cycle(struct tri_plan *plan, struct tri_error *error);
