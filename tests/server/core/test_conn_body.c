/*
 * test_conn_body.c - bodies, asked for, waited for, or never wanted; and replies of all sizes to
 * clients of all speeds.
 */
#include "replies.h"
#include "wire.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "server/base/clock.h"

TestSuite(core_conn_body, .init = wire_init, .fini = wire_deinit, .timeout = 60);

#define HELLO "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

static bool is_idle(struct tri_wish wish)
{
    return wish.bits == (TRI_WISH_READ | TRI_WISH_IDLE);
}

static void send_zeros(size_t bytes)
{
    static const char zeros[4096];
    for (size_t n; bytes > 0; bytes -= n)
        wire_send_bytes(zeros, n = bytes < sizeof(zeros) ? bytes : sizeof(zeros));
}

/* A request with a body of `bytes`, which follows elsewhere. */
static void send_head(const char *path, size_t bytes, const char *fields)
{
    char text[256];
    snprintf(text, sizeof(text), "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n%s\r\n",
             path, bytes, fields);
    wire_send(text);
}

/* --- request bodies --- */

Test(core_conn_body, a_long_body_is_taken_piece_by_piece)
{
    static const size_t cuts[] = {0, 1000, 65536, 7};
    for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
        wire_open();
        wire.read_most = cuts[i];
        send_head("/take", 1000000, "");
        send_zeros(1000000);
        wire_send(HELLO);
        cr_assert(is_idle(wire_run()));
        struct reply reply = wire_expect(200);
        cr_assert(tri_slice_is(reply.body, TRI_SLICE("took 1000000\n")));
        wire_expect(200), wire_expect_end();
    }
}

Test(core_conn_body, who_expects_it_is_told_to_continue_once) /* RFC 9110 10.1.1 */
{
    send_head("/take", 5, "Expect: 100-continue\r\n");
    cr_assert(wire_run().bits == TRI_WISH_READ);
    wire_expect(100), wire_expect_end();
    wire_send("12");
    wire_run();
    wire_expect_end();
    wire_send("345" HELLO);
    cr_assert(is_idle(wire_run()));
    struct reply reply = wire_expect(200);
    cr_assert(tri_slice_is(reply.body, TRI_SLICE("took 5\n")));
    wire_expect(200), wire_expect_end();
}

Test(core_conn_body, who_does_not_wait_for_the_100_may_be_spared_it)
{
    struct reply reply;
    send_head("/take", 5, "Expect: 100-continue\r\n");
    wire_send("12345");
    cr_assert(is_idle(wire_run()));
    cr_assert(wire_reply(&reply));
    if (reply.status == 100)
        cr_assert(wire_reply(&reply));
    cr_assert(reply.status == 200 && tri_slice_is(reply.body, TRI_SLICE("took 5\n")));
    wire_expect_end();
}

Test(core_conn_body, who_expects_to_continue_but_is_answered_is_not_kept)
{
    send_head("/hello", 5, "Expect: 100-continue\r\n");
    struct tri_wish wish = wire_run();
    struct reply reply = wire_expect(200);
    cr_assert(has_field(&reply, "Connection: close"));
    wire_expect_end();
    cr_assert(wish.bits == TRI_WISH_READ && wire.shuts == 1);
}

Test(core_conn_body, an_unwanted_body_up_to_the_limit_is_skipped_to_keep_the_connection)
{
    service.limits.drain_bytes = 100000;
    for (size_t bytes = 99999; bytes <= 100000; bytes++) {
        wire_open();
        send_head("/hello", bytes, "");
        wire_run();
        struct reply reply = wire_expect(200);
        cr_assert(!has_field(&reply, "Connection: close"));
        send_zeros(bytes);
        wire_send(HELLO);
        cr_assert(is_idle(wire_run()));
        wire_expect(200), wire_expect_end();
    }
}

Test(core_conn_body, a_longer_one_ends_the_connection_with_care)
{
    service.limits.drain_bytes = 100000;
    send_head("/hello", 100001, "");
    struct tri_wish wish = wire_run();
    struct reply reply = wire_expect(200);
    cr_assert(has_field(&reply, "Connection: close"));
    cr_assert(wish.bits == TRI_WISH_READ && wire.shuts == 1);
    send_zeros(100001);
    wire_send(HELLO);
    cr_assert(wire_run().bits == TRI_WISH_READ);
    wire_expect_end();
    wire.in_end = TRI_IO_EOF;
    cr_assert(wire_run().bits == TRI_WISH_CLOSE);
}

Test(core_conn_body, chunks_are_skipped_up_to_the_limit_too)
{
    service.limits.drain_bytes = 100;
    wire_send("POST /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 10; i++)
        wire_send("a\r\n0123456789\r\n");
    wire_send("0\r\n\r\n" HELLO);
    cr_assert(is_idle(wire_run()));
    wire_expect(200), wire_expect(200), wire_expect_end();
    wire_send("POST /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 11; i++)
        wire_send("a\r\n0123456789\r\n");
    wire_send("0\r\n\r\n" HELLO);
    cr_assert(wire_run().bits == TRI_WISH_READ && wire.shuts == 1);
    wire_expect(200), wire_expect_end();
}

Test(core_conn_body, a_body_that_turns_out_malformed_after_the_reply_ends_the_connection)
{
    wire_send("POST /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n" HELLO);
    cr_assert(wire_run().bits == TRI_WISH_READ && wire.shuts == 1);
    wire_expect(200), wire_expect_end();
}

/* --- replies, and who does not take them --- */

Test(core_conn_body, large_replies_arrive_whole_however_slowly)
{
    static const char *const paths[] = {"/big", "/stream"};
    static const size_t mosts[] = {0, 1, 100, 65535, 65537};
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < sizeof(mosts) / sizeof(*mosts); j++) {
            wire_open();
            send_head(paths[i], 0, "");
            wire_send(HELLO);
            wire.write_most = mosts[j];
            for (wire.credit = 0; !is_idle(wire_run());)
                wire.credit = 10007;
            struct reply reply = wire_expect(200);
            cr_assert(i == 1 ? reply.body.len > BIG_BYTES : reply.body.len == BIG_BYTES);
            wire_expect(200), wire_expect_end();
        }
}

Test(core_conn_body, a_client_that_takes_nothing_costs_one_output_and_is_not_read_from)
{
    static const char *const paths[] = {"/hello", "/big", "/stream", "/take", "/file"};
    file_served = memfd_create("served", MFD_CLOEXEC);
    file_bytes = 1000000;
    cr_assert(ftruncate(file_served, file_bytes) == 0);
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        wire_open();
        for (int n = 0; n < 10000; n++) {
            send_head(paths[i], 0, "");
        }
        wire.credit = 0;
        struct tri_wish wish = wire_run();
        cr_assert(wish.bits == TRI_WISH_WRITE, "%s", paths[i]);
        cr_assert(conn.out.room <= service.limits.output_bytes, "%u in out", conn.out.room);
        cr_assert(conn.in.room <= TRI_WORKSPACE_INPUT_BYTES, "%u in in", conn.in.room);
        unsigned reads = wire.reads;
        cr_assert(wire_run().bits == TRI_WISH_WRITE);
        cr_assert(wire.reads == reads && wire.out_len == 0);
    }
}

/* GET /file, whole, and another request behind it. */
static void expect_file(size_t bytes, unsigned calls)
{
    file_bytes = (int64_t)bytes;
    wire_open();
    wire_send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_assert(is_idle(wire_run()));
    cr_assert(wire.writes + wire.files == calls, "%zu bytes: %u writes and %u sendfiles", bytes,
              wire.writes, wire.files);
    cr_assert(wire.held_writes == (wire.files > 0), "a head that its file does not go with");
    wire_send(HELLO);
    cr_assert(is_idle(wire_run()));
    struct reply reply = wire_expect(200);
    cr_assert(reply.body.len == bytes);
    for (size_t i = 0; i < bytes; i++)
        cr_assert(reply.body.at[i] == (char)(i % 251), "byte %zu of %zu", i, bytes);
    wire_expect(200), wire_expect_end();
}

static void fill_file(size_t bytes)
{
    static char content[1 << 20];
    for (size_t i = 0; i < sizeof(content); i++)
        content[i] = (char)(i % 251);
    file_served = memfd_create("served", MFD_CLOEXEC);
    cr_assert(write(file_served, content, bytes) == (ssize_t)bytes);
}

Test(core_conn_body, a_small_file_shares_the_write_of_its_head_a_large_one_is_sent)
{
    fill_file(1 << 20);
    expect_file(0, 1);
    expect_file(1, 1);
    expect_file(16384, 1);
    expect_file(16385, 2);
    expect_file(500000, 2);
    expect_file(1 << 20, 3); /* more than one turn's worth */
}

Test(core_conn_body, files_arrive_whole_however_slowly)
{
    static const size_t sizes[] = {10000, 200000};
    fill_file(200000);
    for (size_t i = 0; i < 2; i++)
        for (size_t credit = 1; credit < 100000; credit = credit * 3 + 1) {
            file_bytes = (int64_t)sizes[i];
            wire_open();
            wire_send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n" HELLO);
            for (wire.credit = 0; !is_idle(wire_run());)
                wire.credit = credit;
            struct reply reply = wire_expect(200);
            cr_assert(reply.body.len == sizes[i]);
            for (size_t n = 0; n < sizes[i]; n++)
                cr_assert(reply.body.at[n] == (char)(n % 251));
            wire_expect(200), wire_expect_end();
        }
}

Test(core_conn_body, a_file_that_shrinks_while_it_is_sent_ends_the_connection)
{
    static const size_t sizes[] = {10000, 200000};
    fill_file(200000);
    for (size_t i = 0; i < 2; i++) {
        file_bytes = (int64_t)sizes[i];
        cr_assert(ftruncate(file_served, (off_t)sizes[i] / 2) == 0);
        wire_open();
        wire_send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n" HELLO);
        cr_assert(!is_idle(wire_run()));
        struct reply reply;
        cr_assert(wire_reply(&reply) && !reply.whole);
        cr_assert(wire.out_at == wire.out_len && reply.body.len == sizes[i] / 2, "%zu bytes came",
                  reply.body.len);
        wire.in_end = TRI_IO_EOF;
        if (wire.closes == 0)
            cr_assert(wire_run().bits == TRI_WISH_CLOSE);
        cr_assert(ftruncate(file_served, 200000) == 0);
    }
}

Test(core_conn_body, a_refusal_that_does_not_fit_either_ends_the_connection)
{
    static char lines[70000];
    for (size_t i = 0; i + 10 < sizeof(lines); i += 10)
        memcpy(lines + i, "X: 12345\r\n", 10);
    const struct tri_policy policy = {.fields = {lines, 69990}};
    service.policy = &policy;
    wire_open();
    wire_send("GET / HTTP/9.9\r\n\r\n"); /* refused before a route is known */
    wire_run();
    wire_expect_end();
}

Test(core_conn_body, a_reply_that_outgrows_its_memory_is_a_500_that_closes)
{
    wire_send("GET /glutton HTTP/1.1\r\nHost: a\r\n\r\n" HELLO);
    wire_run();
    struct reply reply = wire_expect(500);
    cr_assert(has_field(&reply, "Connection: close"));
    wire_expect_end();
}
