/*
 * test_status.c - reasons and ready-made status lines.
 */
#include "server/http/status.h"

#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_status, .timeout = 5);

Test(http_status, line_is_version_code_and_reason) /* RFC 9112 4 */
{
    for (int status = 100; status < 600; status++) {
        struct tri_slice line = tri_status_line(status);
        char expected[128] = "";
        if (strcmp(tri_status_reason(status), "Unknown") != 0)
            snprintf(expected, sizeof(expected), "HTTP/1.1 %d %s\r\n", status,
                     tri_status_reason(status));
        cr_assert(tri_slice_is(line, tri_slice_of(expected)), "%d", status);
    }
}

Test(http_status, knows_what_it_sends)
{
    cr_assert(eq(str, (char *)tri_status_reason(TRI_STATUS_HEAD_TOO_LARGE),
                 "Request Header Fields Too Large"));
    cr_assert(eq(str, (char *)tri_status_reason(299), "Unknown"));
    cr_assert(eq(sz, tri_status_line(299).len, 0));
}
