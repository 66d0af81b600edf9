/*
 * transcript.c - see transcript.h.
 */
#include "transcript.h"

#include <stdio.h>
#include <stdlib.h>

#include "server/base/assert.h"
#include "server/http/parser.h"

size_t tri_cut_never(void *context)
{
    (void)context;
    return SIZE_MAX;
}

size_t tri_cut_bytes(void *context)
{
    (void)context;
    return 1;
}

size_t tri_cut_randomly(void *context)
{
    uint64_t *state = context; /* xorshift64: its low bits are even enough for this */
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return 1 + (*state >> 32) % 23;
}

static void add(struct tri_transcript *to, struct tri_slice bytes)
{
    to->text = realloc(to->text, to->len + bytes.len + 1);
    tri_assert(to->text);
    if (bytes.len > 0)
        memcpy(to->text + to->len, bytes.at, bytes.len);
    to->len += bytes.len;
    to->text[to->len] = '\0';
}

static void add_line(struct tri_transcript *to, const char *name, struct tri_slice value)
{
    add(to, tri_slice_of(name));
    add(to, TRI_SLICE(" <"));
    add(to, value);
    add(to, TRI_SLICE(">\n"));
}

static void add_fields(struct tri_transcript *to, const char *kind, const struct tri_fields *fields)
{
    tri_assert(fields->count == fields->room);
    for (uint32_t i = 0; i < fields->count; i++) {
        tri_assert(fields->at[i].name.len > 0);
        add_line(to, kind, fields->at[i].name);
        add_line(to, "value", fields->at[i].value);
    }
}

static void add_head(struct tri_transcript *to, const struct tri_request *request)
{
    char facts[128];
    snprintf(facts, sizeof(facts),
             "\nform=%d version=1.%d length=%lld chunked=%d keep=%d expect=%d\n",
             (int)request->target.form, request->version_minor, (long long)request->content_length,
             request->chunked, request->keep_alive, request->expect_continue);
    add_line(to, "method", tri_method_name(request->method));
    add_line(to, "target", request->target.raw);
    add_line(to, "authority", request->target.authority);
    add_line(to, "path", request->target.path);
    add_line(to, "query", request->target.query);
    add_line(to, "host", request->host);
    add_fields(to, "field", &request->fields);
    add(to, tri_slice_of(facts));
}

/* Received and not yet dropped bytes of `input`. */
struct window {
    struct tri_slice input;
    size_t start, end;
};

static enum tri_parse feed(struct tri_parser *parser, struct window *window, size_t *used)
{
    size_t len = window->end - window->start;
    char *own = malloc(len);
    tri_assert(own || len == 0);
    if (len > 0)
        memcpy(own, window->input.at + window->start, len);
    enum tri_parse outcome = tri_parser_feed(parser, (struct tri_slice){own, len}, used);
    free(own);
    tri_assert(*used <= len);
    window->start += *used;
    return outcome;
}

/* One message; false when the input is used up or refused. */
static bool run_message(struct tri_transcript *to, struct window *window, struct tri_parser *parser,
                        tri_cut *cut, void *context)
{
    const struct tri_request *request = tri_parser_request(parser);
    int64_t body = 0;
    bool has_head = false;

    for (;;) {
        size_t used;
        enum tri_parse outcome = feed(parser, window, &used);
        switch (outcome) {
        case TRI_PARSE_MORE:
            if (window->end == window->input.len)
                return false;
            size_t more = cut(context), left = window->input.len - window->end;
            tri_assert(more > 0);
            window->end += more < left ? more : left;
            break;
        case TRI_PARSE_HEAD:
            tri_assert(!has_head && used > 0);
            has_head = true;
            add_head(to, request);
            add(to, TRI_SLICE("body <"));
            break;
        case TRI_PARSE_BODY:
            tri_assert(has_head);
            size_t piece = tri_parser_piece(parser);
            tri_assert(piece > 0 && piece <= window->end - window->start);
            add(to, (struct tri_slice){window->input.at + window->start, piece});
            window->start += piece;
            body += (int64_t)piece;
            tri_assert(tri_parser_body_left(parser) ==
                       (request->chunked ? -1 : request->content_length - body));
            break;
        case TRI_PARSE_DONE:
            tri_assert(has_head && tri_parser_body_left(parser) == 0);
            tri_assert(request->chunked || (body == request->content_length && used == 0));
            add(to, TRI_SLICE(">\n"));
            add_fields(to, "trailer", &request->trailers);
            tri_assert(feed(parser, window, &used) == TRI_PARSE_DONE && used == 0);
            return request->keep_alive;
        case TRI_PARSE_REFUSED: {
            struct tri_refusal refusal = *tri_parser_refusal(parser);
            tri_assert(refusal.status >= 400 && refusal.status <= 599);
            tri_assert(strcmp(refusal.reason, TRI_PARSER_DISAGREES) != 0);
            tri_assert(feed(parser, window, &used) == TRI_PARSE_REFUSED && used == 0);
            char status[16];
            snprintf(status, sizeof(status), "\n%d ", refusal.status);
            add(to, tri_slice_of(status));
            add_line(to, refusal.rfc, tri_slice_of(refusal.reason));
            to->status = refusal.status;
            return false;
        }
        }
    }
}

struct tri_transcript tri_transcript_of(struct tri_slice input, const struct tri_limits *limits,
                                        tri_cut *cut, void *context)
{
    struct tri_transcript transcript = {0};
    struct window window = {.input = input};
    bool more = true;

    add(&transcript, TRI_SLICE(""));
    while (more) {
        struct tri_arena arena;
        tri_arena_init(&arena, NULL, limits->arena_bytes);
        struct tri_parser *parser = tri_parser_new(&arena, limits);
        tri_assert(parser);
        more = run_message(&transcript, &window, parser, cut, context);
        tri_arena_reset(&arena);
    }
    return transcript;
}
