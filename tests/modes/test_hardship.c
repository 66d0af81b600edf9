/*
 * test_hardship.c - clients that vanish, descriptors that run out, workers that are killed: the
 * server goes on, and says so without shouting.
 */
#include "program.h"
#include "serving.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/clock.h"

TestSuite(modes_hardship, .timeout = 90);

/* --- clients that vanish --- */

EACH_MODE(modes_hardship, a_client_that_vanishes_in_a_reply_is_missed_by_nobody)
{
    static const char *const paths[] = {"/bytes?n=50000000", "/stream?n=1000&ms=1",
                                        "/events?n=1000&ms=1", "/sleep?ms=200", "/block?ms=200"};
    serve(mode, NULL);
    for (int i = 0; i < 50; i++) {
        struct support_client client = ask(paths[i % 5]);
        if (i % 5 < 3)
            support_client_more(&client, tri_clock_now() + SUPPORT_WAIT_NS);
        if (i % 2)
            support_client_vanish(&client);
        else
            support_client_close(&client);
    }
    for (int i = 0; i < 4; i++)
        cr_assert(fetch("/hello", NULL) == 200);
    finish();
}

EACH_MODE(modes_hardship, clients_that_reset_at_any_moment_do_no_harm)
{
    enum { CLIENTS = 40 };
    static const char *const paths[] = {"/hello",       "/bytes?n=300000", "/stream?n=100&ms=1",
                                        "/sleep?ms=20", "/block?ms=20",    "/cpu?ms=1",
                                        "/none",        "/echo",           "/bytes?n=x",
                                        "/json"};
    struct support_client clients[CLIENTS];
    unsigned seed = 12345, asked = 0;
    int64_t until_ns = tri_clock_now() + 3 * TRI_SECOND;
    serve(mode, NULL);
    for (int i = 0; i < CLIENTS; i++)
        clients[i].fd = -1;
    while (tri_clock_now() < until_ns) {
        struct support_client *client = &clients[rand_r(&seed) % CLIENTS];
        int dice = rand_r(&seed) % 8;
        if (client->fd < 0) {
            support_client_open(client, server.port);
        } else if (dice == 0) {
            support_client_vanish(client);
        } else if (dice == 1) {
            support_client_send(client, TRI_SLICE("POST /echo HTTP/1.1\r\nHost: a\r\n"
                                                  "Content-Length: 100000\r\n\r\npart"));
        } else if (dice == 2) {
            support_client_more(client, tri_clock_now() + TRI_MILLISECOND);
        } else if (!client->eof) {
            char text[128];
            int len = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n",
                               paths[rand_r(&seed) % 10]);
            send(client->fd, text, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
            asked++;
        } else {
            support_client_vanish(client);
        }
    }
    for (int i = 0; i < CLIENTS; i++)
        if (clients[i].fd >= 0)
            support_client_vanish(&clients[i]);
    cr_assert(asked > 100);
    for (int i = 0; i < 4; i++)
        cr_assert(fetch("/hello", NULL) == 200);
    cr_assert(logged("worker_died") == 0);
    finish();
}

/* --- limits --- */

EACH_MODE(modes_hardship, who_comes_beyond_the_limit_is_told_503_and_later_served)
{
    enum { MOST = 10 };
    struct support_client clients[MOST], extra;
    bool close;
    serve(mode,
          FLAGS("--max-connections=10", strcmp(mode, "mn") ? "--processes=1" : "--workers=2"));
    for (int i = 0; i < MOST; i++) {
        clients[i] = ask("/hello");
        cr_assert(answer(&clients[i], NULL) == 200);
    }
    for (int i = 0; i < 5; i++) {
        support_client_open(&extra, server.port);
        cr_assert(answer(&extra, &close) == 503 && close);
        cr_assert(support_client_over(&extra) == NULL);
        support_client_close(&extra);
    }
    for (int i = 0; i < MOST; i++) { /* those inside notice nothing */
        ask_again(&clients[i], "/hello");
        cr_assert(answer(&clients[i], NULL) == 200);
    }
    support_client_close(&clients[0]);
    support_pause(300 * TRI_MILLISECOND);
    cr_assert(fetch("/hello", NULL) == 200);
    for (int i = 1; i < MOST; i++)
        support_client_close(&clients[i]);
    finish();
}

/* Start a server that may have 64 descriptors, whatever this process may have. */
static void serve_with_few_descriptors(const char *mode, const char *const flags[])
{
    char path[] = "/tmp/tri-few-XXXXXX";
    const char *binary = getenv("TRI_HTTPD") ? getenv("TRI_HTTPD") : TRI_HTTPD_BUILT;
    int script = mkstemp(path);
    cr_assert(script >= 0 && fchmod(script, 0700) == 0);
    dprintf(script, "#!/bin/sh\nulimit -n 64\nexec '%s' \"$@\"\n", binary);
    close(script);
    setenv("TRI_HTTPD", path, 1);
    serve(mode, flags);
    unlink(path);
}

EACH_MODE(modes_hardship, without_descriptors_it_pauses_quietly_and_recovers)
{
    enum { MANY = 100 };
    struct support_client clients[MANY];
    /* who is over the limit of connections (half of the descriptors) keeps its own for a while */
    serve_with_few_descriptors(
        mode, FLAGS("--timeout-linger=1m", strcmp(mode, "mn") ? "--processes=1" : "--workers=2"));
    for (int i = 0; i < MANY; i++)
        clients[i] = ask("/hello");
    support_pause(500 * TRI_MILLISECOND);
    cr_expect(logged("event=accept_paused reason=EMFILE") > 0, "not a word about it");

    unsigned before = logged("accept_paused");
    double cpu_before = program_census(server.pid).cpu_seconds;
    support_pause(2 * TRI_SECOND);
    double cpu = (program_census(server.pid).cpu_seconds - cpu_before) / 2;
    unsigned lines = logged("accept_paused") - before;
    unsigned speakers = strcmp(mode, "mn") == 0 ? 2 : 1; /* each worker speaks for itself */
    cr_expect(cpu < 0.2, "%.0f%% of a CPU while it waits", 100 * cpu);
    cr_expect(lines >= 1 && lines <= 3 * speakers, "%u lines in 2 s", lines);
    cr_expect(answer(&clients[0], NULL) == 200);
    ask_again(&clients[0], "/hello"); /* who is inside is served */
    cr_expect(answer(&clients[0], NULL) == 200);

    for (int i = 0; i < MANY; i++)
        support_client_vanish(&clients[i]);
    support_pause(TRI_SECOND);
    for (int i = 0; i < 10; i++)
        cr_expect(fetch("/hello", NULL) == 200, "it does not recover");
    finish();
}

/* --- workers that are killed --- */

/* The server's processes without its master. */
static struct census workers(void)
{
    struct census all = program_census(server.pid), found = {.processes = 0};
    for (unsigned i = 0; i < all.processes; i++)
        if (all.pids[i] != server.pid)
            found.pids[found.processes++] = all.pids[i];
    return found;
}

static void wait_for_workers(unsigned count, pid_t except)
{
    int64_t until_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    for (;;) {
        struct census now = workers();
        unsigned others = 0;
        for (unsigned i = 0; i < now.processes; i++)
            others += now.pids[i] != except;
        if (others == count)
            return;
        cr_assert(tri_clock_now() < until_ns, "%u workers instead of %u", others, count);
        support_pause(10 * TRI_MILLISECOND);
    }
}

static void kill_and_ask(const char *mode)
{
    serve(mode, FLAGS("--processes=2"));
    for (int round = 0; round < 4; round++) {
        wait_for_workers(2, 0);
        pid_t victim = workers().pids[round % 2];
        kill(victim, SIGKILL);
        server.killed++;
        for (int i = 0; i < 8; i++) { /* half of them come to the dead one's share */
            struct support_client client = ask("/hello");
            int status = answer(&client, NULL);
            cr_assert(status == 200 || client.reset, "round %d: %d", round, status);
            support_client_close(&client);
            support_pause(5 * TRI_MILLISECOND);
        }
        wait_for_workers(2, victim);
        for (int i = 0; i < 16; i++)
            cr_assert(fetch("/hello", NULL) == 200, "round %d", round);
    }
    cr_assert(logged("event=worker_died") == 4);
    cr_assert(logged("signal=9") == 4);
    finish();
}

Test(modes_hardship, a_killed_worker_of_threads_is_replaced)
{
    kill_and_ask("threads");
}

Test(modes_hardship, a_killed_worker_of_loop_is_replaced)
{
    kill_and_ask("loop");
}

static void kill_master(const char *mode)
{
    serve(mode, FLAGS("--processes=2", "--timeout-shutdown=1s"));
    wait_for_workers(2, 0);
    struct support_client busy = ask("/sleep?ms=400");
    struct support_client idle = ask("/hello");
    cr_assert(answer(&idle, NULL) == 200);
    support_pause(100 * TRI_MILLISECOND);
    kill(server.pid, SIGKILL);
    cr_expect(answer(&busy, NULL) == 200, "what is in flight is not finished");
    wait_for_workers(0, 0);
    cr_assert(wait_for_exit(SUPPORT_WAIT_NS) == 128 + SIGKILL);
    support_client_close(&busy);
    support_client_close(&idle);
}

Test(modes_hardship, workers_of_threads_end_when_their_master_is_killed)
{
    kill_master("threads");
}

Test(modes_hardship, workers_of_loop_end_when_their_master_is_killed)
{
    kill_master("loop");
}
