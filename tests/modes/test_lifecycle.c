/*
 * test_lifecycle.c - how a server ends: at once, after what is in flight, or when time is up.
 */
#include "program.h"
#include "serving.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"

TestSuite(modes_lifecycle, .timeout = 60);

#define QUICK_NS (5 * TRI_SECOND) /* "at once", on a machine that has other things to do */

/* The request has reached its handler. */
static struct support_client ask_and_settle(const char *path)
{
    struct support_client client = ask(path);
    support_pause(150 * TRI_MILLISECOND);
    return client;
}

EACH_MODE(modes_lifecycle, an_idle_server_ends_at_once)
{
    serve(mode, FLAGS("--timeout-shutdown=30s"));
    int64_t start_ns = tri_clock_now();
    support_server_end(&server);
    cr_assert(wait_for_exit(QUICK_NS) == 0);
    cr_assert(tri_clock_now() - start_ns < QUICK_NS);
}

EACH_MODE(modes_lifecycle, interrupt_is_as_good_as_terminate)
{
    serve(mode, FLAGS("--timeout-shutdown=30s"));
    kill(server.pid, SIGINT);
    cr_assert(wait_for_exit(QUICK_NS) == 0);
}

EACH_MODE(modes_lifecycle, the_interrupt_of_a_terminal_is_one_for_all_processes)
{
    enum { CLIENTS = 12 };
    struct support_client clients[CLIENTS];
    bool forks = strcmp(mode, "mn") != 0;
    serve(mode, FLAGS("--timeout-shutdown=30s", forks ? "--processes=4" : "--workers=4"));
    for (unsigned all = forks ? 5 : 1; program_census(server.pid).processes < all;)
        support_pause(5 * TRI_MILLISECOND);
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = ask("/sleep?ms=600");
    support_pause(200 * TRI_MILLISECOND);
    kill(-server.pid, SIGINT);
    for (int i = 0; i < CLIENTS; i++) {
        cr_expect(answer(&clients[i], NULL) == 200, "client %d is cut", i);
        support_client_close(&clients[i]);
    }
    cr_expect(wait_for_exit(QUICK_NS) == 0);
}

EACH_MODE(modes_lifecycle, idle_connections_do_not_hold_up_the_end)
{
    enum { IDLE = 20 };
    struct support_client idle[IDLE];
    serve(mode, FLAGS("--timeout-shutdown=30s"));
    for (int i = 0; i < IDLE; i++) {
        if (i % 2) {
            support_client_open(&idle[i], server.port); /* never says a word */
            continue;
        }
        idle[i] = ask("/hello");
        cr_assert(answer(&idle[i], NULL) == 200);
    }
    support_pause(100 * TRI_MILLISECOND);
    support_server_end(&server);
    cr_assert(wait_for_exit(QUICK_NS) == 0);
    for (int i = 0; i < IDLE; i++) {
        const char *fault = support_client_over(&idle[i]);
        cr_assert(fault == NULL, "connection %d: %s", i, fault);
        support_client_close(&idle[i]);
    }
}

EACH_MODE(modes_lifecycle, what_is_in_flight_is_finished_and_says_that_it_is_the_last)
{
    static const char *const paths[] = {"/sleep?ms=700", "/block?ms=700", "/stream?n=7&ms=100"};
    struct support_client clients[3];
    serve(mode, FLAGS("--timeout-shutdown=30s"));
    for (int i = 0; i < 3; i++)
        clients[i] = ask(paths[i]);
    support_pause(200 * TRI_MILLISECOND);
    support_server_end(&server);
    for (int i = 0; i < 3; i++) {
        bool close;
        cr_expect(answer(&clients[i], &close) == 200, "%s", paths[i]);
        cr_expect(close || i == 2, "%s does not say Connection: close", paths[i]);
        cr_expect(support_client_over(&clients[i]) == NULL, "%s", paths[i]);
        support_client_close(&clients[i]);
    }
    cr_expect(wait_for_exit(QUICK_NS) == 0);
}

EACH_MODE(modes_lifecycle, an_endless_reply_ends_whole_when_the_server_does)
{
    serve(mode, FLAGS("--timeout-shutdown=30s"));
    struct support_client client = ask_and_settle("/events?n=10000&ms=20000");
    support_server_end(&server);
    cr_expect(answer(&client, NULL) == 200, "it is cut");
    cr_expect(support_client_over(&client) == NULL);
    cr_expect(wait_for_exit(QUICK_NS) == 0);
    support_client_close(&client);
}

EACH_MODE(modes_lifecycle, a_draining_server_lets_nobody_new_in)
{
    serve(mode, FLAGS("--timeout-shutdown=30s"));
    struct support_client client = ask_and_settle("/sleep?ms=2000");
    support_server_end(&server);
    support_pause(300 * TRI_MILLISECOND);
    struct program other;
    char listen[64];
    snprintf(listen, sizeof(listen), "--listen=127.0.0.1:%u", server.port);
    program_start(&other, FLAGS("--mode=loop", listen)); /* the port is free for a successor */
    support_pause(500 * TRI_MILLISECOND);
    cr_assert(program_wait(&other, 0) == PROGRAM_RUNS, "%s", program_text(other.err));
    cr_assert(fetch("/hello", NULL) == 200);
    kill(other.pid, SIGTERM);
    cr_assert(program_wait(&other, QUICK_NS) == 0);
    cr_assert(answer(&client, NULL) == 200);
    support_client_close(&client);
    cr_assert(wait_for_exit(QUICK_NS) == 0);
}

EACH_MODE(modes_lifecycle, what_takes_longer_than_the_drain_may_is_cut)
{
    static const char *const paths[] = {"/sleep?ms=20000", "/block?ms=20000"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        serve(mode, FLAGS("--timeout-shutdown=300ms"));
        struct support_client client = ask_and_settle(paths[i]);
        int64_t start_ns = tri_clock_now();
        support_server_end(&server);
        cr_expect(wait_for_exit(QUICK_NS) == 0, "%s", paths[i]);
        int64_t took_ns = tri_clock_now() - start_ns;
        cr_expect(took_ns >= 300 * TRI_MILLISECOND, "%s was not given its time", paths[i]);
        cr_expect(took_ns < 2 * TRI_SECOND, "%s took %lld ms", paths[i],
                  (long long)(took_ns / TRI_MILLISECOND));
        cr_expect(answer(&client, NULL) == 0);
        support_client_close(&client);
    }
}

EACH_MODE(modes_lifecycle, a_drain_without_a_deadline_waits_as_long_as_it_takes)
{
    serve(mode, FLAGS("--timeout-shutdown=0"));
    struct support_client client = ask_and_settle("/sleep?ms=3500");
    support_server_end(&server);
    cr_expect(answer(&client, NULL) == 200, "it was cut");
    support_client_close(&client);
    cr_expect(wait_for_exit(QUICK_NS) == 0);
}

EACH_MODE(modes_lifecycle, a_second_signal_ends_it_at_once)
{
    static const char *const paths[] = {"/sleep?ms=20000", "/block?ms=20000"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        serve(mode, FLAGS("--timeout-shutdown=30s"));
        struct support_client client = ask_and_settle(paths[i]);
        support_server_end(&server);
        support_pause(200 * TRI_MILLISECOND);
        int64_t start_ns = tri_clock_now();
        kill(server.pid, SIGTERM);
        cr_expect(wait_for_exit(QUICK_NS) == 1, "%s", paths[i]);
        cr_expect(tri_clock_now() - start_ns < TRI_SECOND, "%s", paths[i]);
        support_client_close(&client);
    }
}

Test(modes_lifecycle, pipelined_handlers_that_block_a_loop_do_not_keep_it_from_others_or_its_end)
{
    struct support_client client;
    int64_t took_ns;
    serve("loop", FLAGS("--offload=0", "--timeout-shutdown=300ms"));
    support_client_open(&client, server.port);
    for (int i = 0; i < 8; i++)
        ask_again(&client, "/block?ms=300");
    support_pause(100 * TRI_MILLISECOND);
    cr_expect(fetch("/hello", &took_ns) == 200);
    cr_expect(took_ns < TRI_SECOND, "a hello took %lld ms", (long long)(took_ns / TRI_MILLISECOND));
    int64_t start_ns = tri_clock_now();
    support_server_end(&server);
    cr_expect(wait_for_exit(QUICK_NS) == 0);
    took_ns = tri_clock_now() - start_ns;
    cr_expect(took_ns < 1200 * TRI_MILLISECOND, "the end took %lld ms",
              (long long)(took_ns / TRI_MILLISECOND));
    support_client_close(&client);
}

Test(modes_lifecycle, a_handler_that_keeps_its_worker_does_not_keep_mn_from_its_end)
{
    serve("mn", FLAGS("--mn-handoff=off", "--workers=1", "--timeout-shutdown=300ms"));
    struct support_client client = ask_and_settle("/block?ms=20000");
    int64_t start_ns = tri_clock_now();
    support_server_end(&server);
    cr_expect(wait_for_exit(QUICK_NS) == 0);
    int64_t took_ns = tri_clock_now() - start_ns;
    cr_expect(took_ns < 3 * TRI_SECOND, "the end took %lld ms",
              (long long)(took_ns / TRI_MILLISECOND));
    support_client_close(&client);
}
