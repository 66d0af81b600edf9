/*
 * test_exchange.c - replies, streams and bodies as handlers use them.
 */
#include "server/http/exchange.h"

#include <fcntl.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_exchange, .timeout = 5);

static struct tri_arena arena;
static struct tri_request request;
static struct tri_exchange x;
static struct tri_output output;
static char bytes[4096];

static void setup(void)
{
    tri_arena_init(&arena, NULL, 1 << 16);
    request =
        (struct tri_request){.method = TRI_METHOD_GET, .version_minor = 1, .keep_alive = true};
    output = (struct tri_output){.at = bytes, .room = sizeof(bytes)};
    tri_exchange_init(&x, &request, &arena);
    x.date = TRI_SLICE("Sun, 06 Nov 1994 08:49:37 GMT");
    x.output = &output;
}

static void teardown(void)
{
    tri_response_deinit(&x.response);
    tri_arena_reset(&arena);
}

/* Begin a stream and forget its head, so that `bytes` hold only what follows. */
static void begin(int64_t length)
{
    cr_assert(tri_stream_begin(&x, 200, TRI_SLICE("text/plain"), length));
    cr_assert(tri_stream_has_begun(&x));
    output.len = 0;
}

static void check_output(const char *expected)
{
    cr_expect(tri_slice_is((struct tri_slice){bytes, output.len}, tri_slice_of(expected)), "%.*s",
              (int)output.len, bytes);
}

static struct tri_slice body(void)
{
    return (struct tri_slice){x.response.whole.memory, (size_t)x.response.length};
}

Test(http_exchange, a_reply_is_noted_then_written, .init = setup, .fini = teardown)
{
    cr_assert(eq(int, tri_reply(&x, 404, TRI_SLICE("text/plain"), TRI_SLICE("no\n")).kind,
                 TRI_NEXT_DONE));
    cr_assert(eq(sz, output.len, 0));
    cr_assert(tri_exchange_head(&x));
    cr_assert(eq(int, x.framing, TRI_FRAMING_LENGTH));
    cr_assert(x.head_written && x.response.length == 3);
    cr_assert(eq(int, memcmp(bytes, "HTTP/1.1 404 Not Found\r\n", 24), 0));
}

Test(http_exchange, printf_takes_text_of_any_length, .init = setup, .fini = teardown)
{
    tri_reply_printf(&x, 200, "%s %d\n", "n", 7);
    cr_assert(tri_slice_is(body(), TRI_SLICE("n 7\n")));
    tri_reply_printf(&x, 200, "%05000d", 1);
    cr_assert(eq(sz, (size_t)x.response.length, 5000));
    tri_reply_printf(&x, 200, "%s", "");
    cr_assert(eq(sz, (size_t)x.response.length, 0));
    cr_assert(not(x.failed));
}

static char noted[8];
static size_t noted_count;

static void note_release(void *of)
{
    noted[noted_count++] = *(const char *)of;
}

Test(http_exchange, what_was_deferred_is_released_at_its_end_the_last_first)
{
    static char a = 'a', b = 'b';
    setup();
    cr_assert(tri_exchange_defer(&x, (struct tri_hold){note_release, &a}));
    cr_assert(tri_exchange_defer(&x, (struct tri_hold){note_release, &b}));
    cr_assert(eq(sz, noted_count, 0));
    tri_exchange_deinit(&x);
    cr_assert(eq(str, noted, "ba"));
    tri_exchange_deinit(&x);
    cr_assert(eq(sz, noted_count, 2), "released twice");
    teardown();
}

Test(http_exchange, what_cannot_be_deferred_is_released_at_once)
{
    static char a = 'a';
    struct tri_arena none;
    setup();
    tri_arena_init(&none, NULL, 0);
    x.arena = &none;
    bool kept = tri_exchange_defer(&x, (struct tri_hold){note_release, &a});
    cr_assert(eq(int, kept, false));
    cr_assert(eq(str, noted, "a"));
    x.arena = &arena;
    teardown();
}

Test(http_exchange, printf_beyond_the_arena_fails_the_exchange)
{
    setup();
    tri_arena_init(&arena, NULL, 0);
    tri_reply_printf(&x, 200, "%d", 1);
    cr_assert(x.failed);
    cr_assert(eq(sz, (size_t)x.response.length, 0));
}

static void release(void *of)
{
    (*(unsigned *)of)++;
}

Test(http_exchange, what_a_reply_holds_is_given_back_once, .init = setup, .fini = teardown)
{
    unsigned released = 0;
    static const struct tri_part parts[] = {{.memory = "ab", .length = 2},
                                            {.offset = 3, .length = 4}};
    tri_reply_parts(&x, 200, TRI_SLICE("text/plain"), parts, 2, 0,
                    (struct tri_hold){release, &released});
    cr_assert(eq(i64, x.response.length, 6));
    cr_assert(eq(u32, released, 0));
    tri_reply(&x, 500, TRI_SLICE("text/plain"), TRI_SLICE(""));
    cr_assert(eq(u32, released, 1));
    cr_assert(eq(int, x.response.file, -1));
    tri_stream_hold(&x, (struct tri_hold){release, &released});
    cr_assert(tri_stream_begin(&x, 200, TRI_SLICE("text/plain"), -1));
    cr_assert(eq(u32, released, 1), "a stream keeps it");
    tri_response_deinit(&x.response);
    tri_response_deinit(&x.response);
    cr_assert(eq(u32, released, 2));
}

Test(http_exchange, an_error_page_stands_in_for_a_plain_error_alone, .init = setup,
     .fini = teardown)
{
    static const struct tri_error_page page = {404, {"text/html", 9}, {"<p>gone", 7}};
    static const struct tri_policy policy = {.errors = &page, .error_count = 1};
    x.response.policy = &policy;
    tri_reply_error(&x, 403, TRI_SLICE("no\n"));
    cr_assert(tri_exchange_head(&x));
    cr_assert(tri_slice_is(body(), TRI_SLICE("no\n")), "there is no page for 403");
    x.head_written = false;
    tri_reply(&x, 404, TRI_SLICE("text/plain"), TRI_SLICE("a handler's own\n"));
    cr_assert(tri_exchange_head(&x));
    cr_assert(tri_slice_is(body(), TRI_SLICE("a handler's own\n")));
    x.head_written = false;
    tri_reply_error(&x, 404, TRI_SLICE("no\n"));
    cr_assert(tri_exchange_head(&x));
    cr_assert(tri_slice_is(body(), TRI_SLICE("<p>gone")));
    cr_assert(tri_slice_is(x.response.type, TRI_SLICE("text/html")));
    cr_assert(eq(i64, x.response.length, 7));
}

Test(http_exchange, a_head_waits_for_room_but_not_for_ever, .init = setup, .fini = teardown)
{
    output.room = 40;
    output.len = 1;
    tri_reply_field(&x, TRI_SLICE("A"), TRI_SLICE("1"));
    cr_assert(not(tri_stream_begin(&x, 200, TRI_SLICE("text/plain"), -1)));
    cr_assert(not(x.failed), "the output may drain");
    cr_assert(not(tri_stream_has_begun(&x)));
    cr_assert(eq(u32, x.response.field_count, 0), "the next call adds it again");
    output.len = 0;
    cr_assert(not(tri_stream_begin(&x, 200, TRI_SLICE("text/plain"), -1)));
    cr_assert(x.failed, "no output will ever be large enough");
}

Test(http_exchange, a_stream_is_chunked, .init = setup, .fini = teardown) /* RFC 9112 7.1 */
{
    begin(-1);
    cr_assert(eq(sz, tri_stream_write(&x, TRI_SLICE("hello")), 5));
    cr_assert(eq(sz, tri_stream_write(&x, TRI_SLICE("")), 0));
    cr_assert(eq(sz, tri_stream_write(&x, TRI_SLICE("0123456789abcdef0")), 17));
    cr_assert(tri_exchange_end(&x));
    check_output("5\r\nhello\r\n11\r\n0123456789abcdef0\r\n0\r\n\r\n");
}

Test(http_exchange, a_chunk_takes_what_fits_with_its_frame, .init = setup, .fini = teardown)
{
    begin(-1);
    output.room = 10;
    cr_assert(eq(sz, tri_stream_write(&x, TRI_SLICE("ab")), 0));
    output.room = 11;
    cr_assert(eq(sz, tri_stream_write(&x, TRI_SLICE("ab")), 1));
    check_output("1\r\na\r\n");
    cr_assert(eq(sz, tri_stream_write(&x, TRI_SLICE("b")), 0));
    output.room = 10;
    cr_assert(not(tri_exchange_end(&x)));
    output.room = 11;
    cr_assert(tri_exchange_end(&x));
    check_output("1\r\na\r\n0\r\n\r\n");
}

Test(http_exchange, a_stream_never_exceeds_its_length, .init = setup, .fini = teardown)
{
    begin(5);
    cr_assert(eq(sz, tri_stream_write(&x, TRI_SLICE("abc")), 3));
    cr_assert(eq(sz, tri_stream_write(&x, TRI_SLICE("defg")), 2));
    cr_assert(eq(sz, tri_stream_write(&x, TRI_SLICE("g")), 0));
    cr_assert(tri_exchange_end(&x));
    cr_assert(not(x.failed));
    check_output("abcde");
}

Test(http_exchange, a_stream_that_owes_bytes_has_failed, .init = setup, .fini = teardown)
{
    begin(5);
    tri_stream_write(&x, TRI_SLICE("abcd"));
    cr_assert(tri_exchange_end(&x));
    cr_assert(x.failed);
}

Test(http_exchange, no_body_follows_head, .init = setup, .fini = teardown) /* RFC 9110 9.3.2 */
{
    request.method = TRI_METHOD_HEAD;
    begin(5);
    cr_assert(eq(sz, tri_stream_write(&x, TRI_SLICE("abc")), 0));
    cr_assert(tri_exchange_end(&x));
    cr_assert(not(x.failed));
    check_output("");
}

Test(http_exchange, http_1_0_streams_until_the_end, .init = setup, .fini = teardown)
{
    request.version_minor = 0;
    begin(-1);
    cr_assert(eq(sz, tri_stream_write(&x, TRI_SLICE("abc")), 3));
    cr_assert(tri_exchange_end(&x));
    cr_assert(x.response.close);
    check_output("abc");
}

Test(http_exchange, a_body_is_done_when_all_of_it_was_taken, .init = setup, .fini = teardown)
{
    x.piece = TRI_SLICE("abc");
    cr_assert(not(tri_body_is_done(&x)));
    tri_body_take(&x, 2);
    cr_assert(tri_slice_is(tri_body_piece(&x), TRI_SLICE("c")));
    x.body_done = true;
    cr_assert(not(tri_body_is_done(&x)));
    tri_body_take(&x, 1);
    cr_assert(tri_body_is_done(&x));
    tri_body_take(&x, 0);
}

Test(http_exchange, numbers_come_from_the_query_in_range, .init = setup, .fini = teardown)
{
    static const struct {
        const char *query;
        bool ok;
        int64_t value;
    } cases[] = {
        {"", true, 7},
        {"m=1", true, 7},
        {"n=-10", true, -10},
        {"n=10", true, 10},
        {"n=0005", true, 5},
        {"n=%31", true, 1},
        {"n=-11", false, 0},
        {"n=11", false, 0},
        {"n=", false, 0},
        {"n", false, 0},
        {"n=-", false, 0},
        {"n=+1", false, 0},
        {"n=1.5", false, 0},
        {"n=1 ", false, 0},
        {"n=0x1", false, 0},
        {"n=<b>", false, 0},
        {"n=99999999999999999999999", false, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t value = 99;
        request.target.query = tri_slice_of(cases[i].query);
        cr_expect(eq(int, tri_query_number(&x, "n", -10, 10, 7, &value), cases[i].ok), "%s",
                  cases[i].query);
        cr_expect(eq(i64, value, cases[i].ok ? cases[i].value : 99), "%s", cases[i].query);
    }
    cr_assert(eq(int, x.response.status, 400));
    cr_assert(tri_slice_is(
        body(), TRI_SLICE("400 Bad Request: n must be a whole number from -10 to 10\n")));
}
