/*
 * test_sleep.c - a step handler that waits for a time.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "drive.h"
#include "server/base/clock.h"
#include "server/handlers/handlers.h"

TestSuite(handlers_sleep, .timeout = 10);

Test(handlers_sleep, asks_for_its_time_until_it_has_come)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/sleep", "ms=250");
    const int64_t until_ns = DRIVE_START_NS + 250 * TRI_MILLISECOND;
    struct tri_next next = drive_call(&d, &tri_handler_sleep);
    cr_assert(eq(int, next.kind, TRI_NEXT_AT));
    cr_assert(eq(i64, next.at_ns, until_ns));
    d.x.now_ns = until_ns - 1; /* woken early */
    next = drive_call(&d, &tri_handler_sleep);
    cr_assert(eq(int, next.kind, TRI_NEXT_AT));
    cr_assert(eq(i64, next.at_ns, until_ns));
    cr_assert(d.x.head_written == false);
    d.x.now_ns = until_ns;
    cr_assert(eq(int, drive_call(&d, &tri_handler_sleep).kind, TRI_NEXT_DONE));
    drive_finish(&d, &tri_handler_sleep);
    cr_assert(drive_body_is(&d, "slept 250 ms\n"));
    drive_close(&d);
}

Test(handlers_sleep, waits_100_ms_unless_told_and_not_at_all_for_0)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/sleep", "");
    drive_finish(&d, &tri_handler_sleep);
    cr_assert(eq(i64, d.x.now_ns, DRIVE_START_NS + 100 * TRI_MILLISECOND));
    cr_assert(drive_body_is(&d, "slept 100 ms\n"));
    drive_close(&d);
    drive_open(&d, TRI_METHOD_GET, "/sleep", "ms=0");
    drive_finish(&d, &tri_handler_sleep);
    cr_assert(eq(uint, d.calls, 1));
    cr_assert(drive_body_is(&d, "slept 0 ms\n"));
    drive_close(&d);
}

static const struct {
    const struct tri_handler *handler;
    const char *query;
    int status;
} arguments[] = {
    {&tri_handler_sleep, "ms=-1", 400},         {&tri_handler_sleep, "ms=600000", 200},
    {&tri_handler_sleep, "ms=600001", 400},     {&tri_handler_sleep, "ms=", 400},
    {&tri_handler_sleep, "ms=1s", 400},         {&tri_handler_stream, "n=0", 400},
    {&tri_handler_stream, "n=1", 200},          {&tri_handler_stream, "n=100000&ms=0", 200},
    {&tri_handler_stream, "n=100001", 400},     {&tri_handler_stream, "ms=-1", 400},
    {&tri_handler_stream, "ms=60000", 200},     {&tri_handler_stream, "ms=60001", 400},
    {&tri_handler_events, "n=-1&ms=10", 400},   {&tri_handler_events, "n=1&ms=9", 400},
    {&tri_handler_events, "n=1&ms=10", 200},    {&tri_handler_events, "n=2&ms=60000", 200},
    {&tri_handler_events, "n=1&ms=60001", 400}, {&tri_handler_events, "n=1000001", 400},
    {&tri_handler_bytes, "n=-1", 400},          {&tri_handler_bytes, "n=0", 200},
    {&tri_handler_bytes, "n=1073741825", 400},  {&tri_handler_block, "ms=-1", 400},
    {&tri_handler_block, "ms=0", 200},          {&tri_handler_block, "ms=60001", 400},
    {&tri_handler_cpu, "ms=-1", 400},           {&tri_handler_cpu, "ms=0", 200},
    {&tri_handler_cpu, "ms=60001", 400},        {&tri_handler_cpu, "ms=99999999999999999999", 400},
};

Test(handlers_sleep, every_argument_is_checked_at_its_limits)
{
    for (size_t i = 0; i < sizeof(arguments) / sizeof(*arguments); i++) {
        struct drive d;
        drive_open(&d, TRI_METHOD_GET, "/", arguments[i].query);
        drive_finish(&d, arguments[i].handler);
        cr_assert(eq(int, drive_status(&d), arguments[i].status), "%s?%s",
                  arguments[i].handler->name, arguments[i].query);
        drive_close(&d);
    }
}

Test(handlers_sleep, every_step_handler_without_memory_is_500)
{
    static const struct tri_handler *const steps[] = {&tri_handler_sleep, &tri_handler_bytes,
                                                      &tri_handler_stream, &tri_handler_events};
    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
        struct drive d;
        drive_open(&d, TRI_METHOD_GET, "/", "");
        tri_arena_init(&d.arena, NULL, 0);
        drive_finish(&d, steps[i]);
        cr_assert(eq(int, drive_status(&d), 500), "%s", steps[i]->name);
        drive_close(&d);
    }
}
