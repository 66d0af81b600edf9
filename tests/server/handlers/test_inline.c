/*
 * test_inline.c - hello, json, users, and the tables.
 */
#include "server/handlers/handlers.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "drive.h"

TestSuite(handlers_inline, .timeout = 10);

Test(handlers_inline, hello_is_thirteen_bytes_and_allocates_nothing)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/hello", "");
    cr_assert(eq(int, drive_call(&d, &tri_handler_hello).kind, TRI_NEXT_DONE));
    cr_assert(eq(sz, d.arena.total, 0));
    cr_assert(eq(sz, (size_t)d.x.response.length, 13));
    drive_finish(&d, &tri_handler_hello);
    cr_assert(drive_body_is(&d, "Hello, world!"));
    cr_assert(drive_has(d.sent, "\r\nContent-Type: text/plain\r\n"));
    cr_assert(drive_has(d.sent, "\r\nContent-Length: 13\r\n"));
    drive_close(&d);
}

Test(handlers_inline, json_is_an_object)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/json", "");
    drive_finish(&d, &tri_handler_json);
    cr_assert(drive_body_is(&d, "{\"message\":\"Hello, world!\"}"));
    cr_assert(drive_has(d.sent, "\r\nContent-Type: application/json\r\n"));
    drive_close(&d);
}

Test(handlers_inline, users_puts_the_parameter_into_json_escaped)
{
    static const char *const cases[][2] = {
        {"ada", "{\"id\":\"ada\"}"},
        {"\"},\"x\":{\"\\", "{\"id\":\"\\\"},\\\"x\\\":{\\\"\\\\\"}"},
        {"\n", "{\"id\":\"\\u000a\"}"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct drive d;
        drive_open(&d, TRI_METHOD_GET, "/users/x", "");
        drive_param(&d, "id", cases[i][0]);
        drive_finish(&d, &tri_handler_users);
        cr_assert(drive_body_is(&d, cases[i][1]), "%s", d.sent);
        drive_close(&d);
    }
}

Test(handlers_inline, users_without_memory_is_500)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/users/ada", "");
    drive_param(&d, "id", "ada");
    tri_arena_init(&d.arena, NULL, 100);
    drive_finish(&d, &tri_handler_users);
    cr_assert(eq(int, drive_status(&d), 500));
    drive_close(&d);
}

Test(handlers_inline, the_table_names_each_handler_once)
{
    for (size_t i = 0; tri_handlers[i]; i++) {
        cr_assert(tri_handlers[i]->handle && tri_handlers[i]->methods && tri_handlers[i]->summary);
        for (size_t j = 0; j < i; j++)
            cr_assert(ne(str, (char *)tri_handlers[i]->name, (char *)tri_handlers[j]->name));
    }
}

Test(handlers_inline, each_route_of_the_laboratory_has_a_handler_of_the_table)
{
    for (const struct tri_lab_route *route = tri_lab_routes; route->pattern; route++) {
        size_t i = 0;
        while (tri_handlers[i] && tri_handlers[i] != route->handler)
            i++;
        cr_assert(ne(ptr, (void *)tri_handlers[i], NULL), "%s", route->pattern);
        cr_assert(eq(int, strcmp(route->kind, "blocking") == 0, route->handler->flags != 0));
        cr_assert(eq(chr, route->example[0], '/'));
    }
}
