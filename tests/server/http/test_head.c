/*
 * test_head.c - head lines by themselves; test_parser.c has them in messages.
 */
#include "server/http/head.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_head, .timeout = 5);

Test(http_head, a_request_line_tells_method_target_and_version) /* RFC 9112 3 */
{
    struct tri_limits limits = tri_limits_default();
    struct tri_head head = {0};
    struct tri_refusal refusal;
    struct tri_slice line = TRI_SLICE("DELETE /a?b HTTP/1.0");
    cr_assert(tri_head_request_line(&head, line, &limits, &refusal));
    cr_assert(eq(int, head.method, TRI_METHOD_DELETE));
    cr_assert(eq(int, head.version_minor, 0));
    cr_assert(eq(sz, head.target_at, 7));
    cr_assert(eq(sz, head.target_bytes, 4));
}

Test(http_head, framing_fields_leave_their_facts) /* RFC 9112 6 */
{
    struct tri_limits limits = tri_limits_default();
    struct tri_field field;
    struct tri_refusal refusal;
    struct tri_head length = {.version_minor = 1}, chunked = {.version_minor = 1};
    cr_assert(
        tri_head_field_line(&length, TRI_SLICE("Content-Length: 42 "), &limits, &field, &refusal));
    cr_assert(tri_slice_is(field.name, TRI_SLICE("Content-Length")));
    cr_assert(tri_slice_is(field.value, TRI_SLICE("42")));
    cr_assert(length.has_length && length.content_length == 42 && length.lines == 1);
    cr_assert(tri_head_field_line(&chunked, TRI_SLICE("Transfer-Encoding:Chunked"), &limits, &field,
                                  &refusal));
    cr_assert(chunked.chunked && chunked.content_length == 0);
}

Test(http_head, a_length_is_capped_to_int64_whatever_the_limit)
{
    struct tri_limits limits = tri_limits_default();
    struct tri_field field;
    struct tri_refusal refusal;
    struct tri_head head = {.version_minor = 1}, next = {.version_minor = 1};
    limits.body_bytes = UINT64_MAX;
    cr_assert(tri_head_field_line(&head, TRI_SLICE("Content-Length: 999999999999999999"), &limits,
                                  &field, &refusal));
    cr_assert(eq(i64, head.content_length, INT64_C(999999999999999999)));
    cr_assert(not(tri_head_field_line(&next, TRI_SLICE("Content-Length: 9223372036854775808"),
                                      &limits, &field, &refusal)));
    cr_assert(eq(int, refusal.status, 400), "no such body can be framed at all");
}

Test(http_head, tabs_and_minor_versions_are_made_plain) /* RFC 9112 5.1, RFC 9110 6.2 */
{
    struct tri_limits limits = tri_limits_default();
    struct tri_field field;
    struct tri_refusal refusal;
    struct tri_head head = {0};
    char text[] = "GET / HTTP/1.7\r\nX:\ta\tb\t c\r\nContent-Length:\t1 \t\t \r\n\r\n";
    cr_assert(tri_head_request_line(&head, TRI_SLICE("GET / HTTP/1.7"), &limits, &refusal));
    cr_assert(tri_head_field_line(&head, TRI_SLICE("Content-Length:\t1 \t\t "), &limits, &field,
                                  &refusal));
    tri_head_plain(&head, text, sizeof(text) - 1);
    cr_assert(eq(str, text, "GET / HTTP/1.1\r\nX:\ta\tb\t c\r\nContent-Length:\t1    \r\n\r\n"));
}

Test(http_head, a_method_is_too_long_once_no_known_one_is_as_long) /* RFC 9112 3 */
{
    cr_assert(not(tri_head_has_long_method(TRI_SLICE("OPTIONS"))));
    cr_assert(not(tri_head_has_long_method(TRI_SLICE("OPTIONS /aaaaaaaaaaaaaa"))));
    cr_assert(tri_head_has_long_method(TRI_SLICE("OPTIONSX")));
    cr_assert(not(tri_head_has_long_method(TRI_SLICE("/aaaaaaaaaaaaaaaa"))));
}

Test(http_head, trailer_lines_are_counted) /* RFC 9110 6.5 */
{
    struct tri_limits limits = tri_limits_default();
    struct tri_refusal refusal;
    uint32_t lines = 0;
    limits.header_count = 1;
    cr_assert(tri_head_trailer_line(&lines, TRI_SLICE("A: 1"), &limits, &refusal));
    cr_assert(not(tri_head_trailer_line(&lines, TRI_SLICE("B: 1"), &limits, &refusal)));
    cr_assert(eq(int, refusal.status, 431));
}
