/*
 * test_conn_hold.c - replies in parts, and what a reply keeps alive: wire.c checks at every end of
 * a connection that each hold was released exactly once.
 */
#include "replies.h"
#include "wire.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "server/base/clock.h"

#define HELLO "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
#define PARTS "GET /parts HTTP/1.1\r\nHost: a\r\n\r\n"
#define HELD "GET /held HTTP/1.1\r\nHost: a\r\n\r\n"
#define SIZE 200000

static char content[SIZE];

static void init(void)
{
    wire_init();
    for (size_t i = 0; i < sizeof(content); i++)
        content[i] = (char)(i % 251);
    file_served = memfd_create("served", MFD_CLOEXEC);
    file_bytes = SIZE;
    cr_assert(write(file_served, content, SIZE) == SIZE);
}

TestSuite(core_conn_hold, .init = init, .fini = wire_deinit, .timeout = 60);

static bool is_idle(struct tri_wish wish)
{
    return wish.bits == (TRI_WISH_READ | TRI_WISH_IDLE);
}

/* "[", the file, "]". */
static void expect_parts(void)
{
    size_t bytes = (size_t)file_bytes;
    struct reply reply = wire_expect(200);
    cr_assert(reply.body.len == bytes + 2, "%zu bytes", reply.body.len);
    cr_assert(reply.body.at[0] == '[' && reply.body.at[bytes + 1] == ']');
    cr_assert(bytes == 0 || memcmp(reply.body.at + 1, content, bytes) == 0);
}

Test(core_conn_hold, a_reply_in_parts_arrives_in_order_however_slowly)
{
    static const int64_t sizes[] = {0, 1, 16384, 16385, SIZE};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
        for (size_t credit = 1; credit < 1000000; credit = credit * 7 + 1) {
            file_bytes = sizes[i];
            wire_open();
            wire_send(HELLO PARTS PARTS HELLO);
            for (wire.credit = 0; !is_idle(wire_run());)
                wire.credit = credit;
            cr_assert(wire.holds == 2 && wire.releases == 2);
            wire_expect(200), expect_parts(), expect_parts(), wire_expect(200), wire_expect_end();
        }
}

Test(core_conn_hold, small_parts_share_one_write_with_the_replies_around_them)
{
    file_bytes = 1000;
    wire_send(HELLO PARTS PARTS HELLO);
    cr_assert(is_idle(wire_run()));
    cr_assert(wire.writes == 1 && wire.files == 0, "%u writes, %u files", wire.writes, wire.files);
}

Test(core_conn_hold, to_head_the_parts_are_not_sent_and_yet_released)
{
    wire_send("HEAD /parts HTTP/1.1\r\nHost: a\r\n\r\nHEAD /held HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_assert(is_idle(wire_run()));
    cr_assert(wire.holds == 2 && wire.releases == 2);
    struct reply reply;
    cr_assert(wire_reply(&reply) && reply.status == 200);
    cr_assert(has_field(&reply, "Content-Length: 200002"));
}

Test(core_conn_hold, a_hold_is_kept_until_the_last_byte_is_out_and_no_longer)
{
    wire_send(PARTS);
    wire.credit = 100000;
    cr_assert(wire_run().bits == TRI_WISH_WRITE);
    cr_assert(wire.holds == 1 && wire.releases == 0);
    wire.credit = SIZE_MAX;
    cr_assert(is_idle(wire_run()));
    cr_assert(wire.releases == 1);
}

/* Each way to end, when `credit` bytes of the reply to `request` are out. */
static void end_each_way(const char *request, size_t credit)
{
    for (int way = 0; way < 4; way++) {
        wire_open();
        wire_send(request);
        wire.credit = credit;
        struct tri_wish wish = wire_run();
        if (wish.bits & TRI_WISH_CLOSE) /* the reply itself was the end */
            continue;
        wire.gone = way == 0; /* reset */
        if (way == 0 && wish.bits == TRI_WISH_WRITE)
            cr_assert(wire_run().bits == TRI_WISH_CLOSE);
        if (way == 1 && wish.bits == TRI_WISH_WRITE) /* cut by the deadline */
            cr_assert(wire_expire(wish).bits == TRI_WISH_CLOSE);
        if (way == 2)
            tri_conn_abort(&conn);
        if (way == 3) { /* refused: what stands behind the request is no request */
            wire_send("nonsense\r\n\r\n");
            wire.credit = SIZE_MAX;
            wire.in_end = TRI_IO_EOF;
            cr_assert(wire_run().bits == TRI_WISH_CLOSE);
        }
    }
}

Test(core_conn_hold, a_hold_is_released_once_wherever_the_reply_ends)
{
    static const char *const requests[] = {
        PARTS, HELD, "GET /held?fail HTTP/1.1\r\nHost: a\r\n\r\n", PARTS HELD PARTS,
        "GET /file HTTP/1.1\r\nHost: a\r\n\r\n"};
    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++)
        for (size_t credit = 0; credit < 3 * SIZE; credit = credit * 2 + 1)
            end_each_way(requests[i], credit);
}

Test(core_conn_hold, a_hold_is_released_when_the_file_is_cut_short)
{
    cr_assert(ftruncate(file_served, SIZE / 2) == 0);
    for (file_bytes = 10000; file_bytes <= SIZE; file_bytes += SIZE - 10000) {
        cr_assert(ftruncate(file_served, file_bytes / 2) == 0);
        wire_open();
        wire_send(PARTS HELLO);
        wire.in_end = TRI_IO_EOF;
        cr_assert(wire_run().bits == TRI_WISH_CLOSE);
        struct reply reply;
        cr_assert(wire_reply(&reply) && !reply.whole, "no end may be made up");
        cr_assert(reply.body.len == 1 + (size_t)file_bytes / 2);
        cr_assert(wire.holds == 1 && wire.releases == 1);
    }
}

/* RFC 9112 8: a chunked reply without its last chunk is not whole. */
Test(core_conn_hold, a_stream_that_fails_is_cut_and_nothing_is_made_up)
{
    wire_send("GET /held?fail HTTP/1.1\r\nHost: a\r\n\r\n" HELLO);
    wire_run();
    struct reply reply;
    cr_assert(wire_reply(&reply) && reply.status == 200 && !reply.whole);
    cr_assert(wire.out_at == wire.out_len);
}

Test(core_conn_hold, a_body_that_goes_bad_behind_the_head_of_its_reply_cuts_it)
{
    wire_send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
              "4\r\nabcd\r\nx\r\n" HELLO);
    struct tri_wish wish = wire_run();
    struct reply reply;
    cr_assert(wire_reply(&reply) && reply.status == 200 && !reply.whole);
    cr_assert(tri_slice_is(reply.body, TRI_SLICE("4\r\nabcd\r\n")));
    cr_assert(wire.out_at == wire.out_len);
    cr_assert(wish.bits == TRI_WISH_READ && wire.shuts == 1, "the client may still read");
}
