/*
 * test_date.c - dates out and in, against the C library across leap years and centuries.
 */
#include "server/http/date.h"

#include <stdio.h>
#include <time.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_date, .timeout = 10);

static void check(int64_t seconds)
{
    char text[TRI_DATE_BYTES + 1], expected[64];
    struct tm parts;
    time_t when = (time_t)seconds;
    gmtime_r(&when, &parts);
    strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    tri_date_print(seconds, text);
    cr_assert(eq(str, text, expected), "%lld", (long long)seconds);
}

Test(http_date, prints_the_example_of_rfc_9110) /* 5.6.7 */
{
    char text[TRI_DATE_BYTES + 1];
    tri_date_print(784111777, text);
    cr_assert(eq(str, text, "Sun, 06 Nov 1994 08:49:37 GMT"));
}

Test(http_date, agrees_with_the_c_library_every_day_of_five_centuries)
{
    for (int64_t day = 0; day < 500 * 366; day++)
        check(day * 86400 + day % 86400);
}

Test(http_date, agrees_at_the_edges)
{
    static const int64_t edges[] = {0,         59,        86399,      86400,
                                    951782399, 951782400, 4102444799, 253402300799};
    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
        check(edges[i]);
}

/* --- in --- */

#define NOW 1000000000 /* Sun, 09 Sep 2001 01:46:40 GMT */

static int64_t parsed(const char *text)
{
    int64_t seconds = -1;
    bool ok = tri_date_parse(tri_slice_of(text), NOW, &seconds);
    cr_assert(eq(int, ok, seconds >= 0), "%s", text);
    return seconds;
}

Test(http_date, reads_the_three_examples_of_rfc_9110) /* 5.6.7 */
{
    cr_assert(eq(i64, parsed("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777));
    cr_assert(eq(i64, parsed("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777));
    cr_assert(eq(i64, parsed("Sun Nov  6 08:49:37 1994"), 784111777));
    cr_assert(eq(i64, parsed("Wed Nov 16 08:49:37 1994"), 784975777));
}

static void check_parse(int64_t seconds, const char *text)
{
    int64_t found = -1;
    cr_assert(tri_date_parse(tri_slice_of(text), seconds, &found), "%s", text);
    cr_assert(eq(i64, found, seconds), "%s", text);
}

Test(http_date, reads_what_the_c_library_prints_every_day_of_five_centuries)
{
    for (int64_t day = 0; day < 500 * 366; day++) {
        char text[64];
        time_t when = (time_t)(day * 86400 + day % 86400);
        struct tm parts;
        gmtime_r(&when, &parts);
        strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        check_parse(when, text);
        size_t len = strftime(text, sizeof(text), "%A, %d-%b-", &parts);
        snprintf(text + len, sizeof(text) - len, "%02d %02d:%02d:%02d GMT", parts.tm_year % 100,
                 parts.tm_hour, parts.tm_min, parts.tm_sec);
        check_parse(when, text);
        strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &parts);
        check_parse(when, text);
    }
}

Test(http_date, two_digit_years_are_at_most_50_years_ahead) /* RFC 9110 5.6.7 */
{
    cr_assert(eq(i64, parsed("Sunday, 09-Sep-51 01:46:40 GMT"), 2577836800));
    cr_assert(eq(i64, parsed("Sunday, 09-Sep-51 01:46:41 GMT"), -1), "that is 1951");
    cr_assert(eq(i64, parsed("Sunday, 31-Dec-50 23:59:59 GMT"), 2556143999));
    cr_assert(eq(i64, parsed("Sunday, 01-Jan-52 00:00:00 GMT"), -1), "that is 1952");
    cr_assert(eq(i64, parsed("Thursday, 01-Jan-70 00:00:00 GMT"), 0));
    cr_assert(eq(i64, parsed("Tuesday, 29-Feb-00 00:00:00 GMT"), 951782400));

    int64_t seconds = -1, in_2099 = 4070908800;
    cr_assert(tri_date_parse(TRI_SLICE("Saturday, 01-Jan-00 00:00:00 GMT"), in_2099, &seconds));
    cr_assert(eq(i64, seconds, 4102444800), "2100 is next year, not a century ago");
}

Test(http_date, reads_the_edges_of_time)
{
    cr_assert(eq(i64, parsed("Thu, 01 Jan 1970 00:00:00 GMT"), 0));
    cr_assert(eq(i64, parsed("Fri, 31 Dec 9999 23:59:59 GMT"), 253402300799));
    cr_assert(eq(i64, parsed("Fri, 31 Dec 9999 23:59:60 GMT"), 253402300799));
    cr_assert(eq(i64, parsed("Sat, 31 Dec 2016 23:59:60 GMT"), 1483228799), "a leap second");
    cr_assert(eq(i64, parsed("Tue, 29 Feb 2000 00:00:00 GMT"), 951782400));
    cr_assert(eq(i64, parsed("Mon, 06 Nov 1994 08:49:37 GMT"), 784111777), "it was a Sunday");
}

Test(http_date, refuses_what_is_no_date)
{
    static const char *const texts[] = {
        "",
        "0",
        "784111777",
        "Sun",
        "Sunday",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 GM",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "SUN, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nom 1994 08:49:37 GMT",
        "Sun, 06 ovD 1994 08:49:37 GMT",
        "Sux, 06 Nov 1994 08:49:37 GMT",
        "Sun,06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun,  6 Nov 1994 08:49:37 GMT",
        "Sun, 06  Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 01994 08:49:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 1994 08:49:3x GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunda, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sunday, 6-Nov-94 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov 6  08:49:37 1994",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sunday Nov  6 08:49:37 1994",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 32 Dec 1994 08:49:37 GMT",
        "Sun, 29 Feb 1995 08:49:37 GMT",
        "Sun, 29 Feb 2100 08:49:37 GMT",
        "Sun, 30 Feb 2000 08:49:37 GMT",
        "Sun Nov  0 08:49:37 1994",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:60 GMT",
        "Sun, 06 Nov 1994 23:59:61 GMT",
        "Wed, 31 Dec 1969 23:59:59 GMT",
        "Sat, 01 Jan 0000 00:00:00 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        cr_assert(eq(i64, parsed(texts[i]), -1), "%s", texts[i]);
}
