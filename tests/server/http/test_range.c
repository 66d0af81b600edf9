/*
 * test_range.c - Range fields: what is asked for, what is cut, merged, or passed over.
 */
#include "server/http/range.h"

#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_range, .timeout = 5);

enum { TEXT = 1024, FIELD = 4096 };

/* What comes of a field, as text: "0-4,9-9", "ignored" or "none". */
static void read_as(struct tri_slice value, int64_t length, char text[static TEXT])
{
    struct tri_range ranges[TRI_RANGES_MAX];
    uint32_t count;
    size_t len = 0;
    enum tri_ranges kind = tri_range_parse(value, length, ranges, &count);

    cr_assert(eq(int, count > 0, kind == TRI_RANGES_FOUND));
    snprintf(text, TEXT, "%s", kind == TRI_RANGES_IGNORED ? "ignored" : "none");
    for (uint32_t i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, TEXT - len, "%s%lld-%lld", i > 0 ? "," : "",
                                (long long)ranges[i].first, (long long)ranges[i].last);
}

struct row {
    const char *value;
    int64_t length;
    const char *expected;
};

#define MANY_NINES "99999999999999999999999999999999999999"

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[TEXT];
        read_as(tri_slice_of(rows[i].value), rows[i].length, text);
        cr_assert(eq(str, text, (char *)rows[i].expected), "%s of %lld", rows[i].value,
                  (long long)rows[i].length);
    }
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

Test(http_range, one_range_is_cut_to_what_there_is) /* RFC 9110 14.1.2 */
{
    static const struct row rows[] = {
        {"bytes=0-499", 10000, "0-499"},
        {"bytes=500-999", 10000, "500-999"},
        {"bytes=-500", 10000, "9500-9999"},
        {"bytes=9500-", 10000, "9500-9999"},
        {"bytes=0-0", 10000, "0-0"},
        {"bytes=0-", 10000, "0-9999"},
        {"bytes=9999-", 10000, "9999-9999"},
        {"bytes=9999-10000", 10000, "9999-9999"},
        {"bytes=0-" MANY_NINES, 10000, "0-9999"},
        {"bytes=-10000", 10000, "0-9999"},
        {"bytes=-10001", 10000, "0-9999"},
        {"bytes=-" MANY_NINES, 10000, "0-9999"},
        {"bytes=000000000000000000000000007-00000000000000000000000000000000009", 10, "7-9"},
        {"bytes=0-0", 1, "0-0"},
        {"bytes=0-9223372036854775807", INT64_MAX, "0-9223372036854775806"},
        {"bytes=9223372036854775806-", INT64_MAX, "9223372036854775806-9223372036854775806"},
        {"bytes=-9223372036854775806", INT64_MAX, "1-9223372036854775806"},
    };
    CHECK(rows);
}

Test(http_range, nothing_within_the_length_is_unsatisfiable) /* RFC 9110 14.1.2, 15.5.17 */
{
    static const struct row rows[] = {
        {"bytes=10-", 10, "none"},
        {"bytes=10-20", 10, "none"},
        {"bytes=-0", 10, "none"},
        {"bytes=-000", 10, "none"},
        {"bytes=0-", 0, "none"},
        {"bytes=0-0", 0, "none"},
        {"bytes=-1", 0, "none"},
        {"bytes=-0", 0, "none"},
        {"bytes=" MANY_NINES "-", 10, "none"},
        {"bytes=" MANY_NINES "-" MANY_NINES, 10, "none"},
        {"bytes=9223372036854775807-", INT64_MAX, "none"},
        {"bytes=10-,20-30,-0", 10, "none"},
        {"bytes=10-,3-4,-0", 10, "3-4"},
    };
    CHECK(rows);
}

Test(http_range, malformed_fields_are_ignored) /* RFC 9110 14.1.1, 14.2 */
{
    static const struct row rows[] = {
        {"", 10, "ignored"},
        {"bytes", 10, "ignored"},
        {"bytes=", 10, "ignored"},
        {"bytes=,", 10, "ignored"},
        {"bytes= , ,", 10, "ignored"},
        {"bytes=-", 10, "ignored"},
        {"bytes=--1", 10, "ignored"},
        {"bytes=1", 10, "ignored"},
        {"bytes=a-b", 10, "ignored"},
        {"bytes=0x0-1", 10, "ignored"},
        {"bytes=+0-1", 10, "ignored"},
        {"bytes=0-+1", 10, "ignored"},
        {"bytes=0-1-2", 10, "ignored"},
        {"bytes=0 -1", 10, "ignored"},
        {"bytes=0- 1", 10, "ignored"},
        {"bytes=0-1 2-3", 10, "ignored"},
        {"bytes=0-1;2-3", 10, "ignored"},
        {"bytes= 0-1", 10, "ignored"},
        {"bytes =0-1", 10, "ignored"},
        {"bytes:0-1", 10, "ignored"},
        {"bytes 0-1/10", 10, "ignored"},
        {"0-1", 10, "ignored"},
        {"=0-1", 10, "ignored"},
        {"bytes=2-1", 10, "ignored"},
        {"bytes=12-11", 10, "ignored"},
        {"bytes=10-9", 100, "ignored"},
        {"bytes=" MANY_NINES "9-" MANY_NINES, 10, "ignored"},
        {"bytes=" MANY_NINES "-" MANY_NINES "8", 10, "none"},
        {"bytes=09-8", 10, "ignored"},
        {"bytes=0-1,2-1", 10, "ignored"},
        {"bytes=0-1,x", 10, "ignored"},
        {"bytes=x,0-1", 10, "ignored"},
        {"bytes=50-,x", 10, "ignored"},
    };
    CHECK(rows);
    char text[TEXT];
    read_as((struct tri_slice){NULL, 0}, 10, text);
    cr_assert(eq(str, text, "ignored"));
    read_as(TRI_SLICE("bytes=0-1\0"), 10, text);
    cr_assert(eq(str, text, "ignored"));
}

Test(http_range, only_bytes_are_a_unit_whatever_their_case) /* RFC 9110 14.1, 14.2 */
{
    static const struct row rows[] = {
        {"Bytes=0-1", 10, "0-1"},       {"BYTES=0-1", 10, "0-1"},
        {"items=0-1", 10, "ignored"},   {"byte=0-1", 10, "ignored"},
        {"bytess=0-1", 10, "ignored"},  {"none=0-1", 10, "ignored"},
        {"seconds=1-2", 10, "ignored"}, {"bytes=bytes=0-1", 10, "ignored"},
    };
    CHECK(rows);
}

Test(http_range, empty_list_members_are_skipped) /* RFC 9110 5.6.1.2 */
{
    static const struct row rows[] = {
        {"bytes=,0-1", 10, "0-1"},
        {"bytes= ,0-1", 10, "0-1"},
        {"bytes=0-1,", 10, "0-1"},
        {"bytes=0-1 ,\t, 4-5,,", 10, "0-1,4-5"},
        {"bytes=,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,1-1", 10,
         "1-1"},
    };
    CHECK(rows);
}

Test(http_range, overlapping_and_touching_ranges_become_one) /* RFC 9110 14.2, 17.15 */
{
    static const struct row rows[] = {
        {"bytes=0-4,3-9", 100, "0-9"},
        {"bytes=0-4,5-9", 100, "0-9"},
        {"bytes=0-4,6-9", 100, "0-4,6-9"},
        {"bytes=5-9,0-4", 100, "0-9"},
        {"bytes=6-9,0-4", 100, "6-9,0-4"},
        {"bytes=1-1,1-1,1-1", 100, "1-1"},
        {"bytes=50-59,0-9,70-79,10-69", 100, "0-79"},
        {"bytes=50-59,0-9,90-99,12-49", 100, "12-59,0-9,90-99"},
        {"bytes=90-99,0-9,20-29,10-19", 100, "90-99,0-29"},
        {"bytes=20-29,40-49,60-69,25-65", 100, "20-69"},
        {"bytes=5-6,2-3,8-9,-100", 100, "0-99"},
        {"bytes=0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-", 100, "0-99"},
        {"bytes=9223372036854775800-,0-9223372036854775799", INT64_MAX, "0-9223372036854775806"},
    };
    CHECK(rows);
}

/* "bytes=" and `count` ranges of `width` bytes, one every `step`. */
static struct tri_slice field_of(int count, int width, int step, char text[static FIELD])
{
    size_t len = (size_t)snprintf(text, FIELD, "bytes=");
    for (int i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, FIELD - len, "%d-%d,", i * step, i * step + width - 1);
    return (struct tri_slice){text, len};
}

Test(http_range, too_many_ranges_are_ignored) /* RFC 9110 17.15 */
{
    static const struct {
        int count, width, step;
        uint32_t expected; /* 0: ignored */
    } rows[] = {
        {TRI_RANGES_MAX, 1, 2, TRI_RANGES_MAX},
        {TRI_RANGES_MAX + 1, 1, 2, 0},
        {64, 1, 2, 0},
        {64, 1, 1, 1}, /* all merged */
        {65, 1, 1, 0}, /* not looked at any more */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[FIELD];
        struct tri_range ranges[TRI_RANGES_MAX];
        uint32_t count;
        struct tri_slice value = field_of(rows[i].count, rows[i].width, rows[i].step, text);
        cr_assert(eq(int, tri_range_parse(value, 1000, ranges, &count),
                     rows[i].expected ? TRI_RANGES_FOUND : TRI_RANGES_IGNORED),
                  "row %zu", i);
        cr_assert(eq(u32, count, rows[i].expected));
    }
}
