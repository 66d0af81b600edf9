/*
 * test_scan.c - lines, tokens and lists.
 */
#include "server/http/scan.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_scan, .timeout = 5);

static bool is(struct tri_slice slice, const char *text)
{
    return tri_slice_is(slice, tri_slice_of(text));
}

Test(http_scan, finds_line_after_line_as_bytes_come)
{
    static const char bytes[] = "one\r\n\r\nthree, longer than eight\t\xff\r\nrest\r";
    struct tri_scan scan = {0};
    struct tri_refusal refusal;
    struct tri_slice line;
    int lines = 0;
    for (size_t len = 0; len < sizeof(bytes); len++) {
        while (tri_scan_line(&scan, (struct tri_slice){bytes, len}, &line, &refusal) ==
               TRI_SCAN_LINE) {
            static const char *const expected[] = {"one", "", "three, longer than eight\t\xff"};
            cr_assert(is(line, expected[lines]));
            cr_assert(eq(sz, scan.at, len));
            lines++;
        }
        cr_assert(ge(sz, scan.at + 1, len), "only a CR may be looked at again");
    }
    cr_assert(eq(int, lines, 3));
}

Test(http_scan, refuses_every_control_byte_wherever_it_stands)
{
    for (int byte = 0; byte < 256; byte++) {
        for (size_t at = 0; at < 24; at++) {
            char bytes[26] = "aaaaaaaaaaaaaaaaaaaaaaaa\r\n";
            struct tri_scan scan = {0};
            struct tri_refusal refusal = {0};
            struct tri_slice line;
            bytes[at] = (char)byte;
            bool is_text = byte == '\t' || (byte >= ' ' && byte != 0x7f);
            cr_assert(eq(int, tri_scan_line(&scan, (struct tri_slice){bytes, 26}, &line, &refusal),
                         is_text ? TRI_SCAN_LINE : TRI_SCAN_REFUSED),
                      "byte %d at %zu", byte, at);
            cr_assert(eq(int, refusal.status, is_text ? 0 : 400));
            cr_assert(eq(int, tri_scan_is_text((struct tri_slice){bytes, 24}), is_text));
        }
    }
}

Test(http_scan, tokens_are_those_of_rfc_9110) /* 5.6.2 */
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (int byte = 0; byte < 256; byte++) {
        char text = (char)byte;
        bool expected = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= 'a' && byte <= 'z') || (byte && strchr(others, byte));
        cr_assert(eq(int, tri_scan_is_token((struct tri_slice){&text, 1}), expected), "%d", byte);
    }
    cr_assert(not(tri_scan_is_token(TRI_SLICE(""))));
    cr_assert(eq(sz, tri_scan_token(TRI_SLICE("Host: a")), 4));
}

Test(http_scan, trims_blanks_only)
{
    cr_assert(is(tri_scan_trim(TRI_SLICE(" \t a b\t ")), "a b"));
    cr_assert(is(tri_scan_trim(TRI_SLICE(" \t ")), ""));
    cr_assert(is(tri_scan_trim(TRI_SLICE("\va")), "\va"));
}

Test(http_scan, lists_give_their_members_in_order) /* RFC 9110 5.6.1 */
{
    struct tri_slice list = TRI_SLICE("a, b ,,\tc"), member;
    static const char *const expected[] = {"a", "b", "", "c"};
    for (size_t i = 0; i < 4; i++) {
        cr_assert(tri_scan_member(&list, &member));
        cr_assert(is(member, expected[i]));
    }
    cr_assert(not(tri_scan_member(&list, &member)));
}

Test(http_scan, hex_digits_have_values_and_nothing_else_has)
{
    cr_assert(eq(int, tri_scan_hex('0'), 0));
    cr_assert(eq(int, tri_scan_hex('9'), 9));
    cr_assert(eq(int, tri_scan_hex('a'), 10));
    cr_assert(eq(int, tri_scan_hex('F'), 15));
    for (const char *other = "/:@G`g\x10\x01\xff"; *other; other++)
        cr_assert(eq(int, tri_scan_hex(*other), -1));
}
