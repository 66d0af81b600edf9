/*
 * test_drain.c - what a drain costs. Apart from how a server ends (test_lifecycle.c), since a
 * processor's time is measured here, and nothing may run beside that.
 */
#include "program.h"
#include "serving.h"

#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"

TestSuite(modes_drain, .timeout = 60);

#define QUICK_NS (5 * TRI_SECOND) /* for those who are cut and the end itself */

EACH_MODE(modes_drain, a_drain_with_many_to_wait_for_uses_little_of_the_processor)
{
    enum { SLEEPERS = 500 };
    struct support_client sleepers[SLEEPERS];
    serve(mode, FLAGS("--timeout-shutdown=1300ms", "--max-connections=600",
                      strcmp(mode, "mn") ? "--processes=1" : "--workers=1"));
    for (int i = 0; i < SLEEPERS; i++)
        sleepers[i] = ask("/sleep?ms=60000");
    support_pause(300 * TRI_MILLISECOND);
    double before = program_census(server.pid).cpu_seconds;
    support_server_end(&server);
    support_pause(TRI_SECOND);
    double used = program_census(server.pid).cpu_seconds - before;
    cr_expect(used < 0.3, "%.2f s in one second", used);
    cr_expect(wait_for_exit(QUICK_NS) == 0);
    for (int i = 0; i < SLEEPERS; i++)
        support_client_close(&sleepers[i]);
}
