/*
 * test_address.c - who asks.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "drive.h"
#include "server/handlers/handlers.h"

TestSuite(handlers_address, .timeout = 10);

static const char *const addresses[][2] = {
    {"192.0.2.1", "192.0.2.1\n"},
    {"2001:db8:0:0::1", "2001:db8::1\n"},
    {NULL, "unknown\n"}, /* a Unix socket */
};

Test(handlers_address, is_the_clients)
{
    for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
        struct drive d;
        drive_open(&d, TRI_METHOD_GET, "/address", "");
        if (addresses[i][0])
            cr_assert(tri_ip_parse(tri_slice_of(addresses[i][0]), &d.x.client));
        drive_finish(&d, &tri_handler_address);
        cr_assert(eq(int, drive_status(&d), 200));
        cr_assert(drive_body_is(&d, addresses[i][1]), "%s", d.sent);
        cr_assert(drive_has(d.sent, "\r\nCache-Control: no-store\r\n"));
        drive_close(&d);
    }
}
