/*
 * test_ip.c - addresses and networks from text and sockets, and back.
 */
#include "server/base/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/error.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define TRY " (try 10.0.0.0/8, 2001:db8::/32, 192.0.2.1 or unix)"

TestSuite(base_ip, .timeout = 10);

static struct tri_ip ip(const char *text)
{
    struct tri_ip parsed;
    cr_assert(tri_ip_parse(tri_slice_of(text), &parsed), "%s", text);
    return parsed;
}

static void assert_prints(const struct tri_ip *address, const char *wanted)
{
    char text[TRI_IP_TEXT];
    struct tri_slice printed = tri_ip_print(address, text);
    cr_assert(eq(str, text, (char *)wanted));
    cr_assert(eq(ptr, (void *)printed.at, text));
    cr_assert(eq(sz, printed.len, strlen(wanted)));
}

Test(base_ip, text_becomes_an_address_and_the_shortest_text)
{
    static const char *const rows[][2] = {
        {"192.0.2.1", "192.0.2.1"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"::FFFF:c000:0201", "192.0.2.1"},
        {"0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"},
        {"::1", "::1"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"}, /* RFC 5952 4.1 to 4.3 */
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tri_ip parsed = ip(rows[i][0]), again = ip(rows[i][1]);
        assert_prints(&parsed, rows[i][1]);
        cr_assert(tri_ip_is_equal(&parsed, &again), "%s", rows[i][0]);
        cr_assert(tri_ip_is_known(&parsed), "%s", rows[i][0]);
    }
}

Test(base_ip, refuses_what_is_no_address_and_leaves_the_value_alone)
{
    static const struct tri_slice rows[] = {
        TRI_SLICE(""),
        TRI_SLICE("::"),
        TRI_SLICE("0::0"),
        TRI_SLICE("unknown"),
        TRI_SLICE("localhost"),
        TRI_SLICE("1.2.3"),
        TRI_SLICE("1.2.3.4.5"),
        TRI_SLICE("1.2.3.256"),
        TRI_SLICE("01.2.3.4"),
        TRI_SLICE("0x1.2.3.4"),
        TRI_SLICE("1.2.3.4 "),
        TRI_SLICE(" 1.2.3.4"),
        TRI_SLICE("1.2.3.4:80"),
        TRI_SLICE("1.2.3.4\0"),
        TRI_SLICE("1.2.3.4\0.5"),
        TRI_SLICE("[::1]"),
        TRI_SLICE("::1::"),
        TRI_SLICE("fe80::1%1"),
        TRI_SLICE("12345::1"),
        TRI_SLICE("1:2:3:4:5:6:7"),
        TRI_SLICE("1:2:3:4:5:6:7:8:9"),
        TRI_SLICE("2001:db8::/32"),
        TRI_SLICE("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2550"),
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tri_ip parsed, before;
        memset(&parsed, 0x5a, sizeof(parsed));
        before = parsed;
        cr_assert(not(tri_ip_parse(rows[i], &parsed)), "%s", rows[i].at);
        cr_assert(tri_ip_is_equal(&parsed, &before), "%s", rows[i].at);
    }
}

Test(base_ip, reads_no_byte_behind_the_slice)
{
    static const char text[] = "192.0.2.123";
    for (size_t len = 8; len < sizeof(text); len++) {
        char *exact = malloc(len), wanted[sizeof(text)] = "";
        struct tri_ip parsed;
        memcpy(exact, text, len); /* flush against the end: a byte more is AddressSanitizer's */
        memcpy(wanted, text, len);
        bool ok = tri_ip_parse((struct tri_slice){exact, len}, &parsed);
        free(exact);
        cr_assert(eq(int, ok, text[len - 1] != '.'));
        if (ok)
            assert_prints(&parsed, wanted);
    }
}

Test(base_ip, a_peer_is_the_same_one_on_every_listener)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(80)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_scope_id = 3};
    struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/run/tri.sock"};
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    inet_pton(AF_INET, "192.0.2.7", &in4.sin_addr);
    inet_pton(AF_INET6, "::ffff:192.0.2.7", &in6.sin6_addr);
    struct tri_ip narrow = tri_ip_of((struct sockaddr *)&in4);
    struct tri_ip wide = tri_ip_of((struct sockaddr *)&in6);
    assert_prints(&narrow, "192.0.2.7");
    cr_assert(tri_ip_is_equal(&narrow, &wide));

    inet_pton(AF_INET6, "2001:db8::7", &in6.sin6_addr);
    wide = tri_ip_of((struct sockaddr *)&in6);
    assert_prints(&wide, "2001:db8::7");
    cr_assert(not(tri_ip_is_equal(&narrow, &wide)));

    struct tri_ip local = tri_ip_of((struct sockaddr *)&un);
    cr_assert(not(tri_ip_is_known(&local)));
    assert_prints(&local, "unknown");
    local = tri_ip_of(&none);
    cr_assert(not(tri_ip_is_known(&local)));
}

Test(base_ip, loopback_is_this_machine_alone)
{
    static const struct {
        const char *text;
        bool is_loopback;
    } rows[] = {
        {"127.0.0.1", true},    {"127.255.255.255", true},
        {"::1", true},          {"126.0.0.1", false},
        {"128.0.0.1", false},   {"::2", false},
        {"0.0.0.0", false},     {"::ffff:127.0.0.1", true},
        {"::127.0.0.1", false}, {"::1:0:0:1", false},
        {"1::1", false},        {"::fffe:127.0.0.1", false},
        {"10.0.0.127", false},
    };
    static const struct tri_ip unknown;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tri_ip address = ip(rows[i].text);
        cr_assert(eq(int, tri_ip_is_loopback(&address), rows[i].is_loopback), "%s", rows[i].text);
    }
    cr_assert(tri_ip_is_loopback(&unknown));
}

Test(base_ip, a_household_is_an_address_or_a_64)
{
    static const char *const rows[][2] = {
        {"192.0.2.1", "192.0.2.1"},
        {"::1", "::1"}, /* and not "::", which would be nobody */
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
        {"2001:db8:1:2::", "2001:db8:1:2::"},
        {"0:0:0:1::9", "0:0:0:1::"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tri_ip address = ip(rows[i][0]), household = tri_ip_household(&address);
        assert_prints(&household, rows[i][1]);
    }
    static const struct tri_ip unknown;
    struct tri_ip household = tri_ip_household(&unknown);
    cr_assert(not(tri_ip_is_known(&household)));
}

Test(base_ip, networks_hold_what_their_bits_say)
{
    static const struct {
        const char *network, *inside, *outside;
    } rows[] = {
        {"10.0.0.0/8", "10.0.0.0", "9.255.255.255"},
        {"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
        {"10.0.0.0/8", "::ffff:10.1.2.3", "10::1"},
        {"192.0.2.128/25", "192.0.2.255", "192.0.2.127"},
        {"192.0.2.128/31", "192.0.2.129", "192.0.2.130"},
        {"192.0.2.1", "192.0.2.1", "192.0.2.0"},
        {"192.0.2.1/32", "192.0.2.1", "192.0.2.3"},
        {"0.0.0.0/0", "255.1.2.3", "::1"},
        {"0.0.0.0/0", "0.0.0.0", "2001:db8::1"},
        {"::/0", "2001:db8::1", "192.0.2.1"},
        {"::/0", "::1", "127.0.0.1"},
        {"2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7::"},
        {"2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"},
        {"2001:db8::1", "2001:db8::1", "2001:db8::"},
        {"2001:db8::1/128", "2001:db8::1", "2001:db8::3"},
        {"::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.0"},
        {"::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"},
    };
    static const struct tri_ip unknown;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tri_network network;
        struct tri_error error = {.text = ""};
        struct tri_ip inside = ip(rows[i].inside), outside = ip(rows[i].outside);
        cr_assert(tri_network_parse(&network, rows[i].network, &error), "%s", error.text);
        cr_assert(tri_network_holds(&network, &inside), "%s %s", rows[i].network, rows[i].inside);
        cr_assert(not(tri_network_holds(&network, &outside)), "%s %s", rows[i].network,
                  rows[i].outside);
        cr_assert(not(tri_network_holds(&network, &unknown)), "%s", rows[i].network);
    }
}

Test(base_ip, unix_holds_the_unknown_and_nobody_else)
{
    static const struct tri_ip unknown;
    struct tri_ip v4 = ip("127.0.0.1"), v6 = ip("::1");
    struct tri_network network;
    cr_assert(tri_network_parse(&network, "unix", NULL));
    cr_assert(tri_network_holds(&network, &unknown));
    cr_assert(not(tri_network_holds(&network, &v4)));
    cr_assert(not(tri_network_holds(&network, &v6)));
}

Test(base_ip, says_what_is_wrong_with_a_network_and_leaves_it_alone)
{
    static const char *const rows[][2] = {
        {"", "\"\" is not a network" TRY},
        {"/8", "\"/8\" is not a network" TRY},
        {"10/8", "\"10/8\" is not a network" TRY},
        {"Unix", "\"Unix\" is not a network" TRY},
        {"unix:", "\"unix:\" is not a network" TRY},
        {"10.0.0.0 /8", "\"10.0.0.0 /8\" is not a network" TRY},
        {"[::1]", "\"[::1]\" is not a network" TRY},
        {"10.0.0.0/", "\"10.0.0.0/\": behind the slash must be a number from 0 to 32"},
        {"10.0.0.0/33", "\"10.0.0.0/33\": behind the slash must be a number from 0 to 32"},
        {"10.0.0.0/08", "\"10.0.0.0/08\": behind the slash must be a number from 0 to 32"},
        {"10.0.0.0/+8", "\"10.0.0.0/+8\": behind the slash must be a number from 0 to 32"},
        {"10.0.0.0/8/8", "\"10.0.0.0/8/8\": behind the slash must be a number from 0 to 32"},
        {"10.0.0.0/4294967304",
         "\"10.0.0.0/4294967304\": behind the slash must be a number from 0 to 32"},
        {"10.0.0.0/255.0.0.0",
         "\"10.0.0.0/255.0.0.0\": behind the slash must be a number from 0 to 32"},
        {"::/129", "\"::/129\": behind the slash must be a number from 0 to 128"},
        {"10.0.0.1/8", "\"10.0.0.1/8\" is an address inside a network (try 10.0.0.0/8)"},
        {"192.0.2.129/25",
         "\"192.0.2.129/25\" is an address inside a network (try 192.0.2.128/25)"},
        {"0.0.0.1/0", "\"0.0.0.1/0\" is an address inside a network (try 0.0.0.0/0)"},
        {"2001:db8::1/32", "\"2001:db8::1/32\" is an address inside a network (try 2001:db8::/32)"},
        {"::1/64", "\"::1/64\" is an address inside a network (try ::/64)"},
        {"::ffff:10.0.0.1/104",
         "\"::ffff:10.0.0.1/104\" is an address inside a network (try 10.0.0.0/8)"},
        {"::ffff:10.0.0.1/8", "\"::ffff:10.0.0.1/8\" is an address inside a network (try ::/8)"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tri_network network, before;
        struct tri_error error = {.os = -1};
        memset(&network, 0x5a, sizeof(network));
        before = network;
        cr_assert(not(tri_network_parse(&network, rows[i][0], &error)), "%s", rows[i][0]);
        cr_expect(eq(str, error.text, (char *)rows[i][1]));
        cr_assert(eq(int, memcmp(&network, &before, sizeof(network)), 0), "%s", rows[i][0]);
    }
}
