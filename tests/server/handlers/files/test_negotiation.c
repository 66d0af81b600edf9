/*
 * test_negotiation.c - a file in the coding that its client takes (RFC 9110 12.5.3).
 */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/handlers/files/deliver.h"
#include "site.h"

TestSuite(handlers_negotiation, .init = site_make, .fini = site_remove, .timeout = 20);

static const struct {
    const char *path, *accept;
    int status;
    const char *coding;
    bool varies;
} codings[] = {
    /* beside the file */
    {"/t.html", NULL, 200, "", true},
    {"/t.html", "br, gzip", 200, "br", true},
    {"/t.html", "gzip", 200, "gzip", true},
    {"/t.html", "gzip;q=0.9, br;q=0.5", 200, "gzip", true},
    {"/t.html", "zstd", 200, "", true},
    {"/t.html", "zstd, gzip;q=0.1", 200, "gzip", true},
    {"/t.html", "gzip;q=0", 200, "", true},
    {"/t.html", "identity;q=0", 406, "", false},
    {"/t.html", "identity;q=0, gzip", 200, "gzip", true},
    {"/t.html", "*;q=0", 406, "", false},
    /* compressed while sending */
    {"/1000.txt", "br, gzip", 200, "br", true},
    {"/1000.txt", "gzip", 200, "gzip", true},
    {"/1000.txt", "zstd", 200, "", true},
    {"/1000.txt", NULL, 200, "", true},
    {"/big.txt", "gzip", 200, "gzip", true},
    /* too small, or of a kind that is compressed already: precompressed alone may come */
    {"/999.txt", "gzip", 200, "", true},
    {"/1000.png", "gzip", 200, "", true},
    {"/empty.txt", "gzip", 200, "", true},
};

Test(handlers_negotiation, the_coding_is_negotiated)
{
    site.options.precompressed = site.options.compress = true;
    for (int cached = 0; cached < 2; cached++) {
        site.options.cache = cached ? tri_file_cache_new(32, 1 << 20, INT64_C(1) << 40) : NULL;
        for (size_t i = 0; i < sizeof(codings) / sizeof(*codings); i++) {
            struct drive d;
            site_ask(&d, TRI_METHOD_GET, codings[i].path,
                     codings[i].accept ? FIELDS("Accept-Encoding", codings[i].accept) : NULL);
            cr_assert(eq(int, drive_status(&d), codings[i].status), "%zu", i);
            if (codings[i].status == 200) {
                bool is_html = strcmp(codings[i].path, "/t.html") == 0;
                char coding[64];
                snprintf(coding, sizeof(coding), "\r\nContent-Encoding: %s\r\n", codings[i].coding);
                cr_assert(codings[i].coding[0] ? drive_has(d.sent, coding)
                                               : drive_lacks(d.sent, "Content-Encoding"),
                          "%zu", i);
                cr_assert(
                    eq(int, drive_has(d.sent, "\r\nVary: Accept-Encoding\r\n"), codings[i].varies),
                    "%zu", i);
                if (is_html)
                    cr_assert(drive_has(d.sent, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
            }
            drive_close(&d);
        }
        tri_file_cache_free(site.options.cache);
    }
}

Test(handlers_negotiation, a_precompressed_file_is_sent_as_it_lies_there)
{
    struct drive d;
    site.options.precompressed = true;
    site_ask(&d, TRI_METHOD_GET, "/t.html", FIELDS("Accept-Encoding", "gzip"));
    cr_assert(drive_body_is(&d, "-gz-"));
    cr_assert(drive_has(d.sent, "\r\nAccept-Ranges: bytes\r\n"));
    drive_close(&d);
    site_ask(&d, TRI_METHOD_GET, "/t.html",
             FIELDS("Accept-Encoding", "gzip", "Range", "bytes=1-2"));
    cr_assert(eq(int, drive_status(&d), 206));
    cr_assert(drive_body_is(&d, "gz"));
    drive_close(&d);
}

Test(handlers_negotiation, vary_says_whether_another_could_get_another)
{
    struct drive d;
    site.options.compress = true;
    site_ask(&d, TRI_METHOD_GET, "/999.txt", NULL);
    cr_assert(drive_lacks(d.sent, "Vary"));
    drive_close(&d);
    site_ask(&d, TRI_METHOD_GET, "/1000.png", NULL);
    cr_assert(drive_lacks(d.sent, "Vary"));
    drive_close(&d);
    site_ask(&d, TRI_METHOD_GET, "/1000.txt", FIELDS("Range", "bytes=0-1"));
    cr_assert(drive_has(d.sent, "\r\nVary: Accept-Encoding\r\n"));
    drive_close(&d);
}

Test(handlers_negotiation, a_range_is_of_the_file_as_it_is_where_compression_would_be_live)
{
    struct drive d;
    site.options.compress = true;
    site_ask(&d, TRI_METHOD_GET, "/1000.txt",
             FIELDS("Accept-Encoding", "gzip", "Range", "bytes=3-5"));
    cr_assert(eq(int, drive_status(&d), 206));
    cr_assert(drive_body_is(&d, "345"));
    cr_assert(drive_lacks(d.sent, "Content-Encoding"));
    drive_close(&d);
    /* but who takes no identity gets what can be had */
    site_ask(&d, TRI_METHOD_GET, "/1000.txt",
             FIELDS("Accept-Encoding", "gzip, identity;q=0", "Range", "bytes=3-5"));
    cr_assert(eq(int, drive_status(&d), 200));
    cr_assert(drive_has(d.sent, "\r\nContent-Encoding: gzip\r\n"));
    drive_close(&d);
}

static const struct {
    const char *accept, *name, *value;
    int status;
} refusals[] = {
    {"*;q=0", "X-Other", "1", 406},
    {"gzip", "If-Match", "\"x\"", 412},
    {"gzip", "Range", "bytes=99999-", 416},
};

Test(handlers_negotiation, a_refusal_says_that_another_coding_might_have_done)
{
    site.options.precompressed = true;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
        struct drive d;
        site_ask(
            &d, TRI_METHOD_GET, "/t.html",
            FIELDS("Accept-Encoding", refusals[i].accept, refusals[i].name, refusals[i].value));
        cr_assert(eq(int, drive_status(&d), refusals[i].status));
        cr_assert(drive_has(d.sent, "\r\nVary: Accept-Encoding\r\n"), "%s", d.sent);
        cr_assert(d.x.response.is_plain_error);
        drive_close(&d);
    }
    site.options.precompressed = false;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
        struct drive d;
        site_ask(
            &d, TRI_METHOD_GET, "/a.txt",
            FIELDS("Accept-Encoding", refusals[i].accept, refusals[i].name, refusals[i].value));
        cr_assert(eq(int, drive_status(&d), refusals[i].status));
        bool varies = refusals[i].status == 406; /* here only the refusal depends on the field */
        cr_assert(eq(int, drive_has(d.sent, "Vary"), varies), "%s", d.sent);
        drive_close(&d);
    }
}
