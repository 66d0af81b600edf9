/*
 * chunk.h - the line before a chunk: its size in hex, and extensions that nobody reads.
 */
#pragma once

#include "server/base/slice.h"
#include "server/http/refusal.h"

#include <stdbool.h>
#include <stdint.h>

#define TRI_CHUNK_LINE_BYTES 256 /* longest chunk line, CRLF included: 400 */

struct tri_chunk_line {
    uint64_t size; /* bytes of data to follow; 0: the last chunk */
    size_t extension_bytes;
};

/*
 * Parse a chunk line (RFC 9112 7.1, 7.1.1). Blanks are taken before and behind ';' and '=', where a
 * recipient must bear them (BWS, RFC 9110 5.6.3), and nowhere else: not at the end of the line.
 *   line     without its CRLF
 *   returns  false with *refusal set: 400
 */
bool tri_chunk_parse(struct tri_chunk_line *chunk, struct tri_slice line,
                     struct tri_refusal *refusal);
