/*
 * transcript.h - what a parser made of some bytes, as text that two runs can be compared by.
 */
#pragma once

#include "server/base/slice.h"
#include "server/http/limits.h"

#include <stddef.h>
#include <stdint.h>

/* How many bytes come next: called before each read, at least 1. */
typedef size_t tri_cut(void *context);

struct tri_transcript {
    char *text; /* owned, NUL-terminated; free it */
    size_t len;
    int status; /* of the refusal it ends with, or 0 */
};

/*
 * Run `input` through parsers, one per message, as a connection would, until it is used up or
 * refused. Each call of the parser sees bytes of its own that end with their block of memory and
 * are freed after it, so that a sanitizer notices a look beyond and a pointer that was kept.
 * Asserts what holds for any input: the order of events, sums of lengths, no event after a
 * refusal, and that gate and llhttp agree.
 */
struct tri_transcript tri_transcript_of(struct tri_slice input, const struct tri_limits *limits,
                                        tri_cut *cut, void *context);

/* Cuts for tri_transcript_of. */
size_t tri_cut_never(void *context);
size_t tri_cut_bytes(void *context);
size_t tri_cut_randomly(void *context); /* context: a uint64_t, not 0 */
