/*
 * request.h - one parsed request as handlers see it.
 *
 * Ownership: every slice lives in the arena of its exchange, so it is valid for as long as the
 * exchange is open, across all calls of a handler. Written by http/parser.c and the router only.
 */
#pragma once

#include "server/base/slice.h"
#include "server/http/method.h"
#include "server/http/target.h"

#include <stdbool.h>
#include <stdint.h>

struct tri_field {
    struct tri_slice name;  /* as sent; compare without case        */
    struct tri_slice value; /* without leading and trailing blanks  */
};

struct tri_fields {
    struct tri_field *at; /* in the arena */
    uint32_t count;
    uint32_t room;
};

#define TRI_PARAMS_MAX 8 /* parameters of one route pattern, checked when routes are added */

struct tri_request {
    enum tri_method method;
    int version_minor; /* HTTP/1.0 or HTTP/1.1 */
    struct tri_target target;
    struct tri_slice host; /* authority of an absolute target, else Host; may be empty */
    struct tri_fields fields;
    struct tri_fields trailers; /* known once the body is complete; never merged with fields */
    int64_t content_length;     /* bytes; -1 when the body is chunked, 0 when there is none */
    bool chunked;
    bool keep_alive;      /* what the client wants, RFC 9112 9.3 */
    bool expect_continue; /* RFC 9110 10.1.1, never true for HTTP/1.0 */
    uint32_t param_count;
    struct tri_field params[TRI_PARAMS_MAX]; /* ":id", "*path" of the matched route, by name */
};

/* The value of the first field called `name`, or NULL. */
const struct tri_slice *tri_fields_find(const struct tri_fields *fields, struct tri_slice name);

/* The value of the route parameter called `name`; empty when the route has none such. */
struct tri_slice tri_request_param(const struct tri_request *request, const char *name);
