/*
 * law_chunked.c - a chunked body, however it is cut, against a slow and obvious reading of it.
 *
 * The plain reading knows whole inputs only, and has its grammar from RFC 9112 7.1 as regular
 * expressions. Limits are small so that inputs of a few hundred bytes reach them.
 */
#include "laws.h"

#include <regex.h>
#include <stdlib.h>

#include "server/base/assert.h"
#include "server/http/chunk.h"
#include "server/http/parser.h"
#include "transcript.h"

enum { HEAD_BYTES = 512, TRAILERS = 8, BODY_BYTES = 2048, MOST = 4096 };

enum verdict { CUT_SHORT, WHOLE, REFUSED };

struct reading {
    enum verdict verdict;
    size_t used; /* of a whole body */
    uint32_t trailers;
    char body[MOST];
    size_t body_bytes;
};

/* --- the plain reading --- */

#define TOKEN "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
#define BLANKS "[ \t]*"
#define QUOTED "\"([^\"\\]|\\\\.)*\""
#define CHUNK_LINE                                                                                 \
    "^[0-9A-Fa-f]{1,16}"                                                                           \
    "(" BLANKS ";" BLANKS TOKEN "(" BLANKS "=" BLANKS "(" TOKEN "|" QUOTED "))?)*$"
#define TRAILER "^" TOKEN ":"
#define NO_TRAILER                                                                                 \
    "^(transfer-encoding|content-(length|encoding|type|range)|host|(proxy-)?connection|keep-alive" \
    "|te|trailer|upgrade|expect|max-forwards|(proxy-)?authorization|(www|proxy)-authenticate"      \
    "|(set-)?cookie|cache-control|pragma|range|if-((none-)?match|(un)?modified-since|range)"       \
    "|forwarded|x-forwarded-for):"

static bool is_like(struct tri_slice line, const char *pattern)
{
    static const struct {
        const char *pattern;
        int flags;
    } known[] = {{CHUNK_LINE, 0}, {TRAILER, 0}, {NO_TRAILER, REG_ICASE}};
    static regex_t compiled[3];
    static bool is_compiled[3];
    char text[HEAD_BYTES + 1];
    size_t i = 0;

    while (strcmp(known[i].pattern, pattern) != 0)
        i++;
    if (!is_compiled[i])
        tri_assert(regcomp(&compiled[i], pattern, REG_EXTENDED | REG_NOSUB | known[i].flags) == 0);
    is_compiled[i] = true;
    memcpy(text, line.at, line.len);
    text[line.len] = '\0'; /* a line has no NUL */
    return regexec(&compiled[i], text, 0, NULL, 0) == 0;
}

/*
 * The line at input.at[*at], which may have `most` bytes with its CRLF; *at moves behind it.
 *   returns  WHOLE, or how it fails
 */
static enum verdict read_line(struct tri_slice input, size_t *at, size_t most,
                              struct tri_slice *line)
{
    for (size_t i = *at; i < input.len; i++) {
        unsigned char byte = (unsigned char)input.at[i];
        bool ends = byte == '\r' && i + 1 < input.len && input.at[i + 1] == '\n';
        if (i - *at + (ends ? 2 : 1) > most)
            return REFUSED;
        if (ends) {
            *line = (struct tri_slice){input.at + *at, i - *at};
            *at = i + 2;
            return WHOLE;
        }
        if (byte == '\r' && i + 1 == input.len)
            break;
        if ((byte < ' ' && byte != '\t') || byte == 0x7f)
            return REFUSED;
    }
    return input.len - *at >= most ? REFUSED : CUT_SHORT;
}

static enum verdict read_trailers(struct tri_slice input, size_t at, struct reading *plain)
{
    struct tri_slice line;
    size_t start = at;
    enum verdict found;

    while ((found = read_line(input, &at, HEAD_BYTES - (at - start), &line)) == WHOLE) {
        plain->used = at;
        if (line.len == 0)
            return WHOLE;
        if (!is_like(line, TRAILER) || is_like(line, NO_TRAILER) || ++plain->trailers > TRAILERS)
            return REFUSED;
    }
    return found;
}

static enum verdict read_plainly(struct tri_slice input, struct reading *plain)
{
    size_t at = 0, extensions = 0, sizes = 0;
    struct tri_slice line;

    for (;;) {
        enum verdict found = read_line(input, &at, TRI_CHUNK_LINE_BYTES, &line);
        if (found != WHOLE)
            return found;
        if (!is_like(line, CHUNK_LINE))
            return REFUSED;
        char *digits_end;
        unsigned long long size = strtoull(line.at, &digits_end, 16);
        size_t digits = (size_t)(digits_end - line.at);
        extensions += line.len - digits;
        if (size > BODY_BYTES - sizes || extensions > HEAD_BYTES)
            return REFUSED;
        sizes += size;
        if (size == 0)
            return read_trailers(input, at, plain);

        size_t there = input.len - at < size ? input.len - at : (size_t)size;
        memcpy(plain->body + plain->body_bytes, input.at + at, there);
        plain->body_bytes += there;
        at += there;
        if (there < size)
            return CUT_SHORT;
        found = read_line(input, &at, 2, &line);
        if (found != WHOLE)
            return found;
    }
}

/* --- the parser --- */

static void read_in_pieces(struct tri_slice input, struct reading *read, tri_cut *cut,
                           void *context)
{
    static const char head[] = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    struct tri_limits limits = tri_limits_default();
    limits.head_bytes = HEAD_BYTES;
    limits.header_count = TRAILERS;
    limits.body_bytes = BODY_BYTES;

    struct tri_arena arena;
    size_t used, start = 0, end = 0;
    tri_arena_init(&arena, NULL, 1 << 16);
    struct tri_parser *parser = tri_parser_new(&arena, &limits);
    tri_assert(parser);
    tri_assert(tri_parser_feed(parser, TRI_SLICE(head), &used) == TRI_PARSE_HEAD);
    tri_assert(used == sizeof(head) - 1);

    for (bool ends = false; !ends;) {
        char *own = malloc(end - start + 1); /* so that a look beyond is noticed */
        tri_assert(own);
        memcpy(own, input.at + start, end - start);
        enum tri_parse outcome =
            tri_parser_feed(parser, (struct tri_slice){own, end - start}, &used);
        free(own);
        tri_assert(used <= end - start);
        start += used;
        switch (outcome) {
        case TRI_PARSE_MORE:
            ends = end == input.len;
            size_t more = cut(context);
            end = more < input.len - end ? end + more : input.len;
            break;
        case TRI_PARSE_BODY: {
            size_t piece = tri_parser_piece(parser);
            tri_assert(piece > 0 && piece <= end - start);
            memcpy(read->body + read->body_bytes, input.at + start, piece);
            read->body_bytes += piece;
            start += piece;
            break;
        }
        case TRI_PARSE_DONE:
            read->verdict = WHOLE;
            read->used = start;
            read->trailers = tri_parser_request(parser)->trailers.count;
            ends = true;
            break;
        case TRI_PARSE_REFUSED: /* and nothing more is interpreted */
            read->verdict = REFUSED;
            tri_assert(strcmp(tri_parser_refusal(parser)->reason, TRI_PARSER_DISAGREES) != 0);
            tri_assert(tri_parser_feed(parser, TRI_SLICE("0\r\n\r\n"), &used) == TRI_PARSE_REFUSED);
            tri_assert(used == 0);
            ends = true;
            break;
        case TRI_PARSE_HEAD:
            tri_assert(outcome != TRI_PARSE_HEAD); /* a message has one */
        }
    }
    tri_arena_reset(&arena);
}

static void check(struct tri_slice input, const struct reading *plain, tri_cut *cut, void *context)
{
    struct reading read = {.verdict = CUT_SHORT};
    read_in_pieces(input, &read, cut, context);
    tri_assert(read.verdict == plain->verdict);
    tri_assert(read.body_bytes == plain->body_bytes);
    tri_assert(memcmp(read.body, plain->body, plain->body_bytes) == 0);
    if (plain->verdict == WHOLE)
        tri_assert(read.used == plain->used && read.trailers == plain->trailers);
}

void tri_law_chunked(struct tri_slice input)
{
    struct reading plain = {0};
    uint64_t seed = 0x9e3779b97f4a7c15 ^ input.len;

    if (input.len == 0 || input.len > MOST)
        return;
    plain.verdict = read_plainly(input, &plain);
    check(input, &plain, tri_cut_never, NULL);
    check(input, &plain, tri_cut_bytes, NULL);
    check(input, &plain, tri_cut_randomly, &seed);
}
