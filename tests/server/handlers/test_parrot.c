/*
 * test_parrot.c - the echo in straight lines.
 */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "drive.h"
#include "server/base/clock.h"
#include "server/handlers/handlers.h"

TestSuite(handlers_parrot, .timeout = 20);

Test(handlers_parrot, says_what_it_heard_in_whatever_pieces)
{
    for (size_t bytes = 1; bytes < 12; bytes++) {
        struct drive d;
        drive_open(&d, TRI_METHOD_POST, "/parrot", "");
        d.request.content_length = -1;
        d.body = TRI_SLICE("pretty polly");
        d.piece_bytes = bytes;
        drive_narrow(&d, 300);
        drive_run(&d, &tri_handler_parrot);
        cr_assert(drive_body_is(&d, "pretty polly"), "%s", d.sent);
        drive_close(&d);
    }
}

Test(handlers_parrot, waits_before_each_piece)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_POST, "/parrot", "ms=50");
    d.request.content_length = 2;
    int64_t until_ns = d.x.now_ns + 50 * TRI_MILLISECOND;
    d.body = TRI_SLICE("hi");
    drive_run(&d, &tri_handler_parrot);
    cr_assert(eq(i64, d.x.now_ns, until_ns));
    cr_assert(drive_body_is(&d, "hi"), "%s", d.sent);
    drive_close(&d);
}

Test(handlers_parrot, refuses_a_pause_of_more_than_a_minute)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_POST, "/parrot", "ms=60001");
    drive_run(&d, &tri_handler_parrot);
    cr_assert(eq(int, drive_status(&d), 400));
    drive_close(&d);
}
