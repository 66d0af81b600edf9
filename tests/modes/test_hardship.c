/*
 * test_hardship.c - clients that vanish or do not stop, workers that are killed: the server goes
 * on.
 */
#include "program.h"
#include "serving.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/clock.h"

TestSuite(modes_hardship, .timeout = 90);

/* --- clients --- */

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

EACH_MODE(modes_hardship, who_tunnels_on_after_a_refused_connect_can_read_the_refusal)
{
    static const struct tri_slice head = TRI_SLICE("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");
    serve(mode, NULL);
    for (int together = 0; together < 2; together++) {
        struct support_client client;
        support_client_open(&client, server.port);
        int on = 1, off = 0;
        setsockopt(client.fd, IPPROTO_TCP, TCP_CORK, together ? &on : &off, sizeof(on));
        for (int i = 0; i < 3; i++) { /* never reading: a reset would destroy what has come */
            struct tri_slice bytes = i == 0 ? head : TRI_SLICE("\x16\x03\x01 as if in a tunnel");
            cr_assert(send(client.fd, bytes.at, bytes.len, MSG_NOSIGNAL) == (ssize_t)bytes.len);
            if (!together)
                support_pause(100 * TRI_MILLISECOND);
        }
        setsockopt(client.fd, IPPROTO_TCP, TCP_CORK, &off, sizeof(off));
        support_pause(100 * TRI_MILLISECOND);
        bool close;
        cr_expect(answer(&client, &close) == 405 && close, "together %d", together);
        const char *fault = support_client_over(&client);
        cr_expect(fault == NULL, "together %d: %s", together, fault);
        support_client_close(&client);
    }
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

/* Kill all workers but `spared` as soon as they are born, until the master ends or `ns` are over.
 */
static int kill_the_newborn(pid_t spared, int64_t ns)
{
    const struct program master = {.pid = server.pid};
    int64_t until_ns = tri_clock_now() + ns;
    int code = PROGRAM_RUNS;
    while (code == PROGRAM_RUNS && tri_clock_now() < until_ns) {
        struct census now = workers();
        for (unsigned i = 0; i < now.processes; i++)
            if (now.pids[i] != spared && logged("event=crash_loop") == 0) /* then it only leaves */
                kill(now.pids[i], SIGKILL);
        code = program_wait(&master, TRI_MILLISECOND);
    }
    return code;
}

static void kill_again_and_again(const char *mode)
{
    serve(mode, FLAGS("--processes=4"));
    cr_assert(kill_the_newborn(0, SUPPORT_WAIT_NS) == 1, "the master goes on for ever");
    unsigned deaths = logged("event=worker_died");
    cr_expect(deaths >= 10 && deaths <= 13, "%u deaths", deaths); /* the last may come together */
    cr_expect(logged("event=crash_loop short_lives=10 last_signal=9") == 1);
    server.pid = 0;
}

Test(modes_hardship, threads_whose_workers_keep_dying_give_up_and_say_why)
{
    kill_again_and_again("threads");
}

Test(modes_hardship, loops_whose_workers_keep_dying_give_up_and_say_why)
{
    kill_again_and_again("loop");
}

Test(modes_hardship, while_one_worker_serves_the_server_does_not_give_up)
{
    serve("threads", FLAGS("--processes=6"));
    wait_for_workers(6, 0);
    support_pause(1100 * TRI_MILLISECOND);
    pid_t spared = workers().pids[0];
    cr_assert(kill_the_newborn(spared, 2 * TRI_SECOND) == PROGRAM_RUNS);
    server.killed = logged("event=worker_died");
    cr_expect(server.killed > 14, "%u deaths", server.killed);
    cr_expect(logged("event=crash_loop") == 0);
    finish();
}
