/*
 * test_waiting.c - the blocking handlers really block and really compute.
 */
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "drive.h"
#include "server/base/clock.h"
#include "server/handlers/handlers.h"

TestSuite(handlers_waiting, .timeout = 20);

static int64_t cpu_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * TRI_SECOND + now.tv_nsec;
}

/* Run as a driver does: no output, one call. */
static void run(struct drive *d, const struct tri_handler *handler)
{
    d->x.output = NULL;
    cr_assert(eq(int, handler->handle(&d->x).kind, TRI_NEXT_DONE));
    cr_assert(eq(int, drive_status(d), 200));
}

static void wake(int signal)
{
    (void)signal;
}

Test(handlers_waiting, block_sleeps_its_whole_time_through_signals)
{
    const struct sigaction action = {.sa_handler = wake};
    const struct itimerval often = {{0, 5000}, {0, 5000}};
    const struct itimerval never = {0};
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/block", "ms=80");
    cr_assert(eq(int, sigaction(SIGALRM, &action, NULL), 0));
    cr_assert(eq(int, setitimer(ITIMER_REAL, &often, NULL), 0));
    int64_t start_ns = tri_clock_now();
    int64_t cpu_ns = cpu_now();
    run(&d, &tri_handler_block);
    cr_assert(ge(i64, tri_clock_now() - start_ns, 80 * TRI_MILLISECOND));
    cr_assert(lt(i64, cpu_now() - cpu_ns, 40 * TRI_MILLISECOND));
    setitimer(ITIMER_REAL, &never, NULL);
    cr_assert(
        tri_slice_is((struct tri_slice){d.x.response.whole.memory, (size_t)d.x.response.length},
                     TRI_SLICE("blocked 80 ms\n")));
    cr_assert(eq(uint, tri_handler_block.flags, TRI_WAITS));
    drive_close(&d);
}

Test(handlers_waiting, cpu_burns_its_time_and_shows_the_result)
{
    static const char start[] = "computed for 50 ms: ";
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, "/cpu", "ms=50");
    int64_t cpu_ns = cpu_now();
    run(&d, &tri_handler_cpu);
    cr_assert(ge(i64, cpu_now() - cpu_ns, 50 * TRI_MILLISECOND));
    cr_assert(eq(sz, (size_t)d.x.response.length, strlen(start) + 8 + 1));
    cr_assert(memcmp(d.x.response.whole.memory, start, strlen(start)) == 0);
    cr_assert(eq(uint, tri_handler_cpu.flags, TRI_CPU));
    drive_close(&d);
}
