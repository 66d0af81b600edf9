/*
 * test_health.c - is the server well.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "drive.h"
#include "server/handlers/handlers.h"

TestSuite(handlers_health, .timeout = 10);

Test(handlers_health, is_ok_and_not_to_be_stored)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/health", "");
    drive_finish(&d, &tri_handler_health);
    cr_assert(eq(int, drive_status(&d), 200));
    cr_assert(drive_body_is(&d, "ok\n"));
    cr_assert(drive_has(d.sent, "\r\nCache-Control: no-store\r\n"));
    cr_assert(drive_has(d.sent, "\r\nContent-Type: text/plain\r\n"));
    cr_assert(eq(sz, d.arena.total, 0));
    drive_close(&d);
}

Test(handlers_health, sends_clients_elsewhere_while_the_server_drains)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/health", "");
    d.x.draining = true;
    drive_finish(&d, &tri_handler_health);
    cr_assert(eq(int, drive_status(&d), 503));
    cr_assert(drive_body_is(&d, "draining\n"));
    cr_assert(drive_has(d.sent, "\r\nCache-Control: no-store\r\n"));
    drive_close(&d);
}
