/*
 * test_crowd.c - many handshakes at once, beside who is there already, and at the end of a server.
 */
#include "serving.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "tests/modes/program.h"

TestSuite(tls_crowd, .init = papers_make, .fini = papers_remove, .timeout = 200);

#define SELF_SIGNED "--tls-self-signed=on"

enum { CROWD = 300 };

static struct caller crowd[CROWD];

/* Connect all of them and send their ClientHellos, and do not look at what comes. */
static void come(void)
{
    const struct call call = {.port = tls_port};
    for (int i = 0; i < CROWD; i++)
        caller_begin(&crowd[i], &call);
    for (int i = 0; i < CROWD; i++)
        cr_assert(caller_step(&crowd[i]) == 0);
}

static void go(void)
{
    for (int i = 0; i < CROWD; i++)
        caller_close(&crowd[i]);
}

/* How many of the crowd the server has answered so far. */
static int count_answered(void)
{
    int answered = 0;
    struct pollfd watched[CROWD];
    for (int i = 0; i < CROWD; i++)
        watched[i] = (struct pollfd){.fd = crowd[i].socket.fd, .events = POLLIN};
    poll(watched, CROWD, 0);
    for (int i = 0; i < CROWD; i++)
        answered += watched[i].revents != 0;
    return answered;
}

static void expect_all_served(void)
{
    int done = 0;
    int64_t until_ns = tri_clock_now() + 2 * SUPPORT_WAIT_NS;
    bool is_done[CROWD] = {false};
    while (done < CROWD && tri_clock_now() < until_ns) {
        for (int i = 0; i < CROWD; i++) {
            int outcome = is_done[i] ? 0 : caller_step(&crowd[i]);
            cr_assert(outcome >= 0, "client %d: %s", i, crowd[i].alert);
            is_done[i] |= outcome == 1;
            done += outcome == 1;
        }
        support_pause(TRI_MILLISECOND);
    }
    cr_assert(done == CROWD, "%d of %d have shaken hands", done, CROWD);
    for (int i = 0; i < CROWD; i += 10)
        cr_assert(caller_get(&crowd[i], "a.test", "/hello", NULL) == 200, "client %d", i);
}

EACH_MODE(tls_crowd, all_who_come_at_once_are_served)
{
    serve_tls(mode, FLAGS(SELF_SIGNED));
    come();
    expect_all_served();
    go();
    finish();
}

/*
 * Who is there already does not wait for all who come: while the crowd is being served it gets
 * answers. Counted, not timed: an answer costs the crowd a few handshakes, not most of them.
 */
static void expect_place(const char *mode)
{
    struct caller here;
    struct tri_slice request = TRI_SLICE("GET /hello HTTP/1.1\r\nHost: a.test\r\n\r\n");
    serve_tls(mode, FLAGS(SELF_SIGNED, strcmp(mode, "mn") == 0 ? "--workers=1" : "--processes=1"));
    meet(&here, (struct call){0});
    cr_assert(caller_get(&here, "a.test", "/hello", NULL) == 200);
    kill(server.pid, SIGSTOP); /* so that all of them wait when it looks up */
    come();
    cr_assert(caller_send(&here, request));
    kill(server.pid, SIGCONT);
    expect_status(&here, 200);
    int answered = count_answered();
    cr_expect(answered < CROWD / 2, "%s: %d of %d were served before who was there", mode, answered,
              CROWD);
    expect_all_served();
    go();
    caller_close(&here);
    finish();
}

Test(tls_crowd, who_is_there_is_answered_before_most_who_come_in_loop)
{
    expect_place("loop");
}

Test(tls_crowd, who_is_there_is_answered_before_most_who_come_in_mn)
{
    expect_place("mn");
}

/* --- the end of a server --- */

EACH_MODE(tls_crowd, a_drain_lets_a_handshake_under_way_finish)
{
    struct caller begun, met, idle;
    const struct call call = {.port = tls_port};
    serve_tls(mode, FLAGS(SELF_SIGNED, "--timeout-shutdown=30s",
                          strcmp(mode, "mn") ? "--processes=1" : NULL));
    meet(&idle, (struct call){0});
    cr_assert(caller_get(&idle, "a.test", "/hello", NULL) == 200);
    meet(&met, (struct call){0});
    struct call to = call;
    to.port = tls_port;
    caller_begin(&begun, &to);
    cr_assert(caller_step(&begun) == 0);
    struct pollfd answered = {.fd = begun.socket.fd, .events = POLLIN};
    cr_assert(poll(&answered, 1, (int)(SUPPORT_WAIT_NS / TRI_MILLISECOND)) == 1);
    support_server_end(&server);
    cr_expect(caller_finish(&idle) == SSL_ERROR_ZERO_RETURN, "%s", idle.alert);
    caller_close(&begun), caller_close(&met), caller_close(&idle);
    cr_expect(wait_for_exit(SUPPORT_WAIT_NS) == 0);
}

/* Nobody who hangs in the middle of a handshake holds up the end. */
EACH_MODE(tls_crowd, a_drain_does_not_wait_for_silent_clients)
{
    serve_tls(mode, FLAGS(SELF_SIGNED, "--timeout-shutdown=1h", "--timeout-handshake=1h",
                          strcmp(mode, "mn") ? "--processes=1" : NULL));
    come();
    support_server_end(&server);
    int errors = dup(server.errors_fd);
    int code = wait_for_exit(SUPPORT_WAIT_NS);
    cr_expect(code == 0, "%s: exit code %d: %s", mode, code, program_text(errors));
    close(errors);
    go();
}

/* --- leaks --- */

static unsigned count_fds(pid_t pid)
{
    char path[64];
    unsigned count = 0;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

static unsigned resident_kib(pid_t pid)
{
    char path[64];
    unsigned pages = 0;
    snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file || fscanf(file, "%*u %u", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return pages * 4;
}

/* Handshakes of all outcomes: some are served, some fail, some are cut off. */
static void shake(unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        struct caller caller;
        struct call call = {.port = tls_port, .version = i % 2 ? TLS1_2_VERSION : 0};
        if (i % 4 == 2)
            call.most = 50 + i % 400;
        if (i % 4 == 3)
            call.protocols = "\2h2";
        if (caller_open(&caller, &call) && call.most == 0)
            cr_assert(caller_get(&caller, "a.test", "/hello", NULL) == 200);
        caller_close(&caller);
    }
}

/* Until the server has seen all ends. */
static unsigned settled_fds(pid_t pid, unsigned most)
{
    int64_t until_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    while (count_fds(pid) > most && tri_clock_now() < until_ns)
        support_pause(5 * TRI_MILLISECOND);
    return count_fds(pid);
}

EACH_MODE(tls_crowd, two_thousand_handshakes_leave_nothing_behind)
{
    enum { WARM = 400, TIMES = 2000, GROWN_KIB = 2048, SOME = 8 };
    serve_tls(mode, FLAGS(SELF_SIGNED, strcmp(mode, "mn") ? "--processes=1" : NULL));
    pid_t worker = server.pid;
    struct census census = program_census(server.pid);
    for (unsigned i = 0; i < census.processes; i++)
        if (census.pids[i] > worker)
            worker = census.pids[i];
    unsigned fds = count_fds(worker) + SOME;
    shake(WARM);
    cr_assert(settled_fds(worker, fds) <= fds, "%s: %u descriptors in place of %u", mode,
              count_fds(worker), fds);
    unsigned before_kib = resident_kib(worker);
    shake(TIMES);
    cr_expect(settled_fds(worker, fds) <= fds, "%u descriptors in place of %u", count_fds(worker),
              fds);
    unsigned after_kib = resident_kib(worker);
    bool is_watched =
        getenv("ASAN_OPTIONS") || getenv("TSAN_OPTIONS"); /* they keep what is freed */
    cr_expect(is_watched || after_kib < before_kib + GROWN_KIB, "%u KiB became %u", before_kib,
              after_kib);
    finish();
}
