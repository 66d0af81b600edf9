/*
 * law_parser.c - one input, three ways to cut it, one transcript; and two who cut a head into the
 * same fields.
 *
 * The parser asks llhttp only where framing is at stake. Here it is asked about every head that got
 * through: it must see the same target, the same fields and the same body, or none.
 *
 * Limits are small so that inputs of a few hundred bytes reach them.
 */
#include "laws.h"

#include <stdlib.h>

#include "server/base/assert.h"
#include "server/http/parser.h"
#include "server/http/reader.h"
#include "transcript.h"

enum { FIELDS_MOST = 16 };

/* llhttp's fields of a whole head, in `read`, are those of the request. */
static void compare(const struct tri_request *request, struct tri_slice head)
{
    struct tri_field room[FIELDS_MOST];
    struct tri_fields read = {room, 0, request->fields.count};
    struct tri_reader reader;
    size_t minor = tri_method_name(request->method).len + request->target.raw.len + 9;
    char *text = malloc(head.len);
    tri_assert(text && head.len > minor && request->fields.count <= FIELDS_MOST);
    memcpy(text, head.at, head.len);
    text[minor] = (char)('0' + request->version_minor); /* it knows no HTTP/1.2 */
    tri_reader_init(&reader);
    tri_assert(tri_reader_head(&reader, (struct tri_slice){text, head.len}, request->target.raw,
                               &read, request->content_length == 0));
    for (uint32_t i = 0; i < read.count; i++)
        tri_assert(tri_slice_is(read.at[i].name, request->fields.at[i].name) &&
                   tri_slice_is(read.at[i].value, request->fields.at[i].value));
    free(text);
}

/* Framing fields are left out: they are asked about in any case, and rewritten for it. */
static void first_head_is_read_alike(struct tri_slice input, const struct tri_limits *limits)
{
    struct tri_arena arena;
    size_t used;
    tri_arena_init(&arena, NULL, limits->arena_bytes);
    struct tri_parser *parser = tri_parser_new(&arena, limits);
    if (tri_parser_feed(parser, input, &used) == TRI_PARSE_HEAD) {
        const struct tri_request *request = tri_parser_request(parser);
        const struct tri_fields *fields = &request->fields;
        size_t blank = input.at[0] == '\r' ? 2 : 0;
        if (!tri_fields_find(fields, TRI_SLICE("Content-Length")) &&
            !tri_fields_find(fields, TRI_SLICE("Transfer-Encoding")))
            compare(request, (struct tri_slice){input.at + blank, used - blank});
    }
    tri_arena_reset(&arena);
}

void tri_law_parser(struct tri_slice input)
{
    struct tri_limits limits = tri_limits_default();
    limits.head_bytes = 1024;
    limits.target_bytes = 256;
    limits.header_count = FIELDS_MOST;
    limits.body_bytes = 4096;
    limits.arena_bytes = 16384;

    first_head_is_read_alike(input, &limits);
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
