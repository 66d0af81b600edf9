/*
 * test_forwarded.c - who is believed about who the client is.
 */
#include "server/http/forwarded.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/error.h"

TestSuite(http_forwarded, .timeout = 5);

enum { FIELDS = 4 };

/* The client as text, when 10.0.0.0/8, 2001:db8::/32 and Unix sockets are trusted. */
static char *client(const char *peer_text, const char *const values[static FIELDS])
{
    static char text[TRI_IP_TEXT];
    static const char *const networks[] = {"10.0.0.0/8", "2001:db8::/32", "unix"};
    struct tri_network trusted[3];
    struct tri_error error;
    struct tri_ip peer = {{0}};
    for (int i = 0; i < 3; i++)
        cr_assert(tri_network_parse(&trusted[i], networks[i], &error));
    cr_assert(eq(int, tri_ip_parse(tri_slice_of(peer_text), &peer), *peer_text != 0));

    struct tri_field at[FIELDS + 1] = {{TRI_SLICE("Forwarded"), TRI_SLICE("192.0.2.66")}};
    struct tri_fields fields = {at, 1, FIELDS + 1};
    for (int i = 0; i < FIELDS && values[i]; i++)
        at[fields.count++] =
            (struct tri_field){TRI_SLICE("x-forwarded-FOR"), tri_slice_of(values[i])};
    struct tri_ip found = tri_forwarded_client(&fields, &peer, trusted, 3);
    tri_ip_print(&found, text);
    return text;
}

#define CLIENT(peer, ...) client(peer, (const char *[FIELDS]){__VA_ARGS__})

Test(http_forwarded, a_peer_that_is_not_trusted_is_the_client_whatever_it_says)
{
    cr_assert(eq(str, CLIENT("192.0.2.9", "192.0.2.1"), "192.0.2.9"));
    cr_assert(eq(str, CLIENT("11.0.0.1", "10.0.0.1"), "11.0.0.1"));
    cr_assert(eq(str, CLIENT("192.0.2.9", NULL), "192.0.2.9"));
}

Test(http_forwarded, without_a_field_the_peer_is_the_client)
{
    cr_assert(eq(str, CLIENT("10.0.0.1", NULL), "10.0.0.1"));
    cr_assert(eq(str, CLIENT("10.0.0.1", ""), "10.0.0.1"));
    cr_assert(eq(str, CLIENT("", NULL), "unknown"));
}

Test(http_forwarded, the_nearest_that_is_not_trusted_is_the_client)
{
    cr_assert(eq(str, CLIENT("10.0.0.1", "192.0.2.1"), "192.0.2.1"));
    cr_assert(eq(str, CLIENT("10.0.0.1", "192.0.2.66, 192.0.2.1"), "192.0.2.1"));
    cr_assert(eq(str, CLIENT("10.0.0.1", "192.0.2.66, 192.0.2.1, 10.0.0.2,10.9.9.9"), "192.0.2.1"));
    cr_assert(eq(str, CLIENT("", "2001:db8:1::1"), "2001:db8:1::1"));
    cr_assert(eq(str, CLIENT("2001:db8::7", "2001:db9::1, 10.0.0.2"), "2001:db9::1"));
    cr_assert(eq(str, CLIENT("10.0.0.1", "::ffff:192.0.2.1"), "192.0.2.1"));
}

Test(http_forwarded, when_all_are_trusted_it_is_the_farthest)
{
    cr_assert(eq(str, CLIENT("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3"));
}

Test(http_forwarded, several_fields_are_one_list) /* RFC 9110 5.3 */
{
    cr_assert(
        eq(str, CLIENT("10.0.0.1", "192.0.2.66", "192.0.2.1, 10.0.0.3", "10.0.0.2"), "192.0.2.1"));
    cr_assert(eq(str, CLIENT("10.0.0.1", "192.0.2.66", "", "192.0.2.1"), "192.0.2.1"));
}

Test(http_forwarded, empty_members_are_skipped) /* RFC 9110 5.6.1.2 */
{
    cr_assert(eq(str, CLIENT("10.0.0.1", ",192.0.2.1 ,\t, 10.0.0.2,"), "192.0.2.1"));
}

Test(http_forwarded, members_may_carry_a_port)
{
    cr_assert(eq(str, CLIENT("10.0.0.1", "192.0.2.1:80, 10.0.0.2:65535"), "192.0.2.1"));
    cr_assert(eq(str, CLIENT("10.0.0.1", "[2001:db9::1]:8080"), "2001:db9::1"));
    cr_assert(eq(str, CLIENT("10.0.0.1", "[2001:db9::1]"), "2001:db9::1"));
}

Test(http_forwarded, what_is_no_address_ends_the_walk)
{
    static const char *const members[] = {
        "unknown",
        "_hidden",
        "localhost",
        "192.0.2",
        "192.0.2.1:",
        "192.0.2.1:a",
        "192.0.2.1:123456",
        "192.0.2.256",
        "[192.0.2.1]",
        "[192.0.2.1]:80",
        "[2001:db9::1",
        "[2001:db9::1]80",
        "[2001:db9::1]:",
        "2001:db9::1]",
        "[]",
        "[",
        ":",
        ":80",
        "192.0.2.1 10.1.1.1",
        "\"192.0.2.1\"",
        "[::1]:80:80",
        "for=192.0.2.1",
        "0x7f.1",
        "2001:db9::1::2",
    };
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        cr_assert(eq(str, CLIENT("10.0.0.1", "192.0.2.66", members[i], "10.0.0.2"), "10.0.0.2"),
                  "%s", members[i]);
        cr_assert(eq(str, CLIENT("10.0.0.1", "192.0.2.66", members[i]), "10.0.0.1"), "%s",
                  members[i]);
    }
}

Test(http_forwarded, nobody_is_trusted_by_default)
{
    struct tri_field at = {TRI_SLICE("X-Forwarded-For"), TRI_SLICE("192.0.2.1")};
    struct tri_fields fields = {&at, 1, 1};
    struct tri_ip peer, unix_peer = {{0}};
    cr_assert(tri_ip_parse(TRI_SLICE("127.0.0.1"), &peer));
    struct tri_ip found = tri_forwarded_client(&fields, &peer, NULL, 0);
    cr_assert(tri_ip_is_equal(&found, &peer));
    found = tri_forwarded_client(&fields, &unix_peer, NULL, 0);
    cr_assert(not(tri_ip_is_known(&found)));
}
