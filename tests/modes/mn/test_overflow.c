/*
 * test_overflow.c - a coroutine that outgrows its stack ends the process with a word about why.
 *
 * Each process that is to die is a child: what it says and how it ended is looked at from here.
 */
#include "modes/mn/machinery.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/error.h"

TestSuite(mn_overflow, .timeout = 20);

enum { SLOT_BYTES = 65536 };

static volatile int endless = 1;

static __attribute__((noinline)) int recurse(int depth)
{
    volatile char frame[200];
    frame[depth % 200] = (char)depth;
    return endless ? recurse(depth + 1) + frame[0] : 0;
}

static void overflow(struct tri_task *task)
{
    (void)task;
    endless = recurse(1);
}

/* A page that is no stack's guard. */
static void fault(struct tri_task *task)
{
    char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)task;
    *(volatile char *)page = 1;
}

static const char *name_it(struct tri_task *task)
{
    (void)task;
    return "digger";
}

static const char *name_nothing(struct tri_task *task)
{
    (void)task;
    return NULL;
}

static int64_t no_visitors(void *context, unsigned place, unsigned door)
{
    (void)context, (void)place, (void)door;
    return 0;
}

struct death {
    const char *word; /* what the test is about */
    void (*run)(struct tri_task *task);
    const char *(*name)(struct tri_task *task);
    bool by_mprotect;
};

static void say_and_leave(int number)
{
    (void)number;
    static const char text[] = "earlier handler\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);
    (void)written;
    _exit(9);
}

/* In a child: run one task until it has killed the process. */
static void die(const struct death *death, bool handled_before)
{
    struct tri_error error;
    int door = eventfd(0, 0);
    struct tri_scheduler_plan plan = {
        .workers = 1,
        .tasks = 8,
        .task_bytes = sizeof(struct tri_task),
        .stack_bytes = SLOT_BYTES,
        .run = death->run,
        .name = death->name,
        .doors = &door,
        .door_count = 1,
        .on_door = no_visitors,
    };
    for (int i = 0; i < 2; i++)
        signal(i ? SIGBUS : SIGSEGV, handled_before ? say_and_leave : SIG_DFL);
    tri_log_open(TRI_LOG_INFO, "mn");
    struct tri_scheduler *scheduler = tri_scheduler_new(&plan, &error);
    if (!scheduler)
        _exit(1);
    scheduler->stacks.guard_by_mprotect = death->by_mprotect;
    struct tri_task *task = tri_task_new(scheduler);
    if (!task || !tri_scheduler_start(scheduler, &error) ||
        !tri_task_start(task, eventfd(0, 0), 0, 0))
        _exit(2);
    sleep(15);
    _exit(3);
}

/* How it ended; what it wrote to standard error goes to `said`. */
static int die_in_child(const struct death *death, bool handled_before, char *said, size_t room)
{
    int status, ends[2];
    size_t len = 0;
    ssize_t got;
    cr_assert(eq(int, pipe(ends), 0));
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        die(death, handled_before);
    }
    close(ends[1]);
    while (len + 1 < room && (got = read(ends[0], said + len, room - 1 - len)) > 0)
        len += (size_t)got;
    said[len] = '\0';
    close(ends[0]);
    waitpid(child, &status, 0);
    return status;
}

static bool was_killed(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static void assert_last_words(const struct death *death, const char *fields)
{
    char said[4096], expected[256];
    int status = die_in_child(death, false, said, sizeof(said));
    cr_assert(was_killed(status), "%s: status %x, %s", death->word, (unsigned)status, said);
    snprintf(expected, sizeof(expected), " event=stack_overflow %s\n", fields);
    char *event = strstr(said, " event=");
    cr_assert(event && strcmp(event, expected) == 0, "%s: \"%s\"", death->word, said);
    cr_assert(strstr(said, "Z error mode=mn pid=") != NULL, "%s: \"%s\"", death->word, said);
}

static void format(char *fields, size_t room, const char *name)
{
    snprintf(fields, room, "handler=%s stack_bytes=%ld hint=\"raise --stack-size (now 64KiB)\"",
             name, SLOT_BYTES - sysconf(_SC_PAGESIZE));
}

Test(mn_overflow, names_the_handler_and_the_setting_and_dies_by_the_signal)
{
    char fields[128];
    format(fields, sizeof(fields), "digger");
    assert_last_words(&(struct death){"guard", overflow, name_it, false}, fields);
}

Test(mn_overflow, does_so_with_the_guards_of_older_kernels)
{
    char fields[128];
    format(fields, sizeof(fields), "digger");
    assert_last_words(&(struct death){"mprotect", overflow, name_it, true}, fields);
}

Test(mn_overflow, says_none_when_no_handler_is_at_work)
{
    char fields[128];
    format(fields, sizeof(fields), "none");
    assert_last_words(&(struct death){"no handler", overflow, name_nothing, false}, fields);
    assert_last_words(&(struct death){"no names", overflow, NULL, false}, fields);
}

Test(mn_overflow, leaves_other_faults_to_their_default)
{
    char said[4096];
    int status =
        die_in_child(&(struct death){"other", fault, name_it, false}, false, said, sizeof(said));
    cr_assert(was_killed(status), "status %x", (unsigned)status);
    cr_assert(eq(str, said, ""));
}

Test(mn_overflow, leaves_other_faults_to_an_earlier_handler)
{
    char said[4096];
    int status =
        die_in_child(&(struct death){"other", fault, name_it, false}, true, said, sizeof(said));
    cr_assert(eq(int, status, 9 << 8));
    cr_assert(eq(str, said, "earlier handler\n"));
}
