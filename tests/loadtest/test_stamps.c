/*
 * test_stamps.c - when bytes arrived is known however late they are read, and is never nonsense.
 */
#include "loadtest/stamps.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "loadtest/plan.h"
#include "loadtest/wire.h"
#include "server/base/clock.h"

TestSuite(loadtest_stamps, .timeout = 30);

#define LATE_NS (40 * TRI_MILLISECOND)

/* A connection of ours over loopback, and its other end. */
struct pair {
    struct tri_plan plan;
    struct tri_wire wire;
    int keeper_fd, peer_fd;
    struct tri_stamps stamps;
};

static void rest(int64_t ns)
{
    struct timespec pause = {ns / TRI_SECOND, ns % TRI_SECOND};
    nanosleep(&pause, NULL);
}

static void open_pair(struct pair *pair, bool wants_stamps)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    const char *why;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    cr_assert(listen(listener, 1) == 0);
    getsockname(listener, (struct sockaddr *)&address, &size);
    *pair = (struct pair){.wire.fd = -1, .plan.wants_stamps = wants_stamps};
    pair->plan.target.endpoint.bytes = size;
    memcpy(&pair->plan.target.endpoint.raw, &address, size);
    pair->keeper_fd = tri_stamps_open(&pair->plan, &why);
    cr_assert(eq(int, pair->keeper_fd >= 0, wants_stamps), "%s", why ? why : "");
    rest(LATE_NS); /* the kernel may switch stamping on a moment after it was asked to */
    cr_assert(tri_wire_connect(&pair->wire, &pair->plan, NULL, false) != TRI_CONNECT_FAILED);
    pair->peer_fd = accept(listener, NULL, NULL);
    cr_assert(pair->peer_fd >= 0);
    pair->stamps.are_wanted = wants_stamps;
    tri_stamps_look(&pair->stamps);
    close(listener);
}

static void close_pair(struct pair *pair)
{
    tri_wire_close(&pair->wire);
    close(pair->peer_fd);
    if (pair->keeper_fd >= 0)
        close(pair->keeper_fd);
}

/* Send, let it lie, read: when it arrived by what the wire says; 0: not known. */
static int64_t arrival_of(struct pair *pair, int64_t *ret_sent_ns, int64_t *ret_now_ns)
{
    char bytes[16];
    int64_t stamp_ns = -1;
    *ret_sent_ns = tri_clock_now();
    cr_assert(send(pair->peer_fd, "hello", 5, MSG_NOSIGNAL) == 5);
    rest(LATE_NS);
    ssize_t got = tri_wire_read(&pair->wire, bytes, sizeof(bytes), &stamp_ns);
    *ret_now_ns = tri_clock_now();
    cr_assert(eq(int, (int)got, 5));
    return tri_stamps_arrival(&pair->stamps, stamp_ns, *ret_now_ns);
}

Test(loadtest_stamps, what_was_read_late_arrived_early)
{
    struct pair pair;
    int64_t sent_ns, now_ns;
    open_pair(&pair, true);
    for (unsigned i = 0; i < 3; i++) {
        int64_t arrived_ns = arrival_of(&pair, &sent_ns, &now_ns);
        cr_assert(ge(i64, arrived_ns, sent_ns));
        cr_assert(ge(i64, now_ns - arrived_ns, LATE_NS / 2)); /* a busy CPU delivers late, too */
        tri_stamps_look(&pair.stamps); /* again and again: it does not wander */
    }
    close_pair(&pair);
}

Test(loadtest_stamps, a_read_without_bytes_has_no_stamp)
{
    struct pair pair;
    char bytes[16];
    int64_t stamp_ns = -1;
    open_pair(&pair, true);
    cr_assert(tri_wire_read(&pair.wire, bytes, sizeof(bytes), &stamp_ns) == TRI_WIRE_AGAIN);
    cr_assert(eq(i64, stamp_ns, 0));
    shutdown(pair.peer_fd, SHUT_WR);
    rest(LATE_NS);
    stamp_ns = -1;
    cr_assert(tri_wire_read(&pair.wire, bytes, sizeof(bytes), &stamp_ns) == TRI_WIRE_EOF);
    cr_assert(eq(i64, stamp_ns, 0));
    close_pair(&pair);
}

Test(loadtest_stamps, who_does_not_want_them_has_none)
{
    struct pair pair;
    int64_t sent_ns, now_ns;
    open_pair(&pair, false);
    cr_assert(not(pair.wire.is_stamped));
    cr_assert(eq(i64, arrival_of(&pair, &sent_ns, &now_ns), 0));
    close_pair(&pair);
}

Test(loadtest_stamps, why_there_are_none_is_said)
{
    struct tri_plan plan = {.wants_stamps = true};
    const char *why;
    plan.target.endpoint.raw.ss_family = AF_INET6;
    cr_assert(tri_stamps_refusal(&plan) == NULL);
    plan.target.endpoint.raw.ss_family = AF_UNIX;
    cr_assert(tri_stamps_open(&plan, &why) == -1);
    cr_assert(strstr(why, "Unix") != NULL);
    plan.target.endpoint.raw.ss_family = AF_INET;
    plan.target.is_tls = true;
    cr_assert(tri_stamps_open(&plan, &why) == -1);
    cr_assert(strstr(why, "TLS") != NULL);
    plan.wants_stamps = false;
    cr_assert(tri_stamps_open(&plan, &why) == -1);
    cr_assert(eq(str, (char *)why, "--timestamps=user"));
}

/* The wall clock is a second ahead. */
Test(loadtest_stamps, an_arrival_lies_between_the_send_and_the_reading)
{
    static const struct {
        int64_t stamp_ns, sent_ns, now_ns, end_ns;
    } rows[] = {
        {TRI_SECOND + 500000, 400000, 600000, 500000}, /* as it should be */
        {TRI_SECOND + 600010, 400000, 600000, 600000}, /* the clocks are not read at once */
        {TRI_SECOND + 399990, 400000, 600000, 400000},
        {TRI_SECOND + 700000, 400000, 600000, 0}, /* of the future */
        {TRI_SECOND + 300000, 400000, 600000, 0}, /* before anybody asked */
        {2 * TRI_SECOND, 400000, 600000, 0},      /* the wall clock was set */
        {600000, 400000, 600000, 0},
        {0, 400000, 600000, 0}, /* none */
    };
    struct tri_stamps stamps = {.are_wanted = true, .ahead_ns = TRI_SECOND};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t arrived_ns = tri_stamps_arrival(&stamps, rows[i].stamp_ns, rows[i].now_ns);
        cr_assert(eq(i64, tri_stamps_end(arrived_ns, rows[i].sent_ns), rows[i].end_ns), "row %zu",
                  i);
    }
}

/* As after somebody has set the wall clock: what was known of it is wrong. */
Test(loadtest_stamps, a_jump_of_the_wall_clock_is_seen_at_the_next_look)
{
    struct tri_stamps stamps = {.are_wanted = true};
    tri_stamps_look(&stamps);
    int64_t ahead_ns = stamps.ahead_ns;
    static const int64_t jumps_ns[] = {-3600 * TRI_SECOND, 3600 * TRI_SECOND, -TRI_MILLISECOND};
    for (unsigned i = 0; i < 3; i++) {
        stamps.ahead_ns += jumps_ns[i];
        tri_stamps_look(&stamps);
        cr_assert(lt(i64, stamps.ahead_ns - ahead_ns, TRI_MILLISECOND / 2));
        cr_assert(gt(i64, stamps.ahead_ns - ahead_ns, -TRI_MILLISECOND / 2));
    }
}
