/*
 * response.h - one response after the other, out of bytes that come cut anywhere.
 *
 * The first response to a request is read by llhttp from end to end. When it is of fixed length
 * and keeps the connection, its head is remembered (struct tri_known); a later response that
 * begins with the very same bytes means the very same, so its head is compared instead of parsed.
 * Any difference, and any head that is cut by a read, goes to llhttp.
 *
 * No system call, no clock.
 */
#pragma once

#include <llhttp.h>

#include "loadtest/plan.h"
#include "server/base/slice.h"

#define TRI_KNOWN_HEAD_MAX 1024
#define TRI_RESPONSE_HEAD_MAX 65536 /* a longer head is no response */

/* A head that llhttp has read. */
struct tri_known {
    uint32_t head_len; /* 0: none yet */
    uint16_t status;
    uint64_t body_len;
    char head[TRI_KNOWN_HEAD_MAX];
};

enum tri_read { TRI_READ_MORE, TRI_READ_DONE, TRI_READ_INVALID };

enum tri_reading_state { TRI_READING_NOTHING, TRI_READING_PARSED, TRI_READING_KNOWN };

struct tri_reading {
    enum tri_reading_state state;
    bool is_head;          /* the request was HEAD */
    bool was_known;        /* the finished response was compared, not parsed */
    bool keeps_connection; /* of the finished response, as are the following */
    bool is_matched;       /* the body held the text that is expected */
    bool has_ended;        /* llhttp has seen the last byte */
    bool is_in_body;
    uint16_t status;
    uint16_t match;     /* bytes of the expected text that the last bytes of the body equal */
    uint32_t head_len;  /* bytes fed so far while in the head */
    uint64_t body_len;  /* bytes of the body so far */
    uint64_t body_left; /* KNOWN: still to come */
    const struct tri_expectation *expect; /* borrowed */
    llhttp_t parser;
};

/* Nothing was received yet on this connection. */
void tri_reading_init(struct tri_reading *reading, const struct tri_expectation *expect);

/*
 * Read on.
 *   known    of the request that is being answered; learned from and compared with
 *   *used    bytes consumed; the rest belongs to the next response
 *   returns  DONE: a final response is complete, and status, body_len and so on describe it until
 *            the next call. Interim (1xx) responses are skipped.
 */
enum tri_read tri_reading_feed(struct tri_reading *reading, struct tri_known *known, bool is_head,
                               struct tri_slice bytes, size_t *used);

/* The connection has ended: DONE when that is how this response ends, MORE when it was cut. */
enum tri_read tri_reading_end(struct tri_reading *reading);

/* The finished response is what was asked for, as far as the plan says what that is. */
bool tri_reading_is_expected(const struct tri_reading *reading);

/* Prepare the search for expect->body; false without memory. */
bool tri_expectation_prepare(struct tri_expectation *expect);
