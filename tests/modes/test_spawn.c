/*
 * test_spawn.c - `threads` with each way to spawn: the same replies, limits, deadlines and drains,
 * and nothing left of who has served.
 */
#include "program.h"
#include "serving.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/clock.h"

TestSuite(modes_spawn, .timeout = 60);

#define QUICK_NS (5 * TRI_SECOND)

#define EACH_SPAWN(name)                                                                           \
    static void spawn_##name(const char *spawn);                                                   \
    ParameterizedTestParameters(modes_spawn, name)                                                 \
    {                                                                                              \
        static int spawns[] = {0, 1, 2};                                                           \
        return cr_make_param_array(int, spawns, 3);                                                \
    }                                                                                              \
    ParameterizedTest(int *index, modes_spawn, name)                                               \
    {                                                                                              \
        spawn_##name((const char *const[]){"cached", "fresh", "fork"}[*index]);                    \
    }                                                                                              \
    static void spawn_##name(const char *spawn)

static void serve_by(const char *spawn, const char *more)
{
    serve("threads", FLAGS("--processes=1", flag("threads-spawn", spawn), more));
}

/* The one worker: the child of the master. */
static pid_t worker(void)
{
    char path[64];
    int pid = 0;
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", server.pid, server.pid);
    FILE *file = fopen(path, "re");
    cr_assert(file && fscanf(file, "%d", &pid) == 1);
    fclose(file);
    return pid;
}

static unsigned entries(pid_t pid, const char *of)
{
    char path[64];
    unsigned count = 0;
    const struct dirent *entry;
    snprintf(path, sizeof(path), "/proc/%d/%s", pid, of);
    DIR *folder = opendir(path);
    cr_assert(folder, "%s", path);
    while ((entry = readdir(folder)))
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

enum { CHILDREN_MAX = 400 };

/* The children of the worker, dead or alive. */
static unsigned children(pid_t pids[static CHILDREN_MAX])
{
    char path[64];
    unsigned count = 0;
    pid_t parent = worker();
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
    FILE *file = fopen(path, "re");
    cr_assert(file);
    while (count < CHILDREN_MAX && fscanf(file, "%d", &pids[count]) == 1)
        count++;
    fclose(file);
    return count;
}

static void wait_for_children(unsigned count)
{
    pid_t pids[CHILDREN_MAX];
    int64_t until_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    while (children(pids) != count) {
        cr_assert(tri_clock_now() < until_ns, "%u children instead of %u", children(pids), count);
        support_pause(5 * TRI_MILLISECOND);
    }
}

EACH_SPAWN(serves_all_kinds_of_handlers_and_leaves_nothing_behind)
{
    static const char *const paths[] = {"/hello", "/sleep?ms=5", "/block?ms=5", "/stream?n=3&ms=2",
                                        "/bytes?n=300000"};
    serve_by(spawn, NULL);
    cr_assert(fetch("/hello", NULL) == 200);
    support_pause(50 * TRI_MILLISECOND);
    unsigned descriptors = entries(worker(), "fd");
    for (int i = 0; i < 25; i++) {
        struct support_client client = ask(paths[i % 5]);
        cr_assert(answer(&client, NULL) == 200, "%s", paths[i % 5]);
        for (int again = 0; again < 3; again++) {
            ask_again(&client, paths[(i + again) % 5]);
            cr_assert(answer(&client, NULL) == 200, "%s again", paths[(i + again) % 5]);
        }
        support_client_close(&client);
    }
    wait_for_children(0);
    support_pause(50 * TRI_MILLISECOND);
    cr_expect(entries(worker(), "fd") == descriptors, "descriptors leak");
    if (strcmp(spawn, "cached") != 0)
        cr_expect(entries(worker(), "task") == 1, "threads are left");
    finish();
}

EACH_SPAWN(who_comes_beyond_the_limit_is_told_503_and_later_served)
{
    enum { MOST = 10 };
    struct support_client clients[MOST], extra;
    bool close;
    serve_by(spawn, "--max-connections=10");
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MOST; i++) {
            clients[i] = ask("/hello");
            cr_assert(answer(&clients[i], NULL) == 200, "round %d, client %d", round, i);
        }
        for (int i = 0; i < 5; i++) {
            support_client_open(&extra, server.port);
            cr_assert(answer(&extra, &close) == 503 && close);
            support_client_close(&extra);
        }
        for (int i = 0; i < MOST; i++) {
            ask_again(&clients[i], "/hello");
            cr_assert(answer(&clients[i], NULL) == 200);
            support_client_close(&clients[i]);
        }
        support_pause(600 * TRI_MILLISECOND);
    }
    finish();
}

/*
 * Sockets are counted, and children: a thread that is done closes its socket before another may
 * come, and the kernel still has the thread for as long as it likes.
 */
EACH_SPAWN(far_more_clients_than_may_come_start_no_more_than_a_few_beyond)
{
    enum { MANY = 300, MOST = 10, TURNED_AWAY = 64, ACCEPTED_LAST = 1 };
    struct support_client clients[MANY];
    pid_t pids[CHILDREN_MAX];
    unsigned served = 0, peak = 0, threads = 0;
    serve_by(spawn, "--max-connections=10");
    cr_assert(fetch("/hello", NULL) == 200);
    support_pause(50 * TRI_MILLISECOND);
    unsigned others = entries(worker(), "fd");
    for (int i = 0; i < MANY; i++)
        clients[i] = ask("/block?ms=300");
    for (int look = 0; look < 30; look++) {
        unsigned now = entries(worker(), "fd") - others + children(pids);
        peak = now > peak ? now : peak;
        now = entries(worker(), "task");
        threads = now > threads ? now : threads;
        support_pause(10 * TRI_MILLISECOND);
    }
    for (int i = 0; i < MANY; i++) {
        int status = answer(&clients[i], NULL);
        served += status == 200;
        cr_expect(status == 200 || status == 503 || clients[i].reset, "client %d: %d", i, status);
        support_client_close(&clients[i]);
    }
    cr_expect(served >= MOST, "%u served", served);
    cr_expect(peak <= MOST + TURNED_AWAY + ACCEPTED_LAST, "%u at once", peak);
    cr_expect(threads <= MANY / 2, "%u threads", threads);
    support_pause(300 * TRI_MILLISECOND);
    cr_expect(fetch("/hello", NULL) == 200);
    finish();
}

EACH_SPAWN(a_client_has_its_share_and_no_more)
{
    struct support_client clients[3];
    serve_by(spawn, "--limit-client-connections=2");
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 3; i++) {
            clients[i] = ask("/hello");
            cr_expect(answer(&clients[i], NULL) == (i < 2 ? 200 : 429), "round %d, client %d",
                      round, i);
        }
        for (int i = 0; i < 3; i++)
            support_client_close(&clients[i]);
        support_pause(300 * TRI_MILLISECOND);
    }
    finish();
}

EACH_SPAWN(an_idle_connection_is_closed_when_its_time_is_up_and_not_before)
{
    serve_by(spawn, "--timeout-idle=1s");
    struct support_client client = ask("/hello");
    for (int i = 0; i < 2; i++) { /* the second time the thread waits in another call */
        cr_assert(answer(&client, NULL) == 200);
        support_pause(300 * TRI_MILLISECOND);
        ask_again(&client, "/hello");
    }
    cr_assert(answer(&client, NULL) == 200);
    int64_t start_ns = tri_clock_now();
    cr_expect(support_client_finish(&client, start_ns + SUPPORT_WAIT_NS));
    int64_t took_ns = tri_clock_now() - start_ns;
    cr_expect(took_ns > 980 * TRI_MILLISECOND && took_ns < 1200 * TRI_MILLISECOND, "%lld ms",
              (long long)(took_ns / TRI_MILLISECOND));
    support_client_close(&client);
    finish();
}

EACH_SPAWN(a_drain_finishes_what_is_in_flight_and_wakes_who_is_idle)
{
    enum { IDLE = 30 };
    static const char *const paths[] = {"/sleep?ms=700", "/block?ms=700", "/stream?n=7&ms=100"};
    struct support_client idle[IDLE], busy[3];
    serve_by(spawn, "--timeout-shutdown=30s");
    for (int i = 0; i < IDLE; i++) {
        idle[i] = ask("/hello");
        for (int again = 0; again < i % 3; again++) { /* in ppoll, and in recv */
            cr_assert(answer(&idle[i], NULL) == 200);
            ask_again(&idle[i], "/hello");
        }
        cr_assert(answer(&idle[i], NULL) == 200);
    }
    int64_t start_ns = tri_clock_now();
    for (int i = 0; i < 3; i++)
        busy[i] = ask(paths[i]);
    support_pause(200 * TRI_MILLISECOND);
    support_server_end(&server);
    for (int i = 0; i < IDLE; i++) {
        const char *fault = support_client_over(&idle[i]);
        cr_expect(fault == NULL, "idle %d: %s", i, fault);
        support_client_close(&idle[i]);
    }
    cr_expect(tri_clock_now() - start_ns < 650 * TRI_MILLISECOND, "the idle are kept");
    for (int i = 0; i < 3; i++) {
        cr_expect(answer(&busy[i], NULL) == 200, "%s", paths[i]);
        if (i == 1)
            cr_expect(tri_clock_now() - start_ns > 690 * TRI_MILLISECOND, "a handler was woken");
        support_client_close(&busy[i]);
    }
    cr_expect(wait_for_exit(QUICK_NS) == 0);
}

/* Each signal comes at another moment of a request's life. */
EACH_SPAWN(no_wake_up_is_lost_under_load)
{
    enum { CLIENTS = 16, ROUNDS = 12 };
    for (int round = 0; round < ROUNDS; round++) {
        struct support_client clients[CLIENTS];
        serve_by(spawn, "--timeout-shutdown=30s");
        for (int i = 0; i < CLIENTS; i++)
            clients[i] = ask("/hello");
        for (int turn = 0; turn < 20 + round; turn++)
            for (int i = 0; i < CLIENTS; i++) {
                cr_assert(answer(&clients[i], NULL) == 200, "turn %d", turn);
                ask_again(&clients[i], "/hello");
            }
        support_server_end(&server);
        int64_t start_ns = tri_clock_now();
        for (int i = 0; i < CLIENTS; i++) {
            int status = answer(&clients[i], NULL);
            cr_expect(status == 200 || clients[i].eof, "client %d is left waiting", i);
            support_client_close(&clients[i]);
        }
        cr_expect(wait_for_exit(QUICK_NS) == 0, "round %d", round);
        cr_expect(tri_clock_now() - start_ns < 2 * TRI_SECOND, "round %d is slow", round);
    }
}

EACH_SPAWN(a_drain_that_takes_too_long_is_cut)
{
    serve_by(spawn, "--timeout-shutdown=300ms");
    struct support_client client = ask("/block?ms=20000");
    support_pause(150 * TRI_MILLISECOND);
    int64_t start_ns = tri_clock_now();
    support_server_end(&server);
    cr_expect(answer(&client, NULL) == 0);
    cr_expect(wait_for_exit(QUICK_NS) == 0);
    cr_expect(tri_clock_now() - start_ns < 2 * TRI_SECOND);
    support_client_close(&client);
}

Test(modes_spawn, a_child_that_is_killed_is_missed_by_its_client_alone)
{
    struct support_client one, other;
    pid_t pids[CHILDREN_MAX];
    serve_by("fork", "--max-connections=2");
    one = ask("/hello");
    cr_assert(answer(&one, NULL) == 200);
    cr_assert(children(pids) == 1);
    other = ask("/hello");
    cr_assert(answer(&other, NULL) == 200);
    kill(pids[0], SIGKILL);
    cr_expect(support_client_finish(&one, tri_clock_now() + SUPPORT_WAIT_NS));
    wait_for_children(1); /* buried, and its seat is free */
    ask_again(&other, "/hello");
    cr_expect(answer(&other, NULL) == 200);
    cr_expect(fetch("/hello", NULL) == 200);
    cr_expect(logged("event=child_died") == 1 && logged("signal=9") == 1);
    support_client_close(&one);
    support_client_close(&other);
    finish();
}

Test(modes_spawn, a_child_does_not_outlive_its_worker)
{
    pid_t pids[CHILDREN_MAX];
    serve_by("fork", NULL);
    struct support_client client = ask("/sleep?ms=20000");
    support_pause(100 * TRI_MILLISECOND);
    cr_assert(children(pids) == 1);
    kill(worker(), SIGKILL);
    server.killed++;
    cr_expect(support_client_finish(&client, tri_clock_now() + SUPPORT_WAIT_NS));
    support_client_close(&client);
    support_pause(200 * TRI_MILLISECOND);
    struct census alive = program_census(server.pid);
    for (unsigned i = 0; i < alive.processes; i++)
        cr_expect(alive.pids[i] != pids[0], "an orphan");
    cr_expect(fetch("/hello", NULL) == 200);
    finish();
}

Test(modes_spawn, a_child_that_is_told_to_end_finishes_what_it_has_begun)
{
    pid_t pids[CHILDREN_MAX];
    serve_by("fork", NULL);
    struct support_client client = ask("/sleep?ms=400");
    bool close = false;
    support_pause(100 * TRI_MILLISECOND);
    cr_assert(children(pids) == 1);
    kill(pids[0], SIGTERM);
    cr_expect(answer(&client, &close) == 200 && close);
    support_client_close(&client);
    cr_expect(fetch("/hello", NULL) == 200);
    finish();
}
