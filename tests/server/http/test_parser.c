/*
 * test_parser.c - whole messages through the parser: verdicts, cuts, limits, and what comes out.
 */
#include "server/http/parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "messages.h"
#include "transcript.h"

TestSuite(http_parser, .timeout = 30);

static struct tri_transcript run(struct tri_slice bytes)
{
    struct tri_limits limits = tri_limits_default();
    return tri_transcript_of(bytes, &limits, tri_cut_never, NULL);
}

/* Status of the refusal that `bytes` end with under `limits`, 0 for none. */
static int status_under(const struct tri_limits *limits, struct tri_slice bytes)
{
    struct tri_transcript whole = tri_transcript_of(bytes, limits, tri_cut_never, NULL);
    struct tri_transcript single = tri_transcript_of(bytes, limits, tri_cut_bytes, NULL);
    cr_assert(eq(str, whole.text, single.text));
    free(whole.text);
    free(single.text);
    return whole.status;
}

static int status_of(const char *text)
{
    struct tri_limits limits = tri_limits_default();
    return status_under(&limits, tri_slice_of(text));
}

/* --- the table --- */

Test(http_parser, gives_each_message_its_verdict)
{
    for (size_t i = 0; i < message_count; i++) {
        struct tri_transcript transcript = run(messages[i].bytes);
        cr_expect(eq(int, transcript.status, messages[i].status), "%s\n%s", messages[i].rule,
                  transcript.text);
        free(transcript.text);
    }
}

Test(http_parser, gives_the_same_answers_however_bytes_are_cut)
{
    struct tri_limits limits = tri_limits_default();
    uint64_t seed = 1;
    for (size_t i = 0; i < message_count; i++) {
        struct tri_transcript whole = run(messages[i].bytes);
        struct tri_transcript single =
            tri_transcript_of(messages[i].bytes, &limits, tri_cut_bytes, NULL);
        cr_expect(whole.len == single.len && memcmp(whole.text, single.text, whole.len) == 0,
                  "%s\nwhole: %s\nbyte by byte: %s", messages[i].rule, whole.text, single.text);
        free(single.text);
        for (int round = 0; round < 20; round++) {
            struct tri_transcript mixed =
                tri_transcript_of(messages[i].bytes, &limits, tri_cut_randomly, &seed);
            cr_expect(whole.len == mixed.len && memcmp(whole.text, mixed.text, whole.len) == 0,
                      "%s\nwhole: %s\nmixed: %s", messages[i].rule, whole.text, mixed.text);
            free(mixed.text);
        }
        free(whole.text);
    }
}

Test(http_parser, refuses_no_prefix_of_a_valid_request)
{
    for (size_t i = 0; i < message_count; i++) {
        for (size_t len = 0; messages[i].status == 0 && len < messages[i].bytes.len; len++) {
            struct tri_transcript transcript = run((struct tri_slice){messages[i].bytes.at, len});
            cr_expect(eq(int, transcript.status, 0), "%s, %zu bytes\n%s", messages[i].rule, len,
                      transcript.text);
            free(transcript.text);
        }
    }
}

Test(http_parser, never_looks_beyond_what_it_was_given)
{
    struct tri_limits limits = tri_limits_default();
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(pages != MAP_FAILED);
    cr_assert(zero(int, mprotect(pages + page, page, PROT_NONE)));

    for (size_t i = 0; i < message_count; i++) {
        for (size_t len = 0; len <= messages[i].bytes.len; len++) {
            struct tri_arena arena;
            size_t used, at = page - len;
            memcpy(pages + at, messages[i].bytes.at, len);
            tri_arena_init(&arena, NULL, 1 << 20);
            struct tri_parser *parser = tri_parser_new(&arena, &limits);
            enum tri_parse outcome;
            do {
                outcome = tri_parser_feed(parser, (struct tri_slice){pages + at, page - at}, &used);
                at += used + (outcome == TRI_PARSE_BODY ? tri_parser_piece(parser) : 0);
                cr_assert(at <= page);
            } while (outcome == TRI_PARSE_HEAD || outcome == TRI_PARSE_BODY);
            tri_arena_reset(&arena);
        }
    }
}

/* --- what comes out --- */

/* A request read in one go, up to its head. */
struct reading {
    struct tri_arena arena;
    struct tri_limits limits;
    struct tri_parser *parser;
    size_t used;
};

static const struct tri_request *read_head(struct reading *reading, struct tri_slice bytes)
{
    reading->limits = tri_limits_default();
    tri_arena_init(&reading->arena, NULL, 1 << 20);
    reading->parser = tri_parser_new(&reading->arena, &reading->limits);
    cr_assert(eq(int, tri_parser_feed(reading->parser, bytes, &reading->used), TRI_PARSE_HEAD));
    return tri_parser_request(reading->parser);
}

static bool is(struct tri_slice slice, const char *text)
{
    return tri_slice_is(slice, tri_slice_of(text));
}

Test(http_parser, hands_over_every_part_of_a_head)
{
    struct reading reading;
    struct tri_slice bytes =
        TRI_SLICE("\r\nGET /a/../b%20c?q=1 HTTP/1.1\r\nHOST:  x.org:8080 \t\r\n"
                  "Empty:\r\nX-Two: 1 , 2\r\n\r\nGET");
    const struct tri_request *request = read_head(&reading, bytes);

    cr_assert(eq(sz, reading.used, bytes.len - 3));
    cr_assert(eq(int, request->method, TRI_METHOD_GET));
    cr_assert(eq(int, request->version_minor, 1));
    cr_assert(is(request->target.raw, "/a/../b%20c?q=1"));
    cr_assert(is(request->target.path, "/b c"));
    cr_assert(is(request->target.query, "q=1"));
    cr_assert(is(request->host, "x.org:8080"));
    cr_assert(eq(u32, request->fields.count, 3));
    cr_assert(is(request->fields.at[0].name, "HOST"));
    cr_assert(is(request->fields.at[0].value, "x.org:8080"));
    cr_assert(is(request->fields.at[1].value, ""));
    cr_assert(is(*tri_fields_find(&request->fields, TRI_SLICE("x-two")), "1 , 2"));
    cr_assert(eq(i64, request->content_length, 0));
    cr_assert(request->keep_alive && !request->chunked && !request->expect_continue);
    tri_arena_reset(&reading.arena);
}

Test(http_parser, done_without_a_body_uses_nothing)
{
    struct reading reading;
    size_t used = 7;
    read_head(&reading, TRI_SLICE("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    cr_assert(eq(int, tri_parser_feed(reading.parser, TRI_SLICE("GET /"), &used), TRI_PARSE_DONE));
    cr_assert(eq(sz, used, 0));
    tri_arena_reset(&reading.arena);
}

Test(http_parser, the_target_names_the_host_before_Host_does) /* RFC 9112 3.2.2 */
{
    struct reading reading;
    const struct tri_request *request =
        read_head(&reading, TRI_SLICE("GET http://b:81?x HTTP/1.1\r\nHost: a\r\n\r\n"));
    cr_assert(is(request->host, "b:81"));
    cr_assert(is(request->target.path, "/"));
    cr_assert(is(request->target.query, "x"));
    tri_arena_reset(&reading.arena);
}

Test(http_parser, announces_pieces_and_keeps_trailers_apart) /* RFC 9110 6.5 */
{
    struct reading reading;
    struct tri_slice bytes =
        TRI_SLICE("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                  "\r\n5;x\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum:  9 \r\n\r\nGET");
    const struct tri_request *request = read_head(&reading, bytes);
    char body[8] = "";
    size_t at = reading.used, used, len = 0;

    cr_assert(request->chunked && request->content_length == -1);
    enum tri_parse outcome;
    while ((outcome = tri_parser_feed(reading.parser, tri_slice_from(bytes, at), &used)) ==
           TRI_PARSE_BODY) {
        cr_assert(eq(i64, tri_parser_body_left(reading.parser), -1));
        memcpy(body + len, bytes.at + at + used, tri_parser_piece(reading.parser));
        len += tri_parser_piece(reading.parser);
        at += used + tri_parser_piece(reading.parser);
    }
    cr_assert(eq(int, outcome, TRI_PARSE_DONE));
    cr_assert(eq(sz, at + used, bytes.len - 3));
    cr_assert(eq(str, body, "hello!"));
    cr_assert(eq(u32, request->fields.count, 2));
    cr_assert(eq(u32, request->trailers.count, 1));
    cr_assert(is(request->trailers.at[0].name, "X-Sum"));
    cr_assert(is(request->trailers.at[0].value, "9"));
    tri_arena_reset(&reading.arena);
}

Test(http_parser, decides_persistence_itself) /* RFC 9112 9.3 */
{
    static const struct {
        const char *text;
        bool keeps;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: CLOSE\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: , x ,close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: a\r\nProxy-Connection: close\r\n\r\n", true},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
        {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nProxy-Connection: keep-alive\r\n\r\n", false},
        {"CONNECT a:1 HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reading reading;
        const struct tri_request *request = read_head(&reading, tri_slice_of(cases[i].text));
        cr_expect(eq(int, request->keep_alive, cases[i].keeps), "%s", cases[i].text);
        tri_arena_reset(&reading.arena);
    }
}

Test(http_parser, expects_100_continue_on_http_1_1_with_a_body_only) /* RFC 9110 10.1.1 */
{
    static const struct {
        const char *text;
        bool expects;
    } cases[] = {
        {"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n", true},
        {"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
         true},
        {"PUT / HTTP/1.1\r\nHost: a\r\nExpect:\r\nContent-Length: 1\r\n\r\n", false},
        {"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n", false},
        {"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", false},
        {"PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reading reading;
        const struct tri_request *request = read_head(&reading, tri_slice_of(cases[i].text));
        cr_expect(eq(int, request->expect_continue, cases[i].expects), "%s", cases[i].text);
        tri_arena_reset(&reading.arena);
    }
}

Test(http_parser, a_refusal_names_reason_and_rule)
{
    struct tri_limits limits = tri_limits_default();
    struct tri_arena arena;
    size_t used;
    tri_arena_init(&arena, NULL, 1 << 20);
    struct tri_parser *parser = tri_parser_new(&arena, &limits);
    struct tri_slice bytes = TRI_SLICE("GET / HTTP/1.1\r\nHost : a\r\n");
    cr_assert(eq(int, tri_parser_feed(parser, bytes, &used), TRI_PARSE_REFUSED));
    cr_assert(eq(int, tri_parser_refusal(parser)->status, 400));
    cr_assert(eq(str, (char *)tri_parser_refusal(parser)->rfc, "RFC 9112 5.1"));
    cr_assert(tri_parser_refusal(parser)->reason[0] != '\0');
    tri_arena_reset(&arena);
}

/* --- limits: one below, at, and one above --- */

/* A head of exactly `head` bytes whose target has `target` bytes; `text` has room for it. */
static struct tri_slice head_of(char *text, size_t target, size_t head)
{
    static const char middle[] = " HTTP/1.1\r\nHost: a\r\nX: ";
    memcpy(text, "GET ", 4);
    memset(text + 4, '/', target);
    memcpy(text + 4 + target, middle, sizeof(middle) - 1);
    size_t len = 4 + target + sizeof(middle) - 1;
    cr_assert(ge(sz, head, len + 4));
    memset(text + len, 'x', head - len - 4);
    memcpy(text + head - 4, "\r\n\r\n", 4);
    return (struct tri_slice){text, head};
}

Test(http_parser, limits_the_head_to_its_bytes)
{
    struct tri_limits limits = tri_limits_default();
    char text[512];
    limits.head_bytes = 200;
    cr_expect(eq(int, status_under(&limits, head_of(text, 1, 199)), 0));
    cr_expect(eq(int, status_under(&limits, head_of(text, 1, 200)), 0));
    cr_expect(eq(int, status_under(&limits, head_of(text, 1, 201)), 431));
    cr_expect(eq(int, status_under(&limits, (struct tri_slice){text, 199}), 0));
    cr_expect(eq(int, status_under(&limits, (struct tri_slice){text, 200}), 431),
              "no head can end within the limit any more");
}

Test(http_parser, limits_the_target_to_its_bytes)
{
    struct tri_limits limits = tri_limits_default();
    char text[512];
    limits.target_bytes = 100;
    cr_expect(eq(int, status_under(&limits, head_of(text, 99, 300)), 0));
    cr_expect(eq(int, status_under(&limits, head_of(text, 100, 300)), 0));
    cr_expect(eq(int, status_under(&limits, head_of(text, 101, 300)), 414));
    limits.head_bytes = 64;
    cr_expect(eq(int, status_under(&limits, head_of(text, 80, 300)), 414));
}

Test(http_parser, limits_the_number_of_fields_and_of_trailers)
{
    struct tri_limits limits = tri_limits_default();
    const char *head = "GET / HTTP/1.1\r\nHost: a\r\nB: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "0\r\nT1: 1\r\nT2: 2\r\nT3: 3\r\n\r\n";
    const char *trailers = "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "0\r\nT1: 1\r\nT2: 2\r\nT3: 3\r\n\r\n";
    limits.header_count = 4;
    cr_expect(eq(int, status_under(&limits, tri_slice_of(head)), 0));
    limits.header_count = 3;
    cr_expect(eq(int, status_under(&limits, tri_slice_of(head)), 0));
    limits.header_count = 2;
    cr_expect(eq(int, status_under(&limits, tri_slice_of(head)), 431));
    cr_expect(eq(int, status_under(&limits, tri_slice_of(trailers)), 431));
}

Test(http_parser, limits_the_body_by_length_and_by_chunks) /* RFC 9110 15.5.14 */
{
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        {"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n012345678", 0},
        {"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789", 0},
        {"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", 413},
        {"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
         "9\r\n012345678\r\n1\r\n9\r\n0\r\n\r\n",
         0},
        {"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
         "9\r\n012345678\r\n2\r\n",
         413},
        {"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n", 413},
    };
    struct tri_limits limits = tri_limits_default();
    limits.body_bytes = 10;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect(eq(int, status_under(&limits, tri_slice_of(cases[i].text)), cases[i].status),
                  "%s", cases[i].text);
}

#define CHUNKED "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

Test(http_parser, limits_a_chunk_line_to_256_bytes)
{
    char text[1024];
    for (int line = 255; line <= 257; line++) {
        snprintf(text, sizeof(text), CHUNKED "0;%0*d\r\n\r\n", line - 4, 0);
        cr_expect(eq(int, status_of(text), line <= 256 ? 0 : 400), "%d bytes", line);
    }
}

Test(http_parser, limits_the_extensions_of_all_chunks)
{
    struct tri_limits limits = tri_limits_default();
    limits.head_bytes = 128;
    for (int extra = -1; extra <= 1; extra++) {
        char text[1024];
        snprintf(text, sizeof(text), CHUNKED "1;%059d\r\nx\r\n0;%0*d\r\n\r\n", 0, 67 + extra, 0);
        cr_expect(eq(int, status_under(&limits, tri_slice_of(text)), extra > 0 ? 400 : 0),
                  "%d beside the limit", extra);
    }
}

Test(http_parser, limits_the_trailer_section_like_a_head)
{
    struct tri_limits limits = tri_limits_default();
    limits.head_bytes = 100;
    for (int extra = -1; extra <= 1; extra++) {
        char text[1024];
        snprintf(text, sizeof(text), CHUNKED "0\r\nT: %0*d\r\n\r\n", 93 + extra, 0);
        cr_expect(eq(int, status_under(&limits, tri_slice_of(text)), extra > 0 ? 431 : 0),
                  "%d beside the limit", extra);
    }
}

Test(http_parser, refuses_a_head_that_its_arena_cannot_hold)
{
    struct tri_limits limits = tri_limits_default();
    char text[8192];
    struct tri_slice head = head_of(text, 1, sizeof(text));
    limits.arena_bytes = TRI_CHUNK_BYTES;
    cr_expect(eq(int, status_under(&limits, head), 431));
    limits.arena_bytes = 8 * TRI_CHUNK_BYTES;
    cr_expect(eq(int, status_under(&limits, head), 0));

    struct tri_arena arena;
    tri_arena_init(&arena, NULL, 0);
    cr_expect(eq(ptr, tri_parser_new(&arena, &limits), NULL));
}

Test(http_parser, says_which_llhttp_it_was_built_with)
{
    int major, minor, patch;
    cr_assert(eq(int, sscanf(tri_parser_llhttp_version(), "%d.%d.%d", &major, &minor, &patch), 3));
    cr_assert(ge(int, major, 8));
}
