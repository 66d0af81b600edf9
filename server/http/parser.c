/*
 * parser.c - llhttp behind a gate; see parser.h for the states.
 *
 * The gate (scan.c, head.c, chunk.c) finds and judges lines; a head or trailer section that is
 * whole is copied to the arena and fed to llhttp (reader.c) in one piece, which cuts it into
 * fields. Body bytes are fed where they lie. llhttp stays in charge of the framing: where it and
 * the gate differ about what a byte is for, the message is refused.
 *
 * A head without a framing field, that of nearly every GET, leaves llhttp nothing to say: its
 * lines are judged, and no body follows whoever looks at it. The gate's own cuts then serve, and
 * llhttp is not asked, which halves the work; a law (tests/fuzz) holds that it would have cut the
 * same fields.
 *
 * Cuts cannot matter: a line is judged when its last byte is there, and what a limit allows is
 * looked at as if no byte behind it had come yet (`next_line`).
 */
#include "server/http/parser.h"

#include "server/base/assert.h"
#include "server/http/chunk.h"
#include "server/http/head.h"
#include "server/http/reader.h"
#include "server/http/scan.h"
#include "server/http/target.h"

#define TOO_MUCH_MEMORY "The request needs too much memory"

enum { CUTS_FIRST = 16 }; /* fields of a head there is room for at first */

/* A field, in bytes from the start of its head: a head that is not whole may move. */
struct cut {
    uint32_t name_at, name_bytes;
    uint32_t value_at, value_bytes;
};

enum state { HEAD, BODY, CHUNK_LINE, CHUNK_DATA, CHUNK_END, TRAILERS, DONE, REFUSED };

struct tri_parser {
    enum state state;
    struct tri_arena *arena;         /* borrowed */
    const struct tri_limits *limits; /* borrowed */
    struct tri_refusal refusal;
    struct tri_scan scan; /* of the bytes not yet used */
    struct tri_head head;
    size_t head_at;   /* 2 behind a leading CRLF, else 0 */
    struct cut *cuts; /* of head.lines fields; in the arena, behind `first_cuts` */
    uint32_t cuts_room;
    uint32_t trailer_lines;
    uint64_t left;            /* bytes of body or chunk still to come */
    uint64_t body_bytes;      /* of all chunks so far */
    uint64_t extension_bytes; /* of all chunks so far */
    size_t piece;
    struct tri_request request; /* from its params on not cleared: they are the router's */
    struct tri_reader reader;   /* readied when there is something to read               */
    struct cut first_cuts[CUTS_FIRST];
};

static enum tri_parse refused(struct tri_parser *parser)
{
    parser->state = REFUSED;
    return TRI_PARSE_REFUSED;
}

static enum tri_parse refuse(struct tri_parser *parser, int status, const char *reason,
                             const char *rfc)
{
    tri_refuse(&parser->refusal, status, reason, rfc);
    return refused(parser);
}

static enum tri_parse disagree(struct tri_parser *parser)
{
    return refuse(parser, 400, TRI_PARSER_DISAGREES, "RFC 9112 11.2");
}

static struct tri_slice first(struct tri_slice bytes, uint64_t most)
{
    return (struct tri_slice){bytes.at, bytes.len < most ? bytes.len : (size_t)most};
}

/*
 * The next line within the first `most` of `bytes`; *overrun says that no line can end there any
 * more, however many bytes follow.
 */
static enum tri_scan_found next_line(struct tri_parser *parser, struct tri_slice bytes, size_t most,
                                     struct tri_slice *line, bool *overrun)
{
    enum tri_scan_found found =
        tri_scan_line(&parser->scan, first(bytes, most), line, &parser->refusal);
    *overrun = found == TRI_SCAN_MORE && bytes.len >= most;
    return found;
}

/* What has been scanned is used: the next scan starts behind it. */
static size_t take_scanned(struct tri_parser *parser)
{
    size_t bytes = parser->scan.at;
    parser->scan = (struct tri_scan){0};
    return bytes;
}

/* Copy a section of `lines` fields to the arena, with room for its fields; NULL: refused. */
static char *keep_section(struct tri_parser *parser, struct tri_slice section, uint32_t lines,
                          struct tri_fields *fields)
{
    char *copy = tri_arena_alloc(parser->arena, section.len);
    *fields = (struct tri_fields){NULL, 0, lines};
    if (lines > 0)
        fields->at = tri_arena_alloc(parser->arena, lines * sizeof(*fields->at));
    if (!copy || (lines > 0 && !fields->at)) {
        tri_refuse(&parser->refusal, 431, TOO_MUCH_MEMORY, "");
        return NULL;
    }
    memcpy(copy, section.at, section.len);
    return copy;
}

/* --- head --- */

/* Take a field line of the head that begins at `start`, and note the cuts. False: refused. */
static bool take_field(struct tri_parser *parser, const char *start, struct tri_slice line)
{
    uint32_t count = parser->head.lines;
    struct tri_field field;
    if (!tri_head_field_line(&parser->head, line, parser->limits, &field, &parser->refusal))
        return false;
    if (count == parser->cuts_room) {
        struct cut *more = tri_arena_alloc(parser->arena, 2 * count * sizeof(*more));
        if (!more)
            return tri_refuse(&parser->refusal, 431, TOO_MUCH_MEMORY, "");
        memcpy(more, parser->cuts, count * sizeof(*more));
        parser->cuts = more;
        parser->cuts_room = 2 * count;
    }
    parser->cuts[count] = (struct cut){
        .name_at = (uint32_t)(field.name.at - start),
        .name_bytes = (uint32_t)field.name.len,
        .value_at = (uint32_t)(field.value.at - start),
        .value_bytes = (uint32_t)field.value.len,
    };
    return true;
}

/* The fields of a head, as they were noted. */
static void cut_fields(const struct tri_parser *parser, const char *head, struct tri_fields *fields)
{
    for (; fields->count < fields->room; fields->count++) {
        const struct cut *cut = &parser->cuts[fields->count];
        fields->at[fields->count] = (struct tri_field){
            {head + cut->name_at, cut->name_bytes},
            {head + cut->value_at, cut->value_bytes},
        };
    }
}

/* Have llhttp cut the fields of a head, and start with its body. False: it sees another message. */
static bool ask_reader(struct tri_parser *parser, char *head, size_t len, bool completes)
{
    struct tri_request *request = &parser->request;
    tri_head_plain(&parser->head, head, len);
    tri_reader_init(&parser->reader);
    return tri_reader_head(&parser->reader, (struct tri_slice){head, len}, request->target.raw,
                           &request->fields, completes);
}

static enum tri_parse whole_head(struct tri_parser *parser, struct tri_slice section)
{
    const struct tri_head *head = &parser->head;
    struct tri_request *request = &parser->request;
    bool has_body = (head->chunked || head->content_length > 0) &&
                    head->method != TRI_METHOD_CONNECT; /* RFC 9110 9.3.6 */

    request->chunked = has_body && head->chunked;
    request->content_length = !has_body ? 0 : head->chunked ? -1 : head->content_length;
    char *copy = keep_section(parser, section, head->lines, &request->fields);
    if (!copy)
        return refused(parser);
    struct tri_slice target = {copy + head->target_at, head->target_bytes};
    if (!tri_target_parse(&request->target, target, request->method, parser->arena,
                          &parser->refusal))
        return refused(parser);
    bool has_framing = head->has_length || head->chunked;
    if (!has_framing)
        cut_fields(parser, copy, &request->fields);
    else if (!ask_reader(parser, copy, section.len, !has_body))
        return disagree(parser);
    if (!tri_head_judge(request, &parser->refusal))
        return refused(parser);

    parser->left = request->chunked ? 0 : (uint64_t)request->content_length;
    parser->state = request->chunked ? CHUNK_LINE : has_body ? BODY : DONE;
    return TRI_PARSE_HEAD;
}

static enum tri_parse read_head(struct tri_parser *parser, struct tri_slice bytes, size_t *used)
{
    const struct tri_limits *limits = parser->limits;
    struct tri_head *head = &parser->head;
    struct tri_slice line;
    enum tri_scan_found found;
    bool overrun;

    while ((found = next_line(parser, bytes, limits->head_bytes, &line, &overrun)) ==
           TRI_SCAN_LINE) {
        bool has_request_line = head->method != TRI_METHOD_NONE;
        if (line.len == 0 && has_request_line) {
            size_t start = parser->head_at;
            *used = take_scanned(parser);
            return whole_head(parser, (struct tri_slice){bytes.at + start, *used - start});
        }
        if (line.len == 0 && parser->head_at > 0)
            return refuse(parser, 400, "More than one empty line before a request", "RFC 9112 2.2");
        if (line.len == 0)
            parser->head_at = parser->scan.at;
        else if (!(has_request_line ? take_field(parser, bytes.at + parser->head_at, line)
                                    : tri_head_request_line(head, line, limits, &parser->refusal)))
            return refused(parser);
        parser->request.method = head->method; /* known even if the rest is refused */
        parser->request.version_minor = head->version_minor;
    }
    if (found == TRI_SCAN_REFUSED)
        return refused(parser);
    if (overrun && head->method == TRI_METHOD_NONE) {
        struct tri_slice open = tri_slice_from(bytes, parser->scan.line);
        return tri_head_has_long_method(open)
                   ? refuse(parser, 501, "This method is not known here", "RFC 9110 9.1")
                   : refuse(parser, 414, "The request line is too long", "");
    }
    if (overrun)
        return refuse(parser, 431, "The request head is too large", "");
    return TRI_PARSE_MORE;
}

/* --- body --- */

/* Announce what there is of the body or chunk; the caller's state change follows when left is 0. */
static enum tri_parse read_piece(struct tri_parser *parser, struct tri_slice bytes, bool completes)
{
    struct tri_slice piece = first(bytes, parser->left);

    if (piece.len == 0)
        return TRI_PARSE_MORE;
    parser->left -= piece.len;
    if (!tri_reader_data(&parser->reader, piece, completes && parser->left == 0))
        return disagree(parser);
    parser->piece = piece.len;
    return TRI_PARSE_BODY;
}

static enum tri_parse read_body(struct tri_parser *parser, struct tri_slice bytes)
{
    enum tri_parse outcome = read_piece(parser, bytes, true);
    if (outcome == TRI_PARSE_BODY && parser->left == 0)
        parser->state = DONE;
    return outcome;
}

/*
 * The readers of chunked framing return TRI_PARSE_DONE when they have done their part, and the
 * next state is set; *used grows by what they took.
 */
static enum tri_parse read_chunk_line(struct tri_parser *parser, struct tri_slice bytes,
                                      size_t *used)
{
    const struct tri_limits *limits = parser->limits;
    struct tri_chunk_line chunk;
    struct tri_slice line;
    bool overrun;
    enum tri_scan_found found = next_line(parser, bytes, TRI_CHUNK_LINE_BYTES, &line, &overrun);

    if (overrun)
        return refuse(parser, 400, "A chunk's line is too long", "");
    if (found == TRI_SCAN_MORE)
        return TRI_PARSE_MORE;
    if (found == TRI_SCAN_REFUSED || !tri_chunk_parse(&chunk, line, &parser->refusal))
        return refused(parser);
    if (chunk.size > limits->body_bytes - parser->body_bytes)
        return refuse(parser, 413, "The request body is too large", "");
    if (chunk.extension_bytes > limits->head_bytes - parser->extension_bytes)
        return refuse(parser, 400, "Too many chunk extensions", "RFC 9112 7.1.1");
    parser->body_bytes += chunk.size;
    parser->extension_bytes += chunk.extension_bytes;
    parser->left = chunk.size;

    /* Extensions are withheld: llhttp 8 refuses legal ones, and nobody reads any. */
    struct tri_slice digits = first(line, line.len - chunk.extension_bytes);
    if (!tri_reader_chunk(&parser->reader, digits, chunk.size))
        return disagree(parser);
    parser->state = chunk.size > 0 ? CHUNK_DATA : TRAILERS;
    *used += take_scanned(parser);
    return TRI_PARSE_DONE;
}

static enum tri_parse read_chunk_end(struct tri_parser *parser, struct tri_slice bytes,
                                     size_t *used)
{
    struct tri_slice line;
    bool overrun;
    enum tri_scan_found found = next_line(parser, bytes, 2, &line, &overrun);

    if (overrun)
        return refuse(parser, 400, "A chunk is longer than its size", "RFC 9112 7.1");
    if (found == TRI_SCAN_MORE)
        return TRI_PARSE_MORE;
    if (found == TRI_SCAN_REFUSED)
        return refused(parser);
    if (!tri_reader_chunk_end(&parser->reader))
        return disagree(parser);
    parser->state = CHUNK_LINE;
    *used += take_scanned(parser);
    return TRI_PARSE_DONE;
}

static enum tri_parse read_trailers(struct tri_parser *parser, struct tri_slice bytes, size_t *used)
{
    const struct tri_limits *limits = parser->limits;
    struct tri_fields *trailers = &parser->request.trailers;
    struct tri_slice line;
    enum tri_scan_found found;
    bool overrun;

    while ((found = next_line(parser, bytes, limits->head_bytes, &line, &overrun)) ==
           TRI_SCAN_LINE) {
        if (line.len > 0) {
            if (!tri_head_trailer_line(&parser->trailer_lines, line, limits, &parser->refusal))
                return refused(parser);
            continue;
        }
        struct tri_slice section = first(bytes, parser->scan.at);
        *used += take_scanned(parser);
        section.at = keep_section(parser, section, parser->trailer_lines, trailers);
        if (!section.at)
            return refused(parser);
        if (!tri_reader_trailers(&parser->reader, section, trailers))
            return disagree(parser);
        parser->state = DONE;
        return TRI_PARSE_DONE;
    }
    if (found == TRI_SCAN_REFUSED)
        return refused(parser);
    return overrun ? refuse(parser, 431, "The trailer section is too large", "") : TRI_PARSE_MORE;
}

/* Each round takes a line, or ends. */
static enum tri_parse read_chunked(struct tri_parser *parser, struct tri_slice bytes, size_t *used)
{
    enum tri_parse outcome = TRI_PARSE_DONE;

    while (outcome == TRI_PARSE_DONE && parser->state != DONE) {
        struct tri_slice rest =
            bytes.len > *used ? tri_slice_from(bytes, *used) : (struct tri_slice){"", 0};
        if (parser->state == CHUNK_LINE) {
            outcome = read_chunk_line(parser, rest, used);
        } else if (parser->state == CHUNK_END) {
            outcome = read_chunk_end(parser, rest, used);
        } else if (parser->state == TRAILERS) {
            outcome = read_trailers(parser, rest, used);
        } else {
            outcome = read_piece(parser, rest, false);
            if (outcome == TRI_PARSE_BODY && parser->left == 0)
                parser->state = CHUNK_END;
        }
    }
    return outcome;
}

/* --- what others call --- */

struct tri_parser *tri_parser_new(struct tri_arena *arena, const struct tri_limits *limits)
{
    struct tri_parser *parser = tri_arena_alloc(arena, sizeof(*parser));
    if (!parser)
        return NULL;
    memset(parser, 0, offsetof(struct tri_parser, request.params));
    parser->state = HEAD;
    parser->arena = arena;
    parser->limits = limits;
    parser->cuts = parser->first_cuts;
    parser->cuts_room = CUTS_FIRST;
    return parser;
}

enum tri_parse tri_parser_feed(struct tri_parser *parser, struct tri_slice bytes, size_t *used)
{
    *used = 0;
    switch (parser->state) {
    case HEAD:
        return read_head(parser, bytes, used);
    case BODY:
        return read_body(parser, bytes);
    case CHUNK_LINE:
    case CHUNK_DATA:
    case CHUNK_END:
    case TRAILERS:
        return read_chunked(parser, bytes, used);
    case DONE:
        return TRI_PARSE_DONE;
    case REFUSED:
        return TRI_PARSE_REFUSED;
    }
    tri_assert(false);
    return TRI_PARSE_REFUSED;
}

struct tri_request *tri_parser_request(struct tri_parser *parser)
{
    return &parser->request;
}

size_t tri_parser_piece(const struct tri_parser *parser)
{
    return parser->piece;
}

const struct tri_refusal *tri_parser_refusal(const struct tri_parser *parser)
{
    return &parser->refusal;
}

int64_t tri_parser_body_left(const struct tri_parser *parser)
{
    if (parser->request.chunked)
        return parser->state == DONE ? 0 : -1;
    return (int64_t)parser->left;
}
