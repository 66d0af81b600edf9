/*
 * test_blocking.c - what a handler that blocks does to everybody else: the difference between the
 * modes that a client can see.
 */
#include "serving.h"

#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"

TestSuite(modes_blocking, .timeout = 60);

/* Ask for a hello while `blocks` requests block; how long it took. */
static int64_t hello_beside(const char *blocking, int blocks)
{
    struct support_client clients[8];
    int64_t took_ns;
    for (int i = 0; i < blocks; i++)
        clients[i] = ask(blocking);
    support_pause(200 * TRI_MILLISECOND);
    cr_assert(fetch("/hello", &took_ns) == 200);
    for (int i = 0; i < blocks; i++) {
        cr_assert(answer(&clients[i], NULL) == 200);
        support_client_close(&clients[i]);
    }
    return took_ns;
}

static void expect_no_stall(const char *mode, const char *flag, const char *blocking, int blocks)
{
    serve(mode, FLAGS(flag));
    int64_t took_ns = hello_beside(blocking, blocks);
    cr_assert(took_ns < TRI_SECOND, "%s: a hello beside %s took %lld ms", mode, blocking,
              (long long)(took_ns / TRI_MILLISECOND));
    finish();
}

Test(modes_blocking, a_loop_that_runs_them_inline_stalls)
{
    serve("loop", FLAGS("--offload=0"));
    int64_t took_ns = hello_beside("/block?ms=1500", 1);
    cr_assert(took_ns > TRI_SECOND, "%lld ms", (long long)(took_ns / TRI_MILLISECOND));
    finish();
}

Test(modes_blocking, a_loop_that_hands_them_to_threads_does_not)
{
    expect_no_stall("loop", "--offload=4", "/block?ms=1500", 6); /* two of them wait in line */
    expect_no_stall("loop", "--offload=4", "/cpu?ms=1000", 1);
}

Test(modes_blocking, coroutines_do_not_stall_on_any_number_of_workers)
{
    expect_no_stall("mn", "--workers=1", "/block?ms=1500", 6);
    expect_no_stall("mn", "--workers=1", "/cpu?ms=1000", 1);
}

EACH_MODE(modes_blocking, a_hundred_handlers_may_block_at_once)
{
    enum { BLOCKS = 100 };
    struct support_client clients[BLOCKS];
    serve(mode, strcmp(mode, "loop") ? NULL : FLAGS("--offload=32"));
    for (int i = 0; i < BLOCKS; i++)
        clients[i] = ask("/block?ms=200");
    for (int i = 0; i < BLOCKS; i++) {
        cr_expect(answer(&clients[i], NULL) == 200, "client %d", i);
        support_client_close(&clients[i]);
    }
    finish();
}

/* Threads of the server's process, as the kernel counts them. */
static unsigned count_threads(void)
{
    char path[64], line[128];
    unsigned threads = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)server.pid);
    FILE *status = fopen(path, "re");
    cr_assert(status);
    while (fgets(line, sizeof(line), status))
        if (sscanf(line, "Threads: %u", &threads) == 1)
            break;
    fclose(status);
    return threads;
}

Test(modes_blocking, sleepers_in_straight_lines_hold_coroutines_and_no_threads)
{
    enum { SLEEPERS = 300 };
    struct support_client clients[SLEEPERS];
    int64_t took_ns;
    serve("mn", FLAGS("--workers=2"));
    for (int i = 0; i < SLEEPERS; i++) {
        support_client_open(&clients[i], server.port);
        cr_assert(support_client_send(&clients[i],
                                      TRI_SLICE("POST /parrot?ms=1500 HTTP/1.1\r\nHost: a\r\n"
                                                "Content-Length: 2\r\n\r\nhi")));
    }
    support_pause(700 * TRI_MILLISECOND);
    unsigned threads = count_threads();
    cr_assert(threads < 40, "%u threads for %d sleepers", threads, SLEEPERS);
    cr_assert(fetch("/hello", &took_ns) == 200 && took_ns < TRI_SECOND);
    for (int i = 0; i < SLEEPERS; i++) {
        cr_expect(answer(&clients[i], NULL) == 200, "client %d", i);
        support_client_close(&clients[i]);
    }
    finish();
}

EACH_MODE(modes_blocking, a_sleeper_in_straight_lines_finishes_in_a_drain)
{
    struct support_client client;
    serve(mode, NULL);
    support_client_open(&client, server.port);
    support_client_send(&client, TRI_SLICE("POST /parrot?ms=600 HTTP/1.1\r\nHost: a\r\n"
                                           "Content-Length: 2\r\n\r\nhi"));
    support_pause(200 * TRI_MILLISECOND);
    support_server_end(&server);
    cr_assert(answer(&client, NULL) == 200);
    support_client_close(&client);
    finish();
}

Test(modes_blocking, threads_do_not_stall)
{
    expect_no_stall("threads", "--processes=1", "/block?ms=1500", 6);
    expect_no_stall("threads", "--processes=1", "/cpu?ms=1000", 1);
}

Test(modes_blocking, sleepers_stall_nobody_in_any_mode)
{
    for (int i = 0; i < 3; i++)
        expect_no_stall(support_modes[i], "--timeout-idle=1m", "/sleep?ms=1500", 8);
}
