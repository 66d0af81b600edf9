/*
 * test_clients.c - shares of connections, buckets of requests, and a table that is full.
 */
#include "server/core/clients.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"
#include "wire.h"

TestSuite(core_clients, .timeout = 20);

static struct tri_clients *clients;
static int64_t now_ns = 77 * TRI_SECOND;

static void table(uint32_t connections, uint32_t rate, uint32_t burst, uint32_t places)
{
    struct tri_client_limits limits = {connections, rate, burst};
    clients = tri_clients_new(&limits, places);
    cr_assert(ne(ptr, clients, NULL));
}

static struct tri_ip ip(const char *text)
{
    struct tri_ip parsed;
    cr_assert(tri_ip_parse(tri_slice_of(text), &parsed), "%s", text);
    return parsed;
}

static struct tri_ip numbered(unsigned number)
{
    char text[TRI_IP_TEXT];
    snprintf(text, sizeof(text), "10.%u.%u.%u", number >> 16, number >> 8 & 255, number & 255);
    return ip(text);
}

static bool enters(const char *text)
{
    struct tri_ip client = ip(text);
    return tri_clients_enter(clients, &client, now_ns);
}

static void leaves(const char *text)
{
    struct tri_ip client = ip(text);
    tri_clients_leave(clients, &client);
}

static bool asks(const char *text)
{
    struct tri_ip client = ip(text);
    uint32_t retry_s = 99;
    bool may = tri_clients_ask(clients, &client, now_ns, &retry_s);
    cr_assert(eq(u32, retry_s, may ? 99 : 1));
    return may;
}

Test(core_clients, a_client_has_its_share_of_connections)
{
    table(2, 0, 0, 64);
    cr_assert(enters("192.0.2.1"));
    cr_assert(enters("192.0.2.1"));
    cr_assert(not(enters("192.0.2.1")));
    cr_assert(not(enters("::ffff:192.0.2.1")));
    cr_assert(enters("192.0.2.2"));
    leaves("192.0.2.1"); /* who was turned away is not counted: one leaves, one may come */
    cr_assert(enters("192.0.2.1"));
    cr_assert(not(enters("192.0.2.1")));
    leaves("192.0.2.1");
    leaves("192.0.2.1");
    leaves("192.0.2.1"); /* one too many gives nobody a larger share */
    cr_assert(enters("192.0.2.1"));
    cr_assert(enters("192.0.2.1"));
    cr_assert(not(enters("192.0.2.1")));
    tri_clients_free(clients);
}

Test(core_clients, a_64_is_one_client_and_the_next_64_another)
{
    table(1, 1, 1, 64);
    cr_assert(enters("2001:db8:0:1::1"));
    cr_assert(not(enters("2001:db8:0:1:ffff::2")));
    cr_assert(enters("2001:db8:0:2::1"));
    cr_assert(asks("2001:db8:0:1::1"));
    cr_assert(not(asks("2001:db8:0:1:ffff::2")));
    cr_assert(asks("2001:db8:0:2::1"));
    cr_assert(enters("::1"));
    cr_assert(not(enters("::1")));
    leaves("2001:db8:0:1:ffff::3");
    cr_assert(enters("2001:db8:0:1::1"));
    tri_clients_free(clients);
}

Test(core_clients, whoever_is_unknown_is_never_counted)
{
    static const struct tri_ip unknown;
    uint32_t retry_s = 99;
    table(1, 1, 1, 64);
    for (int i = 0; i < 100; i++) {
        cr_assert(tri_clients_enter(clients, &unknown, now_ns));
        cr_assert(tri_clients_ask(clients, &unknown, now_ns, &retry_s));
    }
    tri_clients_leave(clients, &unknown);
    cr_assert(eq(u32, retry_s, 99));
    tri_clients_free(clients);
}

Test(core_clients, limits_of_0_are_none)
{
    table(0, 0, 0, 0);
    for (int i = 0; i < 100; i++)
        cr_assert(enters("192.0.2.1") && asks("192.0.2.1"));
    leaves("192.0.2.1");
    tri_clients_free(clients);
}

Test(core_clients, a_burst_is_granted_and_then_the_rate)
{
    table(0, 10, 3, 64);
    for (int i = 0; i < 3; i++)
        cr_assert(asks("192.0.2.1"));
    for (int i = 0; i < 50; i++) /* refusals cost nothing */
        cr_assert(not(asks("192.0.2.1")));
    cr_assert(asks("192.0.2.2"));
    for (int i = 0; i < 5; i++) {
        now_ns += TRI_SECOND / 10 - 1;
        cr_assert(not(asks("192.0.2.1")));
        now_ns++;
        cr_assert(asks("192.0.2.1"));
        cr_assert(not(asks("192.0.2.1")));
    }
    now_ns += 3600 * TRI_SECOND; /* a bucket holds no more than a burst */
    for (int i = 0; i < 3; i++)
        cr_assert(asks("192.0.2.1"));
    cr_assert(not(asks("192.0.2.1")));
    now_ns += TRI_SECOND; /* what Retry-After promised */
    cr_assert(asks("192.0.2.1"));
    tri_clients_free(clients);
}

Test(core_clients, no_rate_is_rounded)
{
    static const uint32_t rates[] = {1, 3, 7, 999, 1000003, 4000000000, UINT32_MAX};
    for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
        table(0, rates[i], 1, 16);
        uint64_t granted = 0, steps = 1000, step_ns = TRI_SECOND / rates[i] / 3 + 1;
        int64_t began_ns = now_ns;
        for (uint64_t step = 0; step < steps; step++) {
            granted += asks("192.0.2.1");
            now_ns += (int64_t)step_ns;
        }
        /* asked three times in the time of a request, a bucket of one is full but seldom */
        uint64_t passed_ns = (uint64_t)(now_ns - began_ns);
        uint64_t most = (uint64_t)((unsigned __int128)passed_ns * rates[i] / TRI_SECOND) + 1;
        cr_assert(le(u64, granted, most), "%u", rates[i]);
        cr_assert(ge(u64, granted, (most < steps ? most : steps) * 3 / 4), "%u", rates[i]);
        tri_clients_free(clients);
    }
    table(0, 3, 1, 16);
    cr_assert(asks("192.0.2.1"));
    now_ns += TRI_SECOND / 3; /* a third of a nanosecond early */
    cr_assert(not(asks("192.0.2.1")));
    now_ns++;
    cr_assert(asks("192.0.2.1"));
    tri_clients_free(clients);

    table(0, 3, UINT32_MAX, 16); /* no product leaves 64 bits */
    for (int i = 0; i < 3; i++)
        cr_assert(asks("192.0.2.1"));
    now_ns = INT64_MAX - 1;
    cr_assert(asks("192.0.2.1"));
    tri_clients_free(clients);
}

Test(core_clients, three_a_second_are_exactly_three_a_second)
{
    table(0, 3, 3, 16);
    int granted = 0;
    for (int ms = 0; ms < 100000; ms++) {
        granted += asks("192.0.2.1");
        now_ns += TRI_MILLISECOND;
    }
    cr_assert(eq(int, granted, 3 + 299)); /* the 300th since the burst is due now */
    cr_assert(asks("192.0.2.1"));
    cr_assert(not(asks("192.0.2.1")));
    tri_clients_free(clients);
}

Test(core_clients, a_clock_that_comes_late_grants_nothing_and_takes_nothing)
{
    table(0, 1, 2, 16);
    cr_assert(asks("192.0.2.1"));
    now_ns -= 10 * TRI_SECOND;
    cr_assert(asks("192.0.2.1"));
    cr_assert(not(asks("192.0.2.1")));
    now_ns += 10 * TRI_SECOND;
    cr_assert(not(asks("192.0.2.1")));
    now_ns += TRI_SECOND;
    cr_assert(asks("192.0.2.1"));
    cr_assert(not(asks("192.0.2.1")));
    tri_clients_free(clients);
}

Test(core_clients, a_full_table_lets_the_next_visitor_in)
{
    table(1, 0, 0, 16);
    for (unsigned i = 0; i < 16; i++) {
        struct tri_ip client = numbered(i);
        cr_assert(tri_clients_enter(clients, &client, now_ns));
        cr_assert(not(tri_clients_enter(clients, &client, now_ns)));
    }
    for (int i = 0; i < 3; i++)
        cr_assert(enters("192.0.2.1")); /* uncounted */
    for (unsigned i = 0; i < 16; i++) { /* and at nobody's expense */
        struct tri_ip client = numbered(i);
        cr_assert(not(tri_clients_enter(clients, &client, now_ns)));
    }
    leaves("192.0.2.1");
    leaves("10.0.0.7");
    cr_assert(enters("192.0.2.1")); /* there is a place now */
    cr_assert(not(enters("192.0.2.1")));
    leaves("192.0.2.1");
    leaves("192.0.2.1");
    cr_assert(enters("192.0.2.1")); /* counts fell to none, not below */
    cr_assert(not(enters("192.0.2.1")));
    tri_clients_free(clients);
}

Test(core_clients, a_place_is_taken_over_when_nothing_is_forgotten_by_it)
{
    table(1, 1, 2, 16);
    for (unsigned i = 0; i < 16; i++) { /* connections keep their places, whatever time it is */
        struct tri_ip client = numbered(i);
        cr_assert(tri_clients_enter(clients, &client, now_ns));
    }
    now_ns += 3600 * TRI_SECOND;
    for (int i = 0; i < 5; i++)
        cr_assert(asks("192.0.2.1")); /* uncounted */
    leaves("10.0.0.3");
    cr_assert(asks("192.0.2.1"));
    cr_assert(asks("192.0.2.1"));
    cr_assert(not(asks("192.0.2.1"))); /* in the place of 10.0.0.3 */
    for (int i = 0; i < 5; i++)
        cr_assert(enters("10.0.0.3")); /* a bucket that lacks something keeps its place, too */
    now_ns += 2 * TRI_SECOND - 1;
    cr_assert(enters("10.0.0.3") && enters("10.0.0.3"));
    now_ns += 1;
    cr_assert(enters("10.0.0.3")); /* the bucket of 192.0.2.1 is full again */
    cr_assert(not(enters("10.0.0.3")));
    tri_clients_free(clients);
}

/* Neighbouring /64s and IPv4 addresses in steps of eight: however regular, they spread. */
Test(core_clients, at_half_load_nearly_everybody_is_counted)
{
    enum { PLACES = 1 << 16 };
    unsigned uncounted = 0;
    table(1, 0, 0, PLACES);
    for (unsigned i = 0; i < PLACES / 2; i++) {
        char text[TRI_IP_TEXT];
        snprintf(text, sizeof(text), "2001:db8:%x:%x::1", i >> 8, i & 255);
        struct tri_ip client = i % 2 ? ip(text) : numbered(i << 3);
        cr_assert(tri_clients_enter(clients, &client, now_ns));
        uncounted += tri_clients_enter(clients, &client, now_ns);
    }
    cr_assert(lt(u32, uncounted, PLACES / 2 / 200)); /* one in a thousand, and some luck */
    tri_clients_free(clients);
}

Test(core_clients, no_two_tables_seat_alike)
{
    char crowd[2][256];
    for (int t = 0; t < 2; t++) {
        table(1, 0, 0, 64); /* four sets, and a crowd of four times as many */
        for (unsigned i = 0; i < 256; i++) {
            struct tri_ip client = numbered(i);
            cr_assert(tri_clients_enter(clients, &client, now_ns));
            crowd[t][i] = tri_clients_enter(clients, &client, now_ns);
        }
        tri_clients_free(clients);
    }
    cr_assert(ne(int, memcmp(crowd[0], crowd[1], sizeof(crowd[0])), 0));
}

Test(core_clients, each_process_counts_on_its_own_after_a_fork)
{
    table(1, 0, 0, 64);
    pid_t child = fork();
    if (child == 0)
        _exit(enters("192.0.2.1") && !enters("192.0.2.1") ? 0 : 1);
    int status = -1;
    cr_assert(eq(int, waitpid(child, &status, 0), child));
    cr_assert(eq(int, status, 0));
    cr_assert(enters("192.0.2.1"));
    cr_assert(not(enters("192.0.2.1")));
    tri_clients_free(clients);
}

Test(core_clients, a_table_without_memory_is_none)
{
    struct tri_client_limits limits = {1, 1, 1};
    long live = allocs_live;
    for (unsigned long nth = 1; nth <= 2; nth++) {
        alloc_fails_at = allocs + nth;
        cr_assert(eq(ptr, tri_clients_new(&limits, 64), NULL));
        cr_assert(eq(long, allocs_live, live));
    }
    tri_clients_free(NULL);
}
