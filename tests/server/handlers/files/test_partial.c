/*
 * test_partial.c - parts of a file (RFC 9110 14).
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/handlers/files/deliver.h"
#include "site.h"

TestSuite(handlers_partial, .init = site_make, .fini = site_remove, .timeout = 20);

static const struct {
    const char *range;
    int status;
    const char *place, *body;
} ranges[] = {
    {"bytes=0-0", 206, "bytes 0-0/10", "0"},
    {"bytes=2-4", 206, "bytes 2-4/10", "234"},
    {"bytes=7-", 206, "bytes 7-9/10", "789"},
    {"bytes=-2", 206, "bytes 8-9/10", "89"},
    {"bytes=-99", 206, "bytes 0-9/10", "0123456789"},
    {"bytes=5-99", 206, "bytes 5-9/10", "56789"},
    {"bytes=0-1,2-3", 206, "bytes 0-3/10", "0123"}, /* one after merging: no multipart */
    {"bytes=10-", 416, "bytes */10", NULL},
    {"bytes=-0", 416, "bytes */10", NULL},
    {"bytes=4-2", 200, "", "0123456789"},
    {"lines=1-2", 200, "", "0123456789"},
    {"bytes=0-1,5-6", 200, "", "0123456789"}, /* as multipart it would be larger */
};

Test(handlers_partial, ranges_are_cut_from_memory_and_from_files)
{
    for (int cached = 0; cached < 2; cached++) {
        site.options.cache = cached ? tri_file_cache_new(8, 1 << 20, INT64_C(1) << 40) : NULL;
        for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
            struct drive d;
            site_ask(&d, TRI_METHOD_GET, "/a.txt", FIELDS("Range", ranges[i].range));
            cr_assert(eq(int, drive_status(&d), ranges[i].status), "%s", ranges[i].range);
            cr_assert(
                eq(str, (char *)drive_reply_field(&d, "Content-Range"), (char *)ranges[i].place));
            if (ranges[i].body) {
                cr_assert(drive_body_is(&d, ranges[i].body), "%s", ranges[i].range);
                cr_assert(drive_has(d.sent, "\r\nAccept-Ranges: bytes\r\n"));
                cr_assert(drive_has(d.sent, "\r\nETag: "));
            }
            drive_close(&d);
        }
        tri_file_cache_free(site.options.cache);
    }
}

Test(handlers_partial, several_ranges_are_a_multipart_of_exactly_its_length)
{
    struct drive d;
    site_ask(&d, TRI_METHOD_GET, "/big.bin", FIELDS("Range", "bytes=5-7,50000-50001,-1"));
    cr_assert(eq(int, drive_status(&d), 206));
    cr_assert(drive_has(d.sent, "\r\nContent-Type: multipart/byteranges; boundary="));
    cr_assert(eq(str, (char *)drive_reply_field(&d, "Content-Range"), ""), "in the parts alone");
    cr_assert(drive_has(d.sent, "Content-Range: bytes 5-7/100000\r\n\r\n567\r\n--"));
    cr_assert(drive_has(d.sent, "Content-Range: bytes 50000-50001/100000\r\n\r\n01\r\n--"));
    cr_assert(drive_has(d.sent, "Content-Range: bytes 99999-99999/100000\r\n\r\n9\r\n--"));
    cr_assert(eq(i64, d.x.response.length, (int64_t)drive_body(&d).len));
    drive_close(&d);
}

Test(handlers_partial, head_and_repeated_fields_have_no_range) /* 14.2, 5.3 */
{
    struct drive d;
    site_ask(&d, TRI_METHOD_HEAD, "/a.txt", FIELDS("Range", "bytes=0-1"));
    cr_assert(eq(int, drive_status(&d), 200));
    cr_assert(drive_has(d.sent, "\r\nContent-Length: 10\r\n"));
    drive_close(&d);
    site_ask(&d, TRI_METHOD_GET, "/a.txt", FIELDS("Range", "bytes=0-1", "range", "bytes=2-3"));
    cr_assert(eq(int, drive_status(&d), 200));
    drive_close(&d);
}

Test(handlers_partial, if_range_decides_between_part_and_whole) /* 13.1.5 */
{
    const char *etag = site_etag("/a.txt", NULL);
    const struct {
        const char *value;
        int status;
    } cases[] = {{etag, 206},
                 {"\"x\"", 200},
                 {"Sun, 06 Nov 1994 08:49:37 GMT", 206},
                 {"Sun, 06 Nov 1994 08:49:38 GMT", 200}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct drive d;
        site_ask(&d, TRI_METHOD_GET, "/a.txt",
                 FIELDS("Range", "bytes=1-2", "If-Range", cases[i].value));
        cr_assert(eq(int, drive_status(&d), cases[i].status), "%s", cases[i].value);
        drive_close(&d);
    }
}

Test(handlers_partial, a_condition_comes_before_the_range)
{
    struct drive d;
    site_ask(&d, TRI_METHOD_GET, "/a.txt", FIELDS("Range", "bytes=1-2", "If-None-Match", "*"));
    cr_assert(eq(int, drive_status(&d), 304));
    drive_close(&d);
    site_ask(&d, TRI_METHOD_GET, "/a.txt", FIELDS("Range", "bytes=99-", "If-Match", "\"x\""));
    cr_assert(eq(int, drive_status(&d), 412));
    drive_close(&d);
}
