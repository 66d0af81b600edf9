/*
 * test_proxy.c - PROXY headers: which are headers, whose client they name, and when that is known.
 */
#include "server/net/proxy.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define FULL "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

TestSuite(net_proxy, .timeout = 10);

/* Flush against the end of an allocation, so that a byte too many is AddressSanitizer's. */
static enum tri_proxy parse(struct tri_slice bytes, size_t *used, struct tri_ip *ip)
{
    char *exact = malloc(bytes.len ? bytes.len : 1);
    memcpy(exact, bytes.at, bytes.len);
    enum tri_proxy verdict = tri_proxy_parse((struct tri_slice){exact, bytes.len}, used, ip);
    free(exact);
    return verdict;
}

/*
 * The verdict on `bytes` when they come one by one: it is never taken back, whatever follows.
 * *ret_seen: bytes that were there when it fell.
 */
static enum tri_proxy parse_slowly(struct tri_slice bytes, size_t *ret_seen, struct tri_ip *ip)
{
    enum tri_proxy first = TRI_PROXY_MORE;
    size_t used_first = 0;
    *ret_seen = bytes.len;
    for (size_t len = 0; len <= bytes.len; len++) {
        size_t used = 999;
        struct tri_ip found;
        memset(&found, 0x5a, sizeof(found));
        struct tri_ip before = found;
        enum tri_proxy verdict = parse((struct tri_slice){bytes.at, len}, &used, &found);
        if (verdict != TRI_PROXY_DONE) {
            cr_assert(eq(sz, used, 999));
            cr_assert(tri_ip_is_equal(&found, &before));
        }
        if (first != TRI_PROXY_MORE) {
            cr_assert(eq(int, verdict, first), "%zu bytes of \"%s\"", len, bytes.at);
            cr_assert(eq(sz, used, used_first));
        } else if (verdict != TRI_PROXY_MORE) {
            first = verdict;
            used_first = used;
            *ret_seen = len;
            *ip = found;
            if (verdict == TRI_PROXY_DONE)
                cr_assert(eq(sz, used, len), "%zu bytes of \"%s\"", len, bytes.at);
        }
    }
    return first;
}

/* `header` is one, is known as soon as it is whole, and names `client`. */
static void assert_client(struct tri_slice header, const char *client)
{
    char bytes[1024], text[TRI_IP_TEXT];
    struct tri_ip ip;
    size_t seen;
    memcpy(bytes, header.at, header.len);
    memcpy(bytes + header.len, "PROXY \r\n", sizeof("PROXY \r\n")); /* is somebody else's */
    struct tri_slice all = {bytes, header.len + 8};
    cr_assert(eq(int, parse_slowly(all, &seen, &ip), TRI_PROXY_DONE), "%s", header.at);
    cr_assert(eq(sz, seen, header.len), "%s", header.at);
    tri_ip_print(&ip, text);
    cr_assert(eq(str, text, (char *)client));
}

/* `bytes` are refused, and no later than with their last one. */
static void assert_malformed(struct tri_slice bytes)
{
    size_t seen;
    struct tri_ip ip;
    cr_assert(eq(int, parse_slowly(bytes, &seen, &ip), TRI_PROXY_MALFORMED), "%s", bytes.at);
}

Test(net_proxy, version_1_names_its_client)
{
    static const struct {
        struct tri_slice header;
        const char *client;
    } rows[] = {
        {TRI_SLICE("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n"), "192.0.2.1"},
        {TRI_SLICE("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"),
         "255.255.255.255"},
        {TRI_SLICE("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n"), "0.0.0.0"},
        {TRI_SLICE("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n"), "2001:db8::1"},
        {TRI_SLICE("PROXY TCP6 " FULL " " FULL " 65535 65535\r\n"), FULL},
        {TRI_SLICE("PROXY TCP6 2001:DB8::A ::1 1 2\r\n"), "2001:db8::a"},
        {TRI_SLICE("PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 1 2\r\n"), "192.0.2.1"},
        {TRI_SLICE("PROXY UNKNOWN\r\n"), "unknown"},
        {TRI_SLICE("PROXY UNKNOWN \r\n"), "unknown"},
        {TRI_SLICE("PROXY UNKNOWN what ever\0it is\r\n"), "unknown"},
        {TRI_SLICE("PROXY UNKNOWN " FULL " " FULL " 65535 65535\r\n"), "unknown"}, /* 107 bytes */
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_client(rows[i].header, rows[i].client);
    cr_assert(eq(sz, rows[COUNT(rows) - 1].header.len, 107));
}

Test(net_proxy, version_1_is_exact)
{
    static const struct tri_slice rows[] = {
        TRI_SLICE("PROXY\r\n"),
        TRI_SLICE("PROXY \r\n"),
        TRI_SLICE("PROXY  TCP4 1.1.1.1 2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY\tTCP4 1.1.1.1 2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXYTCP4 1.1.1.1 2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROX TCP4 1.1.1.1 2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY TCP 1.1.1.1 2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY tcp4 1.1.1.1 2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY TCP41.1.1.1 2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY UNKNOWNS\r\n"),
        TRI_SLICE("PROXY UNKNOW\r\n"),
        TRI_SLICE("PROXY TCP4\r\n"),
        TRI_SLICE("PROXY TCP4 \r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 1 \r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1  2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY TCP4  2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 1  2\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.256 2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.256 1 2\r\n"),
        TRI_SLICE("PROXY TCP4 01.1.1.1 2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1 2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY TCP4 ::1 ::2 1 2\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 ::2 1 2\r\n"),
        TRI_SLICE("PROXY TCP6 1.1.1.1 2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY TCP6 ::1 2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY TCP6 :: ::1 1 2\r\n"),
        TRI_SLICE("PROXY TCP6 ::1%lo ::1 1 2\r\n"),
        TRI_SLICE("PROXY TCP6 [::1] [::1] 1 2\r\n"),
        TRI_SLICE("PROXY TCP6 g::1 ::1 1 2\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 65536 2\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 1 65536\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 4294967297 2\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 1 00\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 -1 2\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 1 2a\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1\r2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1\n2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY TCP4 1.1.1.1\0 2.2.2.2 1 2\r\n"),
        TRI_SLICE("PROXY UNKNOWN a\nb\r\n"),
        TRI_SLICE("PROXY UNKNOWN a\rb\r\n"),
        TRI_SLICE("PROXY UNKNOWN " FULL " " FULL " 65535 65535 \r\n"), /* 108 bytes */
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_malformed(rows[i]);
    cr_assert(eq(sz, rows[COUNT(rows) - 1].len, 108));
}

Test(net_proxy, version_1_is_refused_with_the_first_byte_that_cannot_be)
{
    static const struct tri_slice rows[] = {
        /* each without its last byte may still become a header */
        TRI_SLICE("G"),
        TRI_SLICE("PO"),
        TRI_SLICE("PROXY\r"),
        TRI_SLICE("PROXYS"),
        TRI_SLICE("PROXY U "),
        TRI_SLICE("PROXY TCP5"),
        TRI_SLICE("PROXY TCP4\r"),
        TRI_SLICE("PROXY TCP4 a"),
        TRI_SLICE("PROXY TCP4 :"),
        TRI_SLICE("PROXY TCP4 1.1.1.256 "),
        TRI_SLICE("PROXY TCP4 1.1.1.1\r"),
        TRI_SLICE("PROXY TCP6 x"),
        TRI_SLICE("PROXY TCP6 1.1.1.1 "),
        TRI_SLICE("PROXY TCP6 " FULL ":aaaaaa"), /* 46 bytes are too many for any address */
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 00"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 65536"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 1 a"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 1 \r"),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 1 2 "),
        TRI_SLICE("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\ra"),
        TRI_SLICE("PROXY UNKNOWN " FULL " " FULL " 65535 65535 "), /* no room for CR LF */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t seen;
        struct tri_ip ip;
        assert_malformed(rows[i]);
        parse_slowly(rows[i], &seen, &ip);
        cr_assert(eq(sz, seen, rows[i].len), "%s", rows[i].at);
    }
}

#define SIGN "\r\n\r\n\0\r\nQUIT\n"
#define PAIR4 "\xc0\x00\x02\x01\xc6\x33\x64\x02\x00\x01\x00\x02"
#define WIDE1 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
#define ZEROS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define PATH "/run/tri.sock" ZEROS ZEROS ZEROS ZEROS ZEROS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static const struct {
    struct tri_slice header;
    const char *client;
} good_v2[] = {
    {TRI_SLICE(SIGN "\x21\x11\0\x0c" PAIR4), "192.0.2.1"},
    {TRI_SLICE(SIGN "\x21\x12\0\x0c" PAIR4), "192.0.2.1"},
    {TRI_SLICE(SIGN "\x21\x10\0\x0c" PAIR4), "unknown"}, /* over who knows what */
    {TRI_SLICE(SIGN "\x21\x21\0\x24" WIDE1 WIDE1 "\0\1\0\2"), "2001:db8::1"},
    {TRI_SLICE(SIGN "\x21\x22\0\x24" WIDE1 ZEROS "\0\1\0\2"), "2001:db8::1"},
    {TRI_SLICE(SIGN "\x21\x21\0\x24\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\7" WIDE1 "\0\1\0\2"),
     "192.0.2.7"},
    {TRI_SLICE(SIGN "\x21\x31\0\xd8" PATH PATH), "unknown"},
    {TRI_SLICE(SIGN "\x21\x32\0\xd8" PATH PATH), "unknown"},
    {TRI_SLICE(SIGN "\x21\x00\0\0"), "unknown"},
    {TRI_SLICE(SIGN "\x21\x00\0\5hello"), "unknown"},
    {TRI_SLICE(SIGN "\x20\x00\0\0"), "unknown"}, /* LOCAL, with whatever behind it */
    {TRI_SLICE(SIGN "\x20\x11\0\x0c" PAIR4), "unknown"},
    {TRI_SLICE(SIGN "\x20\xff\0\3\1\2\3"), "unknown"},
    {TRI_SLICE(SIGN "\x21\x11\0\x0f" PAIR4 "\4\0\0"), "192.0.2.1"},
    {TRI_SLICE(SIGN "\x21\x11\0\x16" PAIR4 "\1\0\2h1\xee\0\2xy"), "192.0.2.1"},
};

Test(net_proxy, version_2_names_its_client)
{
    for (size_t i = 0; i < COUNT(good_v2); i++)
        assert_client(good_v2[i].header, good_v2[i].client);
    cr_assert(eq(sz, sizeof(PATH) - 1, 108));
}

Test(net_proxy, version_2_is_refused_with_the_first_byte_that_cannot_be)
{
    static const struct {
        struct tri_slice header;
        size_t seen; /* bytes at the verdict */
    } rows[] = {
        {TRI_SLICE("\n"), 1},
        {TRI_SLICE("\r\n\r\n\1"), 5},
        {TRI_SLICE("\r\n\r\n\0\r\nQUIT\r"), 12},
        {TRI_SLICE("\r\n\r\nGET / HTTP/1.1"), 5},
        {TRI_SLICE(SIGN "\x11"), 13},
        {TRI_SLICE(SIGN "\x31"), 13},
        {TRI_SLICE(SIGN "\x22"), 13},
        {TRI_SLICE(SIGN "\x21\x11\3"), 15},
        {TRI_SLICE(SIGN "\x21\x11\2\x09"), 16}, /* 537 bytes */
        {TRI_SLICE(SIGN "\x20\x00\2\x09"), 16},
        {TRI_SLICE(SIGN "\x21\x41\0\x0c"), 16},
        {TRI_SLICE(SIGN "\x21\x13\0\x0c"), 16},
        {TRI_SLICE(SIGN "\x21\x11\0\x0b"), 16}, /* too short for its addresses */
        {TRI_SLICE(SIGN "\x21\x21\0\x23"), 16},
        {TRI_SLICE(SIGN "\x21\x31\0\xd7"), 16},
        {TRI_SLICE(SIGN "\x21\x11\0\x0d" PAIR4 "\4"), 28},     /* too short for a value's head */
        {TRI_SLICE(SIGN "\x21\x11\0\x0f" PAIR4 "\4\0\1"), 31}, /* a value that leaves the header */
        {TRI_SLICE(SIGN "\x21\x11\0\x11" PAIR4 "\4\0\0\4\0"), 31},
        {TRI_SLICE(SIGN "\x21\x11\0\x0f" PAIR4 "\4\xff\xff"), 31},
        {TRI_SLICE(SIGN "\x21\x21\0\x24" ZEROS WIDE1 "\0\1\0\2"), 52}, /* "::" */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t seen;
        struct tri_ip ip;
        enum tri_proxy verdict = parse_slowly(rows[i].header, &seen, &ip);
        cr_assert(eq(int, verdict, TRI_PROXY_MALFORMED), "row %zu", i);
        cr_assert(eq(sz, seen, rows[i].seen), "row %zu", i);
    }
}

Test(net_proxy, the_longest_version_2_header_is_taken)
{
    char bytes[TRI_PROXY_BYTES_MAX + 1] = SIGN "\x21\x11\2\x08" PAIR4 "\4\1\xf9"; /* 505 bytes */
    assert_client((struct tri_slice){bytes, TRI_PROXY_BYTES_MAX}, "192.0.2.1");
}

Test(net_proxy, nothing_is_not_yet_a_header)
{
    size_t used;
    struct tri_ip ip;
    cr_assert(eq(int, tri_proxy_parse((struct tri_slice){NULL, 0}, &used, &ip), TRI_PROXY_MORE));
}
