/*
 * head.h - what the lines of a head mean, and which of them a server must refuse.
 *
 * Request line and framing fields are judged line by line, before llhttp sees them, if it does at
 * all (parser.c): its versions differ there, and an attacker looks for such differences. What needs
 * the whole head (Host, Connection, Expect) is judged once it is cut into fields.
 */
#pragma once

#include "server/base/slice.h"
#include "server/http/limits.h"
#include "server/http/refusal.h"
#include "server/http/request.h"

#include <stdbool.h>
#include <stdint.h>

/* Facts gathered line by line. Zero-initialised: nothing seen. */
struct tri_head {
    enum tri_method method; /* TRI_METHOD_NONE until the request line was seen */
    int version_minor;      /* 0, or 1 for every higher one */
    size_t target_at;       /* bytes from the start of the request line */
    size_t target_bytes;
    uint32_t lines; /* field lines */
    bool has_tab;   /* behind the value of a framing field */
    bool has_length;
    bool chunked;
    int64_t content_length; /* 0 when there is none */
};

/* Take a request line (RFC 9112 3); false with *refusal set: 400, 414, 501, 505. */
bool tri_head_request_line(struct tri_head *head, struct tri_slice line,
                           const struct tri_limits *limits, struct tri_refusal *refusal);

/*
 * Take one field line (RFC 9112 5, 6); false with *refusal set: 400, 413, 431, 501.
 *   *field   the line cut at its colon: slices of it
 */
bool tri_head_field_line(struct tri_head *head, struct tri_slice line,
                         const struct tri_limits *limits, struct tri_field *field,
                         struct tri_refusal *refusal);

/*
 * Is `line`, which has no end yet, already the line of a method longer than any that is known?
 * Such a request is to be answered 501 (RFC 9112 3).
 */
bool tri_head_has_long_method(struct tri_slice line);

/*
 * Rewrite a whole head, whose lines were all taken, to what it means: llhttp takes no tab behind
 * a framing field, which is legal (RFC 9112 5.1), and no HTTP/1.2.
 *   text     begins with the request line
 */
void tri_head_plain(const struct tri_head *head, char *text, size_t len);

/*
 * Take one line of a trailer section (RFC 9110 6.5.1); false with *refusal set: 400, 431.
 *   *lines   counts them
 */
bool tri_head_trailer_line(uint32_t *lines, struct tri_slice line, const struct tri_limits *limits,
                           struct tri_refusal *refusal);

/*
 * Judge and apply the fields of a whole head: Host, Connection, Expect, and some that would leave
 * it open what the body is.
 *   request  method, version, target, fields and framing are set; host, keep_alive and
 *            expect_continue become so
 *   returns  false with *refusal set: 400, 417
 */
bool tri_head_judge(struct tri_request *request, struct tri_refusal *refusal);
