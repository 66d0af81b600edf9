/*
 * test_limits.c - more clients than connections, more connections than descriptors, and a client
 * that takes nothing: each is told or waits or is closed, the rest is served, and the log is quiet.
 */
#include "program.h"
#include "serving.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "server/base/clock.h"

TestSuite(modes_limits, .timeout = 60);

EACH_MODE(modes_limits, who_comes_beyond_the_limit_is_told_503_and_later_served)
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

/* More clients than there are descriptors, for `ns`: each new one takes the oldest one's place. */
static void besiege(struct support_client *clients, unsigned many, int64_t ns)
{
    static unsigned oldest;
    int64_t until_ns = tri_clock_now() + ns;
    while (tri_clock_now() < until_ns) {
        support_client_vanish(&clients[oldest % many]);
        clients[oldest++ % many] = ask("/hello");
        support_pause(2 * TRI_MILLISECOND);
    }
}

EACH_MODE(modes_limits, without_descriptors_it_pauses_quietly_and_recovers)
{
    enum { MANY = 200 };
    struct support_client inside, clients[MANY];
    program_wrap("ulimit -n 64"); /* of which the limit of connections is a part */
    serve(mode, FLAGS(strcmp(mode, "mn") ? "--processes=1" : "--workers=2"));
    program_unwrap();
    inside = ask("/hello");
    cr_assert(answer(&inside, NULL) == 200);
    for (int i = 0; i < MANY; i++)
        clients[i] = ask("/hello");
    besiege(clients, MANY, 500 * TRI_MILLISECOND);
    cr_expect(logged("event=accept_paused reason=EMFILE") > 0, "not a word about it");

    unsigned before = logged("accept_paused");
    double cpu_before = program_census(server.pid).cpu_seconds;
    besiege(clients, MANY, 2 * TRI_SECOND);
    double cpu = (program_census(server.pid).cpu_seconds - cpu_before) / 2;
    unsigned lines = logged("accept_paused") - before;
    unsigned speakers = strcmp(mode, "mn") == 0 ? 2 : 1; /* each worker speaks for itself */
    cr_expect(cpu < 0.3, "%.0f%% of a CPU while it waits", 100 * cpu);
    cr_expect(lines >= 1 && lines <= 3 * speakers, "%u lines in 2 s", lines);
    ask_again(&inside, "/hello"); /* who is inside is served */
    cr_expect(answer(&inside, NULL) == 200);

    for (int i = 0; i < MANY; i++)
        support_client_vanish(&clients[i]);
    support_pause(TRI_SECOND);
    for (int i = 0; i < 10; i++)
        cr_expect(fetch("/hello", NULL) == 200, "it does not recover");
    support_client_close(&inside);
    finish();
}

/* --- a client that does not read --- */

/* Whether the server has not closed its end: the client cannot know, as it reads nothing. */
static bool is_kept(const struct support_client *client)
{
    struct sockaddr_in us;
    socklen_t size = sizeof(us);
    char wanted[64], line[256];
    bool found = false;
    cr_assert(getsockname(client->fd, (struct sockaddr *)&us, &size) == 0);
    snprintf(wanted, sizeof(wanted), " %08X:%04X %08X:%04X 01 ", us.sin_addr.s_addr, server.port,
             us.sin_addr.s_addr, ntohs(us.sin_port));
    FILE *table = fopen("/proc/self/net/tcp", "re");
    cr_assert(table);
    while (!found && fgets(line, sizeof(line), table))
        found = strstr(line, wanted) != NULL;
    fclose(table);
    return found;
}

/* Twice at most: what its kernel still takes in, after the server had to wait, counts as taken. */
EACH_MODE(modes_limits, who_takes_nothing_of_a_reply_has_the_time_of_a_write_twice_at_most)
{
    serve(mode, FLAGS("--timeout-write=1s"));
    struct support_client client = ask("/bytes?n=1073741824");
    int64_t start_ns = tri_clock_now(), took_ns = 0;
    while (took_ns < 4 * TRI_SECOND && is_kept(&client)) {
        support_pause(10 * TRI_MILLISECOND);
        took_ns = tri_clock_now() - start_ns;
    }
    cr_expect(took_ns > 900 * TRI_MILLISECOND && took_ns < 2700 * TRI_MILLISECOND, "%lld ms",
              (long long)(took_ns / TRI_MILLISECOND));
    start_ns = tri_clock_now();
    finish();
    cr_expect(tri_clock_now() - start_ns < TRI_SECOND, "it holds up the end");
    support_client_close(&client);
}
