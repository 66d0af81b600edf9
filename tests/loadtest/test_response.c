/*
 * test_response.c - responses, however they are cut, and heads that are known.
 */
#include "loadtest/response.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(loadtest_response, .timeout = 20);

static const char two[] =
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    "HTTP/1.1 204 None\r\n\r\n";

/* Feed in pieces; returns responses completed, or -1 when one was invalid. */
static int feed(struct tri_reading *reading, struct tri_known *known, const char *text, size_t len,
                size_t piece, unsigned *ret_known)
{
    int done = 0;
    for (size_t at = 0; at < len;) {
        size_t used, part = len - at < piece ? len - at : piece;
        enum tri_read outcome =
            tri_reading_feed(reading, known, false, (struct tri_slice){text + at, part}, &used);
        if (outcome == TRI_READ_INVALID)
            return -1;
        if (outcome == TRI_READ_DONE) {
            done++;
            *ret_known += reading->was_known;
            if (reading->status == 200)
                cr_assert(eq(u64, reading->body_len, 5));
        }
        at += used;
    }
    return done;
}

Test(loadtest_response, how_bytes_are_cut_does_not_matter)
{
    struct tri_expectation expect = {.length = -1};
    for (size_t piece = 1; piece <= sizeof(two); piece++) {
        struct tri_reading reading;
        struct tri_known known = {0};
        unsigned compared = 0;
        tri_reading_init(&reading, &expect);
        cr_assert(eq(i32, feed(&reading, &known, two, sizeof(two) - 1, piece, &compared), 5), "%zu",
                  piece);
    }
}

Test(loadtest_response, a_known_head_is_compared_and_a_different_one_is_parsed)
{
    static const char other[] = "HTTP/1.1 404 No\r\nContent-Length: 5\r\n\r\nnever";
    struct tri_expectation expect = {.length = -1};
    struct tri_reading reading;
    struct tri_known known = {0};
    unsigned compared = 0;
    size_t used;
    tri_reading_init(&reading, &expect);
    feed(&reading, &known, two, sizeof(two) - 1, sizeof(two), &compared);
    cr_assert(eq(u32, compared, 2)); /* the third and the fourth */
    cr_assert(eq(i32, (int)tri_reading_feed(&reading, &known, false, TRI_SLICE(other), &used),
                 TRI_READ_DONE));
    cr_assert(eq(u16, reading.status, 404));
    cr_assert(not(reading.was_known));
}

Test(loadtest_response, a_response_to_head_has_no_body)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n";
    struct tri_expectation expect = {.length = -1};
    struct tri_reading reading;
    struct tri_known known = {0};
    size_t used;
    tri_reading_init(&reading, &expect);
    for (int i = 0; i < 3; i++) {
        cr_assert(eq(i32, (int)tri_reading_feed(&reading, &known, true, TRI_SLICE(head), &used),
                     TRI_READ_DONE));
        cr_assert(eq(sz, used, sizeof(head) - 1));
        cr_assert(eq(u64, reading.body_len, 0));
    }
}

Test(loadtest_response, every_cut_short_response_is_unfinished)
{
    static const char whole[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    struct tri_expectation expect = {.length = -1};
    for (size_t len = 1; len < sizeof(whole) - 1; len++) {
        struct tri_reading reading;
        struct tri_known known = {0};
        size_t used;
        tri_reading_init(&reading, &expect);
        cr_assert(eq(
            i32,
            (int)tri_reading_feed(&reading, &known, false, (struct tri_slice){whole, len}, &used),
            TRI_READ_MORE));
        cr_assert(eq(i32, (int)tri_reading_end(&reading), TRI_READ_MORE), "%zu", len);
    }
}

Test(loadtest_response, a_text_is_found_across_pieces)
{
    static const char whole[] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\naabaabaac";
    for (size_t piece = 1; piece < 12; piece++) {
        struct tri_expectation expect = {.length = -1, .body = "aabaac"};
        struct tri_reading reading;
        struct tri_known known = {0};
        cr_assert(tri_expectation_prepare(&expect));
        tri_reading_init(&reading, &expect);
        for (size_t at = 0, used; at < sizeof(whole) - 1; at += used) {
            size_t left = sizeof(whole) - 1 - at;
            tri_reading_feed(&reading, &known, false,
                             (struct tri_slice){whole + at, left < piece ? left : piece}, &used);
        }
        cr_assert(tri_reading_is_expected(&reading), "%zu", piece);
        free(expect.fallback);
    }
}
