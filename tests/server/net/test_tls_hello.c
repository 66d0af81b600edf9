/*
 * test_tls_hello.c - names and protocols of a ClientHello, and every way to be malformed.
 */
#include "server/net/tls_hello.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

TestSuite(net_tls_hello, .timeout = 10);

#define BYTES(literal) ((struct tri_slice){literal, sizeof(literal) - 1})

static void expect_name(struct tri_slice body, const char *expected)
{
    struct tri_slice name = {NULL, 99};
    bool found = tri_tls_hello_name(body, &name);
    cr_assert(found == (expected != NULL));
    if (expected)
        cr_assert(tri_slice_is(name, tri_slice_of(expected)), "%.*s", (int)name.len, name.at);
    else
        cr_assert(!name.at && name.len == 99, "it was touched");
}

Test(net_tls_hello, a_name_is_found)
{
    expect_name(BYTES("\0\x09\0\0\x06"
                      "a.test"),
                "a.test");
    expect_name(BYTES("\0\x04\0\0\x01x"), "x");
}

Test(net_tls_hello, what_is_no_list_of_one_name_is_none)
{
    static const struct tri_slice rows[] = {
        {"", 0},
        {"\0", 1},
        {"\0\x03\0\0", 4},
        {"\0\x03\0\0\0", 5},          /* an empty name */
        {"\0\x04\1\0\1x", 6},         /* of another kind */
        {"\0\x04\0\0\2x", 6},         /* shorter than it says */
        {"\0\x04\0\0\0x", 6},         /* longer */
        {"\0\x05\0\0\1x", 6},         /* the list is */
        {"\0\x03\0\0\1x", 6},         /* the list is longer */
        {"\0\x05\0\0\2x\0", 7},       /* a NUL in it */
        {"\0\x08\0\0\1x\0\0\1y", 10}, /* two (RFC 6066 3: at most one of a kind) */
        {"\xff\xff\0\xff\xff", 5},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect_name(rows[i], NULL);
}

Test(net_tls_hello, names_are_as_long_as_names_of_hosts)
{
    char body[5 + 256];
    memset(body, 'a', sizeof(body));
    for (size_t len = 254; len <= 256; len++) {
        struct tri_slice name;
        body[0] = (char)((len + 3) >> 8), body[1] = (char)(len + 3), body[2] = 0;
        body[3] = (char)(len >> 8), body[4] = (char)len;
        cr_assert(tri_tls_hello_name((struct tri_slice){body, 5 + len}, &name) == (len <= 255));
    }
}

Test(net_tls_hello, no_prefix_of_a_name_is_one)
{
    static const char whole[] = "\0\x09\0\0\x06"
                                "a.test";
    for (size_t len = 0; len < sizeof(whole) - 1; len++) {
        char *exact = malloc(len + 1); /* its end is watched by AddressSanitizer */
        memcpy(exact + 1, whole, len);
        expect_name((struct tri_slice){exact + 1, len}, NULL);
        free(exact);
    }
}

static void expect_protocol(struct tri_slice list, bool expected)
{
    struct tri_slice chosen = {NULL, 99};
    bool found = tri_tls_hello_protocol(list, &chosen);
    cr_assert(found == expected, "%.*s", (int)list.len, list.at);
    if (expected)
        cr_assert(tri_slice_is(chosen, TRI_SLICE("http/1.1")) && chosen.at > list.at &&
                  chosen.at + chosen.len <= list.at + list.len);
}

Test(net_tls_hello, http_1_1_is_chosen_wherever_it_stands)
{
    expect_protocol(BYTES("\x08http/1.1"), true);
    expect_protocol(BYTES("\2h2\x08http/1.1"), true);
    expect_protocol(BYTES("\x08http/1.1\2h2"), true);
    expect_protocol(BYTES("\0\x08http/1.1"), true);
}

Test(net_tls_hello, nothing_else_is_chosen)
{
    expect_protocol(BYTES(""), false);
    expect_protocol(BYTES("\0"), false);
    expect_protocol(BYTES("\2h2"), false);
    expect_protocol(BYTES("\x08HTTP/1.1"), false);
    expect_protocol(BYTES("\x08http/1.0"), false);
    expect_protocol(BYTES("\x09http/1.1\n"), false);
    expect_protocol(BYTES("\x07http/1.1"), false);
    expect_protocol(BYTES("\x09http/1.1"), false);
    expect_protocol(BYTES("\xffhttp/1.1"), false);
    expect_protocol(BYTES("\3h2\x08http/1.1"), false);
}
