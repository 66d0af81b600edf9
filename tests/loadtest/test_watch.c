/*
 * test_watch.c - /proc is read right, against processes that do what they were told.
 */
#include "loadtest/watch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"
#include "server/base/error.h"

TestSuite(loadtest_watch, .timeout = 20);

#define HELD (48u << 20) /* bytes that a child holds */

static int ready[2]; /* a child writes a byte when it has come as far as it goes */

static void say_ready(void)
{
    (void)!write(ready[1], "", 1);
}

/* A child that runs `task` and then waits to be killed. */
static pid_t begin(void (*task)(void))
{
    char byte;
    cr_assert(pipe(ready) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        task();
        for (;;)
            pause();
    }
    cr_assert(pid > 0 && read(ready[0], &byte, 1) == 1);
    return pid;
}

static void finish(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void hold_memory(void)
{
    char *held = mmap(NULL, HELD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(held, 1, HELD);
    say_ready();
}

static void have_a_child(void)
{
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        hold_memory();
        for (;;)
            pause();
    }
}

static void have_a_strange_name(void)
{
    prctl(PR_SET_NAME, "a) R 1 (b");
    say_ready();
}

static void use_the_cpu(void)
{
    struct timespec used;
    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    while (used.tv_sec == 0 && used.tv_nsec < 300 * TRI_MILLISECOND);
    say_ready();
}

static void switch_often(void)
{
    for (int i = 0; i < 200; i++)
        usleep(100);
    say_ready();
}

static struct tri_watch_sample sample_of(pid_t pid)
{
    struct tri_watch watch;
    struct tri_watch_sample sample;
    tri_watch_pid(&watch, pid);
    cr_assert(tri_watch_sample(&watch, &sample, true));
    return sample;
}

Test(loadtest_watch, memory_of_children_is_in_the_sum)
{
    pid_t pid = begin(have_a_child);
    struct tri_watch_sample sample = sample_of(pid);
    cr_assert(eq(u32, sample.processes, 2));
    cr_assert(eq(u32, sample.threads, 2));
    cr_assert(ge(u64, sample.rss_bytes, HELD));
    cr_assert(lt(u64, sample.rss_bytes, 4 * (uint64_t)HELD)); /* bytes, not pages or KiB */
    cr_assert(ge(u64, sample.vsz_bytes, sample.rss_bytes));
    if (sample.pss_bytes) { /* where the kernel lets us read it */
        cr_assert(ge(u64, sample.pss_bytes, HELD));
        cr_assert(le(u64, sample.pss_bytes, sample.rss_bytes));
    }
    finish(pid);
}

Test(loadtest_watch, cpu_is_counted_in_seconds)
{
    pid_t pid = begin(use_the_cpu);
    struct tri_watch_sample sample = sample_of(pid);
    cr_assert(ge(i64, sample.cpu_ns, 250 * TRI_MILLISECOND)); /* to a tick or two */
    cr_assert(lt(i64, sample.cpu_ns, 2 * TRI_SECOND));
    finish(pid);
}

Test(loadtest_watch, waits_are_voluntary_switches)
{
    pid_t pid = begin(switch_often);
    struct tri_watch_sample sample = sample_of(pid);
    cr_assert(sample.has_switches);
    cr_assert(ge(u64, sample.voluntary, 200));
    finish(pid);
}

Test(loadtest_watch, names_with_parentheses_do_not_lead_astray)
{
    pid_t pid = begin(have_a_strange_name);
    struct tri_watch watch;
    struct tri_error error = {0};
    struct tri_watch_sample sample = sample_of(pid);
    cr_assert(eq(u32, sample.processes, 1));
    cr_assert(eq(u32, sample.threads, 1));
    cr_assert(tri_watch_find(&watch, "a) R 1 (b", &error), "%s", error.text);
    cr_assert(eq(i32, watch.pid, pid));
    finish(pid);
}

Test(loadtest_watch, who_is_gone_is_missed)
{
    struct tri_watch watch;
    struct tri_watch_sample sample;
    struct tri_error error = {0};
    char number[16];
    pid_t pid = begin(say_ready);
    tri_watch_pid(&watch, pid);
    finish(pid);
    cr_assert(not(tri_watch_sample(&watch, &sample, false)));
    snprintf(number, sizeof(number), "%d", (int)pid);
    cr_assert(not(tri_watch_find(&watch, number, &error)));
    cr_assert(strstr(error.text, "no such process") != NULL, "%s", error.text);
    cr_assert(not(tri_watch_find(&watch, "nobody-at-all", &error)));
    cr_assert(strstr(error.text, "no process of that name") != NULL, "%s", error.text);
}
