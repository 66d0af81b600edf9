/*
 * test_conn_rate.c - least rates: who sends or takes too little ends when its first span is used
 * up, who keeps twice the rate never does, and time in which nobody waits for the client is not
 * counted.
 */
#include "replies.h"
#include "wire.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "server/base/clock.h"

#define HELLO "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
#define HOURS (3600 * TRI_SECOND)

static void init(void)
{
    wire_init();
    service.limits.rate_bytes = 256;
    service.limits.body_ns = service.limits.write_ns = 30 * TRI_SECOND;
    file_served = memfd_create("served", MFD_CLOEXEC);
    file_bytes = BIG_BYTES;
    cr_assert(ftruncate(file_served, file_bytes) == 0);
}

TestSuite(core_conn_rate, .init = init, .fini = wire_deinit, .timeout = 60);

/* Let time pass until `until_ns`, stepping at each deadline as a mode does. */
static struct tri_wish pass(struct tri_wish wish, int64_t until_ns)
{
    while (!(wish.bits & TRI_WISH_CLOSE) && wish.deadline_ns <= until_ns) {
        clock_ns = wish.deadline_ns > clock_ns ? wish.deadline_ns : clock_ns;
        wish = wire_run();
    }
    clock_ns = until_ns;
    return wish;
}

/* --- bodies --- */

/*
 * `bytes` of a body come every `gap_ns`, for at most `most_ns`. How long the body was waited for:
 * up to its 408, or to the close when it is answered already; `most_ns` when it still goes on.
 */
static int64_t drip(const char *head, size_t bytes, int64_t gap_ns, int64_t most_ns)
{
    static const char zeros[1 << 16];
    wire_open();
    wire_send(head);
    struct tri_wish wish = wire_run();
    int64_t start_ns = clock_ns;
    size_t answered = wire.out_len;
    while (clock_ns - start_ns < most_ns) {
        int64_t deadline_ns = wish.deadline_ns;
        cr_assert(wish.bits == TRI_WISH_READ, "%#x", wish.bits);
        wish = pass(wish, clock_ns + gap_ns);
        if (wire.out_len > answered || wire.shuts > 0 || wish.bits & TRI_WISH_CLOSE)
            return deadline_ns - start_ns;
        wire.in_at = wire.in_len = 0;
        wire_send_bytes(zeros, bytes);
        wish = wire_run();
    }
    return most_ns;
}

#define MUCH "Content-Length: 1000000000\r\n\r\n"
static const char taken[] = "POST /take HTTP/1.1\r\nHost: a\r\n" MUCH;

static void expect_about(int64_t ns, int64_t wanted_ns)
{
    int64_t off_ns = ns > wanted_ns ? ns - wanted_ns : wanted_ns - ns;
    cr_assert(off_ns <= wanted_ns / 20, "%lld ms instead of %lld",
              (long long)(ns / TRI_MILLISECOND), (long long)(wanted_ns / TRI_MILLISECOND));
}

Test(core_conn_rate, a_body_that_drips_ends_when_its_span_is_used_up)
{
    for (int64_t gap_ns = TRI_SECOND / 10; gap_ns < 30 * TRI_SECOND; gap_ns *= 3) {
        expect_about(drip(taken, 1, gap_ns, HOURS), 30 * TRI_SECOND);
        wire_expect(408), wire_expect_end();
    }
}

Test(core_conn_rate, a_body_at_half_of_the_rate_lasts_twice_its_span)
{
    expect_about(drip(taken, 128, TRI_SECOND, HOURS), 60 * TRI_SECOND);
}

Test(core_conn_rate, a_body_at_twice_the_rate_lasts_as_long_as_it_likes)
{
    cr_assert(drip(taken, 512, TRI_SECOND, 2 * HOURS) == 2 * HOURS);
    cr_assert(drip(taken, 512 * 25, 25 * TRI_SECOND, 2 * HOURS) == 2 * HOURS);
}

Test(core_conn_rate, what_is_saved_up_is_never_more_than_the_span)
{
    wire_send(taken);
    static const char zeros[60000]; /* four minutes' worth */
    wire_send_bytes(zeros, sizeof(zeros));
    struct tri_wish wish = wire_run();
    cr_assert(wish.deadline_ns == clock_ns + 30 * TRI_SECOND);
}

Test(core_conn_rate, a_body_that_is_skipped_has_its_rate_too)
{
    service.limits.drain_bytes = 2000000000;
    static const char skipped[] = "POST /hello HTTP/1.1\r\nHost: a\r\n" MUCH;
    expect_about(drip(skipped, 1, TRI_SECOND, HOURS), 30 * TRI_SECOND);
    cr_assert(drip(skipped, 512, TRI_SECOND, 2 * HOURS) == 2 * HOURS);
}

/* Chunks of one byte carry six bytes of wire, of which one is body. */
Test(core_conn_rate, the_framing_of_chunks_earns_nothing)
{
    wire_send("POST /take HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;");
    struct tri_wish wish = wire_run();
    int64_t start_ns = clock_ns;
    while (wish.bits == TRI_WISH_READ && wire.out_len == 0) {
        wire_send("e");
        wish = pass(wire_run(), clock_ns + TRI_SECOND);
    }
    expect_about(clock_ns - start_ns, 30 * TRI_SECOND);
    wire_expect(408);
}

Test(core_conn_rate, without_a_rate_each_byte_of_a_body_brings_the_whole_span)
{
    service.limits.rate_bytes = 0;
    cr_assert(drip(taken, 1, 30 * TRI_SECOND - 1, HOURS) >= HOURS);
    expect_about(drip(taken, 1, 31 * TRI_SECOND, HOURS), 30 * TRI_SECOND);
}

/* --- replies --- */

/*
 * The client asks for `path` and takes `bytes` every `gap_ns`, for at most `most_ns`. How long it
 * was borne with; `most_ns` when it still is, 0 when all was sent.
 */
static int64_t sip(const char *path, size_t bytes, int64_t gap_ns, int64_t most_ns)
{
    wire_open();
    wire.credit = 0;
    wire_send("GET ");
    wire_send(path);
    wire_send(" HTTP/1.1\r\nHost: a\r\n\r\n");
    struct tri_wish wish = wire_run();
    int64_t start_ns = clock_ns;
    while (clock_ns - start_ns < most_ns && wish.bits == TRI_WISH_WRITE) {
        int64_t deadline_ns = wish.deadline_ns;
        wish = pass(wish, clock_ns + gap_ns);
        if (wish.bits & TRI_WISH_CLOSE)
            return deadline_ns - start_ns;
        wire.credit = bytes;
        wish = wire_run();
    }
    return wish.bits == TRI_WISH_WRITE ? most_ns : 0;
}

static const char *const paths[] = {"/big", "/stream", "/file", "/parts"};

Test(core_conn_rate, who_sips_is_cut_when_the_span_is_used_up)
{
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        for (int64_t gap_ns = TRI_SECOND / 10; gap_ns < 30 * TRI_SECOND; gap_ns *= 3)
            expect_about(sip(paths[i], 1, gap_ns, HOURS), 30 * TRI_SECOND);
}

Test(core_conn_rate, who_takes_nothing_is_cut_after_the_span)
{
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        int64_t borne_ns = sip(paths[i], 1, 31 * TRI_SECOND, HOURS);
        cr_assert(borne_ns == 30 * TRI_SECOND, "%s: %lld ns", paths[i], (long long)borne_ns);
        cr_assert(wire.out_len == 0);
    }
}

Test(core_conn_rate, who_takes_twice_the_rate_gets_it_all)
{
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        cr_assert(sip(paths[i], 512, TRI_SECOND, HOURS) == 0, "%s", paths[i]);
        cr_assert(wire_expect(200).body.len >= BIG_BYTES);
    }
}

/* Writes that the kernel cuts short count like whole ones. */
Test(core_conn_rate, how_writes_are_cut_does_not_matter)
{
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        wire_open();
        wire_send("GET ");
        wire_send(paths[i]);
        wire_send(" HTTP/1.1\r\nHost: a\r\n\r\n");
        wire.credit = 0;
        wire.write_most = 50;
        struct tri_wish wish = wire_run();
        while (wish.bits == TRI_WISH_WRITE) {
            wish = pass(wish, clock_ns + TRI_SECOND);
            cr_assert(!(wish.bits & TRI_WISH_CLOSE), "%s: cut at %zu", paths[i], wire.out_len);
            wire.credit = 512;
            wish = wire_run();
        }
        cr_assert(wire_expect(200).body.len >= BIG_BYTES);
    }
}

Test(core_conn_rate, without_a_rate_each_byte_that_is_taken_brings_the_whole_span)
{
    service.limits.rate_bytes = 0;
    cr_assert(sip("/big", 1, 30 * TRI_SECOND - 1, HOURS) >= HOURS);
}

Test(core_conn_rate, each_reply_has_a_span_of_its_own)
{
    wire_send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    wire.credit = 0;
    struct tri_wish wish = pass(wire_run(), clock_ns + 29 * TRI_SECOND);
    wire.credit = SIZE_MAX;
    cr_assert(wire_run().bits == (TRI_WISH_READ | TRI_WISH_IDLE));
    wire.credit = 0;
    wire_send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    wish = wire_run();
    cr_assert(wish.bits == TRI_WISH_WRITE && wish.deadline_ns == clock_ns + 30 * TRI_SECOND);
}

/* --- time in which the handler waits --- */

Test(core_conn_rate, a_stream_with_a_good_reader_lasts_for_hours)
{
    int64_t start_ns = clock_ns;
    wire_send("GET /ticks HTTP/1.1\r\nHost: a\r\n\r\n");
    struct tri_wish wish = wire_run();
    while (clock_ns - start_ns < 3 * HOURS) {
        wish = pass(wish, clock_ns + TRI_SECOND);
        cr_assert(wish.bits == 0, "%#x after %lld s", wish.bits,
                  (long long)((clock_ns - start_ns) / TRI_SECOND));
    }
    cr_assert(wire.out_len > 3 * 3600 * TICK_BYTES);
}

Test(core_conn_rate, a_reader_that_is_always_a_little_late_is_a_good_one)
{
    int64_t start_ns = clock_ns;
    wire_send("GET /ticks HTTP/1.1\r\nHost: a\r\n\r\n");
    wire.credit = 0;
    wire_run();
    while (clock_ns - start_ns < 3 * HOURS) {
        clock_ns += 900 * TRI_MILLISECOND; /* blocked for nearly all of the time */
        wire.credit = SIZE_MAX;
        wire.write_most = 100;
        cr_assert(wire_run().bits == 0);
        clock_ns += 100 * TRI_MILLISECOND;
        wire.credit = 0;
        cr_assert(wire_run().bits == TRI_WISH_WRITE, "after %lld s",
                  (long long)((clock_ns - start_ns) / TRI_SECOND));
    }
}

/* A socket says "writable" in large steps: what drains from it in between counts as well. */
Test(core_conn_rate, what_drains_from_the_socket_earns_time)
{
    wire.credit = 0;
    wire.queued = 200000;
    wire_send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    struct tri_wish wish = wire_run();
    cr_assert(wish.bits == TRI_WISH_WRITE);
    for (int i = 0; i < 10; i++) { /* 10 s of the least rate in each span of 30 s */
        wire.queued -= 2560;
        wish = pass(wish, wish.deadline_ns);
        cr_assert(wish.bits == TRI_WISH_WRITE, "round %d", i);
        cr_assert(wish.deadline_ns == clock_ns + 10 * TRI_SECOND);
    }
    wish = pass(wish, wish.deadline_ns); /* nothing more has drained */
    cr_assert(wish.bits == TRI_WISH_CLOSE);
}

Test(core_conn_rate, a_stall_of_the_server_is_not_held_against_a_body)
{
    wire_send("POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n");
    wire_run();
    static char body[10000];
    memset(body, 'x', sizeof(body));
    wire_send_bytes(body, sizeof(body));
    clock_ns += 90 * TRI_SECOND; /* somebody else's calculation */
    wire.read_most = 1000;
    wire_run();
    wire_expect(200);
}
