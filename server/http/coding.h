/*
 * coding.h - which content codings a client takes (Accept-Encoding, RFC 9110 12.5.3).
 */
#pragma once

#include "server/base/slice.h"
#include "server/http/request.h"

#include <stdint.h>

/* In the order that the server prefers when the client does not care: the best first. */
enum tri_coding { TRI_CODING_BROTLI, TRI_CODING_ZSTD, TRI_CODING_GZIP, TRI_CODING_IDENTITY };
#define TRI_CODING_COUNT 4

/* Weights in thousandths by enum tri_coding; 0: not acceptable. */
struct tri_codings {
    uint16_t weight[TRI_CODING_COUNT];
};

/*
 * What the fields of a request accept. Without the field: identity alone, since a client that
 * says nothing may understand nothing. "*" stands for the codings that are not named; identity is
 * acceptable unless named or covered by "*;q=0". Repeated fields count as one list; a malformed
 * member is passed over, and of a repeated one the highest weight counts. "x-gzip" is gzip (RFC
 * 9110 8.4.1.3). Identity that is not spoken of weighs 1, so that what was asked for comes first.
 */
struct tri_codings tri_coding_accepted(const struct tri_fields *fields);

/*
 * The best of the codings at hand (bit i: enum tri_coding i), by weight, then by the server's
 * order; TRI_CODING_COUNT when none is acceptable (406).
 */
enum tri_coding tri_coding_choose(const struct tri_codings *codings, unsigned at_hand);

/* "gzip", as in Content-Encoding; empty for identity. */
struct tri_slice tri_coding_name(enum tri_coding coding);
