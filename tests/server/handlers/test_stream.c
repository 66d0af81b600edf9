/*
 * test_stream.c - echo, bytes and stream: bodies that do not fit the output at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "drive.h"
#include "server/base/clock.h"
#include "server/handlers/handlers.h"

TestSuite(handlers_stream, .timeout = 20);

#define HEAD_ROOM 256 /* just enough for a head */

/* --- echo --- */

static char text[3000];

static void echo_open(struct drive *d, size_t bytes, size_t piece_bytes, bool chunked)
{
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 31 >> 3);
    drive_open(d, TRI_METHOD_POST, "/echo", "");
    d->request.chunked = chunked;
    d->request.content_length = chunked ? -1 : (int64_t)bytes;
    d->body = (struct tri_slice){text, bytes};
    d->piece_bytes = piece_bytes;
}

static const struct {
    size_t bytes, piece, room;
} echoes[] = {{0, 0, HEAD_ROOM},    {1, 0, HEAD_ROOM},    {3000, 0, 65536},      {3000, 1, 65536},
              {3000, 7, HEAD_ROOM}, {3000, 0, HEAD_ROOM}, {3000, 500, HEAD_ROOM}};

Test(handlers_stream, echo_returns_the_body_however_it_is_cut)
{
    for (size_t i = 0; i < 2 * sizeof(echoes) / sizeof(*echoes); i++) {
        struct drive d;
        bool chunked = i & 1;
        echo_open(&d, echoes[i / 2].bytes, echoes[i / 2].piece, chunked);
        drive_narrow(&d, echoes[i / 2].room);
        drive_finish(&d, &tri_handler_echo);
        cr_assert(eq(int, strstr(d.sent, "Transfer-Encoding: chunked\r\n") != NULL, chunked));
        cr_assert(eq(int, strstr(d.sent, "Content-Length: ") != NULL, !chunked));
        cr_assert(tri_slice_is(drive_body(&d), (struct tri_slice){text, echoes[i / 2].bytes}),
                  "case %zu", i);
        drive_close(&d);
    }
}

Test(handlers_stream, echo_takes_no_more_than_the_output_accepts)
{
    struct drive d;
    echo_open(&d, 3000, 0, false);
    drive_narrow(&d, 512);
    cr_assert(eq(int, drive_call(&d, &tri_handler_echo).kind, TRI_NEXT_ROOM));
    cr_assert(eq(sz, d.output.len, 512));
    size_t left = d.x.piece.len;
    cr_assert(gt(sz, left, 3000 - 512));
    cr_assert(eq(int, drive_call(&d, &tri_handler_echo).kind, TRI_NEXT_ROOM));
    cr_assert(eq(sz, d.x.piece.len, left));
    drive_flush(&d);
    cr_assert(eq(int, drive_call(&d, &tri_handler_echo).kind, TRI_NEXT_ROOM));
    cr_assert(eq(sz, d.x.piece.len, left - 512));
    drive_close(&d);
}

Test(handlers_stream, echo_replies_nothing_before_the_body_comes)
{
    struct drive d;
    echo_open(&d, 10, 0, false);
    d.x.body_done = false;
    cr_assert(eq(int, tri_handler_echo.handle(&d.x).kind, TRI_NEXT_BODY));
    cr_assert(d.x.head_written == false);
    drive_finish(&d, &tri_handler_echo);
    cr_assert(eq(sz, drive_body(&d).len, 10));
    drive_close(&d);
}

static const char *const types[][2] = {
    {"text/plain; charset=utf-8", "text/plain; charset=utf-8"},
    {"", "application/octet-stream"},
    {"text/\x01", "application/octet-stream"},
    {"text/\xc3\xa9", "application/octet-stream"},
    {"a\tb", "application/octet-stream"},
    {"text/plain\r\nX: y", "application/octet-stream"},
};

Test(handlers_stream, echo_returns_the_type_when_it_is_plain_text)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        struct drive d;
        echo_open(&d, 1, 0, false);
        drive_field(&d, "content-TYPE", types[i][0]);
        drive_finish(&d, &tri_handler_echo);
        cr_assert(tri_slice_is(d.x.response.type, tri_slice_of(types[i][1])), "%s", types[i][0]);
        drive_close(&d);
    }
}

Test(handlers_stream, a_head_that_does_not_fit_is_begun_again)
{
    static const struct tri_handler *const handlers[] = {&tri_handler_echo, &tri_handler_bytes,
                                                         &tri_handler_stream, &tri_handler_events};
    for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
        struct drive d;
        drive_open(&d, TRI_METHOD_GET, "/", "n=1");
        d.output.len = d.output.room - 20; /* replies of earlier exchanges */
        memset(d.room, ' ', d.output.len);
        cr_assert(eq(int, drive_call(&d, handlers[i]).kind, TRI_NEXT_ROOM));
        cr_assert(eq(sz, d.output.len, d.output.room - 20));
        cr_assert(d.x.failed == false);
        d.output.len = 0;
        drive_finish(&d, handlers[i]);
        cr_assert(eq(int, drive_status(&d), 200));
        if (handlers[i] == &tri_handler_events) {
            cr_assert(drive_has(d.sent, "\r\nCache-Control: no-store\r\n"));
            cr_assert(eq(uint, d.x.response.field_count, 1));
        }
        drive_close(&d);
    }
}

Test(handlers_stream, head_requests_get_a_head_and_end)
{
    static const struct tri_handler *const handlers[] = {&tri_handler_echo, &tri_handler_bytes,
                                                         &tri_handler_stream, &tri_handler_events};
    for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
        struct drive d;
        drive_open(&d, TRI_METHOD_HEAD, "/", "");
        drive_finish(&d, handlers[i]);
        cr_assert(eq(uint, d.calls, 1));
        cr_assert(eq(sz, drive_body(&d).len, 0));
        drive_close(&d);
    }
}

/* --- bytes --- */

Test(handlers_stream, bytes_sends_exactly_n_of_the_pattern)
{
    static const size_t counts[] = {0, 1, 63, 64, 65, 4095, 4096, 4097, 100000};
    static const size_t rooms[] = {HEAD_ROOM, 4096, 65536};
    for (size_t i = 0; i < 27; i++) {
        size_t count = counts[i / 3];
        struct drive d;
        char query[32];
        snprintf(query, sizeof(query), "n=%zu", count);
        drive_open(&d, TRI_METHOD_GET, "/bytes", query);
        drive_narrow(&d, rooms[i % 3]);
        drive_finish(&d, &tri_handler_bytes);
        snprintf(query, sizeof(query), "Content-Length: %zu\r\n", count);
        cr_assert(drive_has(d.sent, query));
        struct tri_slice body = drive_body(&d);
        cr_assert(eq(sz, body.len, count));
        for (size_t at = 0; at < count; at++) {
            cr_assert(at % 64 == 63 ? body.at[at] == '\n' : body.at[at] >= ' ', "byte %zu", at);
            cr_assert(eq(chr, body.at[at], body.at[at % 64]));
        }
        drive_close(&d);
    }
}

Test(handlers_stream, bytes_promises_a_gibibyte_and_writes_only_what_there_is_room_for)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/bytes", "n=1073741824");
    cr_assert(eq(int, drive_call(&d, &tri_handler_bytes).kind, TRI_NEXT_ROOM));
    cr_assert(eq(sz, d.output.len, d.output.room));
    cr_assert(drive_has(d.room, "Content-Length: 1073741824\r\n"));
    drive_close(&d);
}

/* --- stream --- */

Test(handlers_stream, stream_writes_a_line_per_tick)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/stream", "n=3&ms=250");
    for (int64_t tick = 1; tick <= 2; tick++) {
        struct tri_next next = drive_call(&d, &tri_handler_stream);
        cr_assert(eq(int, next.kind, TRI_NEXT_AT));
        cr_assert(eq(i64, next.at_ns, DRIVE_START_NS + tick * 250 * TRI_MILLISECOND));
        cr_assert(gt(sz, d.output.len, 0));
        drive_flush(&d);
        d.x.now_ns = next.at_ns;
    }
    drive_finish(&d, &tri_handler_stream);
    cr_assert(eq(uint, d.calls, 3));
    cr_assert(drive_body_is(&d, "line 1 after 0 ms\nline 2 after 250 ms\nline 3 after 500 ms\n"));
    drive_close(&d);
}

Test(handlers_stream, stream_without_pauses_waits_for_room_only)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/stream", "n=2000&ms=0");
    drive_narrow(&d, HEAD_ROOM);
    drive_finish(&d, &tri_handler_stream);
    cr_assert(eq(i64, d.x.now_ns, DRIVE_START_NS));
    struct tri_slice body = drive_body(&d);
    size_t lines = 0;
    for (size_t i = 0; i < body.len; i++)
        lines += body.at[i] == '\n';
    cr_assert(eq(sz, lines, 2000));
    static const char last[] = "line 2000 after 0 ms\n";
    cr_assert(memcmp(body.at + body.len - strlen(last), last, strlen(last)) == 0);
    drive_close(&d);
}

Test(handlers_stream, ticks_missed_while_the_client_did_not_read_are_no_burst)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/stream", "n=1000&ms=10");
    cr_assert(eq(int, drive_call(&d, &tri_handler_stream).kind, TRI_NEXT_AT));
    drive_flush(&d);
    d.x.now_ns += 5 * TRI_SECOND;
    struct tri_next next = drive_call(&d, &tri_handler_stream);
    cr_assert(eq(int, next.kind, TRI_NEXT_AT));
    cr_assert(eq(i64, next.at_ns, d.x.now_ns + 10 * TRI_MILLISECOND));
    cr_assert(lt(sz, d.output.len, 100));
    drive_close(&d);
}
