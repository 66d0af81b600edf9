/*
 * law_parser.c - one input, three ways to cut it, one transcript.
 *
 * Limits are small so that inputs of a few hundred bytes reach them.
 */
#include "laws.h"

#include <stdlib.h>

#include "server/base/assert.h"
#include "transcript.h"

void tri_law_parser(struct tri_slice input)
{
    struct tri_limits limits = tri_limits_default();
    limits.head_bytes = 1024;
    limits.target_bytes = 256;
    limits.header_count = 16;
    limits.body_bytes = 4096;
    limits.arena_bytes = 16384;

    uint64_t seed = 0x9e3779b97f4a7c15 ^ input.len;
    for (size_t i = 0; i < input.len; i++)
        seed = (seed ^ (unsigned char)input.at[i]) * 0x100000001b3;
    seed |= 1;

    struct tri_transcript whole = tri_transcript_of(input, &limits, tri_cut_never, NULL);
    struct tri_transcript bytes = tri_transcript_of(input, &limits, tri_cut_bytes, NULL);
    struct tri_transcript mixed = tri_transcript_of(input, &limits, tri_cut_randomly, &seed);
    tri_assert(whole.len == bytes.len && memcmp(whole.text, bytes.text, whole.len) == 0);
    tri_assert(whole.len == mixed.len && memcmp(whole.text, mixed.text, whole.len) == 0);
    free(whole.text);
    free(bytes.text);
    free(mixed.text);
}
