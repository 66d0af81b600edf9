/*
 * test_date.c - dates against the C library's, across leap years and centuries.
 */
#include "server/http/date.h"

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
