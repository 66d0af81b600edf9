/*
 * test_events.c - server-sent events.
 */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "drive.h"
#include "server/base/clock.h"
#include "server/handlers/handlers.h"

TestSuite(handlers_events, .timeout = 10);

Test(handlers_events, each_event_has_an_id_and_json_and_the_first_says_when_to_retry)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/events", "n=2&ms=40");
    drive_finish(&d, &tri_handler_events);
    cr_assert(drive_has(d.sent, "\r\nContent-Type: text/event-stream\r\n"));
    cr_assert(drive_has(d.sent, "\r\nCache-Control: no-store\r\n"));
    cr_assert(drive_body_is(&d, "retry: 2000\nid: 1\ndata: {\"n\":1,\"elapsed_ms\":0}\n\n"
                                "id: 2\ndata: {\"n\":2,\"elapsed_ms\":40}\n\n"));
    drive_close(&d);
}

Test(handlers_events, go_on_without_end_until_the_server_drains)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/events", "");
    for (int i = 0; i < 1000; i++) {
        struct tri_next next = drive_call(&d, &tri_handler_events);
        cr_assert(eq(int, next.kind, TRI_NEXT_AT));
        cr_assert(eq(i64, next.at_ns, d.x.now_ns + TRI_SECOND));
        drive_flush(&d);
        d.x.now_ns = next.at_ns;
    }
    d.x.draining = true;
    cr_assert(eq(int, drive_call(&d, &tri_handler_events).kind, TRI_NEXT_DONE));
    cr_assert(eq(sz, d.output.len, 0));
    drive_finish(&d, &tri_handler_events);
    cr_assert(drive_has(drive_body(&d).at, "id: 1000\n"));
    drive_close(&d);
}

Test(handlers_events, an_event_is_never_cut_by_a_drain)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/events", "");
    cr_assert(eq(int, drive_call(&d, &tri_handler_events).kind, TRI_NEXT_AT));
    drive_flush(&d);
    d.x.now_ns += TRI_SECOND;
    drive_narrow(&d, 20);
    cr_assert(eq(int, drive_call(&d, &tri_handler_events).kind, TRI_NEXT_ROOM));
    d.x.draining = true;
    drive_finish(&d, &tri_handler_events);
    struct tri_slice body = drive_body(&d);
    cr_assert(memcmp(body.at + body.len - 2, "\n\n", 2) == 0);
    cr_assert(memmem(body.at, body.len, "id: 2\n", 6) != NULL);
    drive_close(&d);
}
