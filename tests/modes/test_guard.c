/*
 * test_guard.c - what one client may take, and what a full server still answers, from outside.
 */
#include "program.h"
#include "serving.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/base/clock.h"

TestSuite(modes_guard, .timeout = 60);

#define ONE(mode) (strcmp(mode, "mn") ? "--processes=1" : "--workers=2")

/* Connect from another address of this machine. */
static struct support_client open_from(const char *address)
{
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
    struct support_client client = {.in = malloc(65536), .in_room = 65536};
    client.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    from.sin_addr.s_addr = inet_addr(address);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(server.port);
    cr_assert(client.in && bind(client.fd, (struct sockaddr *)&from, sizeof(from)) == 0);
    cr_assert(connect(client.fd, (struct sockaddr *)&to, sizeof(to)) == 0);
    cr_assert(fcntl(client.fd, F_SETFL, O_NONBLOCK) == 0);
    return client;
}

/* The next reply must have this status and, unless NULL, this field. */
static void expect(struct support_client *client, int status, const char *name, const char *value)
{
    struct support_response response;
    const char *fault = support_client_response(client, &response, false);
    cr_assert(!fault, "%s", fault);
    cr_assert(response.status == status, "%d instead of %d", response.status, status);
    const struct tri_slice *found = name ? support_response_field(&response, name) : NULL;
    cr_assert(!name || (found && tri_slice_is(*found, tri_slice_of(value))), "%d lacks %s: %s",
              status, name, value);
    support_response_free(&response);
}

/* --- connections and requests of one client --- */

EACH_MODE(modes_guard, a_client_has_its_share_of_connections_and_others_have_theirs)
{
    struct support_client mine[3], extra, other;
    serve(mode, FLAGS("--limit-client-connections=3", ONE(mode)));
    for (int i = 0; i < 3; i++) {
        mine[i] = ask("/hello");
        expect(&mine[i], 200, NULL, NULL);
    }
    for (int i = 0; i < 3; i++) {
        support_client_open(&extra, server.port);
        ask_again(&extra, "/hello");
        expect(&extra, 429, "Retry-After", "1");
        cr_assert(support_client_over(&extra) == NULL);
        support_client_close(&extra);
    }
    other = open_from("127.0.0.2");
    ask_again(&other, "/hello");
    expect(&other, 200, NULL, NULL);
    ask_again(&mine[0], "/hello");
    expect(&mine[0], 200, NULL, NULL);
    support_client_close(&mine[0]);
    support_pause(100 * TRI_MILLISECOND);
    cr_assert(fetch("/hello", NULL) == 200, "the share is not free again");
    support_client_close(&other);
    support_client_close(&mine[1]);
    support_client_close(&mine[2]);
    finish();
}

EACH_MODE(modes_guard, who_asks_too_fast_is_told_and_may_ask_again)
{
    static const char post[] = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    serve(mode, FLAGS("--limit-client-rate=1", "--limit-client-burst=3", ONE(mode)));
    struct support_client client, other;
    support_client_open(&client, server.port);
    for (int i = 0; i < 3; i++)
        ask_again(&client, "/hello");
    support_client_send(&client, TRI_SLICE(post));
    ask_again(&client, "/health"); /* local: always */
    for (int i = 0; i < 3; i++)
        expect(&client, 200, NULL, NULL);
    expect(&client, 429, "Retry-After", "1");
    expect(&client, 200, NULL, NULL);
    other = open_from("127.0.0.2");
    ask_again(&other, "/hello");
    expect(&other, 200, NULL, NULL);
    support_pause(1100 * TRI_MILLISECOND);
    ask_again(&client, "/hello");
    expect(&client, 200, NULL, NULL);
    support_client_close(&other);
    support_client_close(&client);
    finish();
}

/* --- a full server --- */

EACH_MODE(modes_guard, a_full_server_still_says_that_it_is_well)
{
    struct support_client inside[2], check;
    serve(mode, FLAGS("--max-connections=2", ONE(mode)));
    for (int i = 0; i < 2; i++) {
        inside[i] = ask("/hello");
        expect(&inside[i], 200, NULL, NULL);
    }
    for (int i = 0; i < 20; i++) { /* a check takes no seat, however often */
        check = ask("/health");
        expect(&check, 200, "Connection", "close");
        cr_assert(support_client_over(&check) == NULL);
        support_client_close(&check);
        check = ask("/hello");
        expect(&check, 503, "Retry-After", "1");
        cr_assert(support_client_over(&check) == NULL);
        support_client_close(&check);
    }
    support_client_close(&inside[0]);
    support_pause(50 * TRI_MILLISECOND);
    cr_assert(fetch("/hello", NULL) == 200, "who was turned away holds a seat");
    ask_again(&inside[1], "/hello");
    expect(&inside[1], 200, NULL, NULL);
    support_client_close(&inside[1]);
    finish();
}

EACH_MODE(modes_guard, without_its_path_there_is_no_health)
{
    serve(mode, FLAGS("--health="));
    cr_assert(fetch("/health", NULL) == 404);
    finish();
    serve(mode, FLAGS("--health=/are/you/well"));
    cr_assert(fetch("/are/you/well", NULL) == 200 && fetch("/health", NULL) == 404);
    finish();
}

/* --- least rates --- */

/* Send some of a large body every 100 ms; how long it takes until the server ends, 5 s at most. */
static int64_t drip(const char *path, size_t bytes)
{
    static const char zeros[4096];
    struct support_client client;
    char head[128];
    int len = snprintf(head, sizeof(head),
                       "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n", path);
    support_client_open(&client, server.port);
    int64_t start_ns = tri_clock_now();
    support_client_send(&client, (struct tri_slice){head, (size_t)len});
    while (tri_clock_now() - start_ns < 5 * TRI_SECOND && !client.eof) {
        support_client_send(&client, (struct tri_slice){zeros, bytes});
        support_pause(100 * TRI_MILLISECOND);
        while (!client.eof && support_client_more(&client, tri_clock_now() + TRI_MILLISECOND))
            continue;
    }
    support_client_close(&client);
    return tri_clock_now() - start_ns;
}

EACH_MODE(modes_guard, a_body_that_drips_has_its_span_and_one_at_the_rate_as_long_as_it_takes)
{
    serve(mode, FLAGS("--timeout-body=1s", "--limit-rate=1KiB"));
    static const char *const paths[] = {"/users/ada", "/echo"}; /* skipped, and used */
    for (int i = 0; i < 2; i++) {
        int64_t slow_ns = drip(paths[i], 1);
        cr_expect(slow_ns > 900 * TRI_MILLISECOND && slow_ns < 2 * TRI_SECOND, "%s: %lld ms",
                  paths[i], (long long)(slow_ns / TRI_MILLISECOND));
    }
    int64_t good_ns = drip("/echo", 300);
    cr_expect(good_ns >= 5 * TRI_SECOND, "cut after %lld ms",
              (long long)(good_ns / TRI_MILLISECOND));
    finish();
}

/* How many sockets the processes of the server have open. */
static unsigned sockets(void)
{
    struct census census = program_census(server.pid);
    unsigned count = 0;
    for (unsigned i = 0; i < census.processes; i++) {
        char path[300], target[16] = "";
        snprintf(path, sizeof(path), "/proc/%d/fd", census.pids[i]);
        DIR *folder = opendir(path);
        for (struct dirent *entry; folder && (entry = readdir(folder));) {
            ssize_t n = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);
            count += n > 0 && strncmp(target, "socket:", 7) == 0;
        }
        if (folder)
            closedir(folder);
    }
    return count;
}

static void wait_for_sockets(unsigned count)
{
    int64_t until_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    while (sockets() != count && tri_clock_now() < until_ns)
        support_pause(5 * TRI_MILLISECOND);
    cr_assert(sockets() == count, "%u sockets instead of %u", sockets(), count);
}

static struct support_client open_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct support_client client = {.in = malloc(4096), .in_room = 4096};
    client.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    cr_assert(client.in && connect(client.fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    return client;
}

/*
 * Take a large reply at so many bytes a second. How long until the server gives it up, `most_ns`
 * at most: its own descriptors say so, for a client finds bytes to read long after that.
 */
static int64_t sip(bool by_tcp, int64_t rate, int64_t most_ns)
{
    static char into[65536];
    struct support_client client = by_tcp ? open_from("127.0.0.2") : open_unix(scratch_path);
    ask_again(&client, "/hello");
    expect(&client, 200, NULL, NULL);
    unsigned held = sockets();
    ask_again(&client, "/bytes?n=1073741824");
    int64_t start_ns = tri_clock_now(), taken = 0, spent_ns = 0;
    while (spent_ns < most_ns && sockets() >= held) {
        int64_t due = rate * (spent_ns / TRI_MILLISECOND) / 1000 - taken;
        size_t most = due < (int64_t)sizeof(into) ? (size_t)due : sizeof(into);
        ssize_t n = most > 0 ? recv(client.fd, into, most, MSG_DONTWAIT) : 0;
        taken += n > 0 ? n : 0;
        support_pause(20 * TRI_MILLISECOND);
        spent_ns = tri_clock_now() - start_ns;
    }
    support_client_close(&client);
    wait_for_sockets(held - 1);
    return spent_ns;
}

EACH_MODE(modes_guard, a_reader_above_the_rate_is_served_on_and_one_below_it_is_given_up)
{
    char address[80];
    scratch_make();
    snprintf(address, sizeof(address), "unix:%s", scratch_path);
    serve(mode,
          FLAGS(flag("listen", address), "--timeout-write=1s", "--limit-rate=64KiB", ONE(mode)));
    for (int by_tcp = 0; by_tcp < 2; by_tcp++) {
        int64_t good_ns = sip(by_tcp, 128 * 1024, 4 * TRI_SECOND);
        int64_t slow_ns = sip(by_tcp, 16 * 1024, 8 * TRI_SECOND);
        cr_expect(good_ns >= 4 * TRI_SECOND, "tcp %d: cut after %lld ms", by_tcp,
                  (long long)(good_ns / TRI_MILLISECOND));
        cr_expect(slow_ns >= 900 * TRI_MILLISECOND && slow_ns < 8 * TRI_SECOND,
                  "tcp %d: given up after %lld ms", by_tcp, (long long)(slow_ns / TRI_MILLISECOND));
    }
    finish();
    scratch_remove();
}

/* --- fields of every reply --- */

EACH_MODE(modes_guard, every_reply_forbids_to_guess_its_type_and_names_no_server)
{
    static const struct {
        struct tri_slice bytes;
        int status;
    } asks[] = {
        {TRI_SLICE("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"), 200},
        {TRI_SLICE("GET /stream?n=1&ms=1 HTTP/1.1\r\nHost: a\r\n\r\n"), 200},
        {TRI_SLICE("GET /block?ms=1 HTTP/1.1\r\nHost: a\r\n\r\n"), 200},
        {TRI_SLICE("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 200},
        {TRI_SLICE("GET /health HTTP/1.1\r\nHost: a\r\n\r\n"), 200},
        {TRI_SLICE("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), 204},
        {TRI_SLICE("GET /none HTTP/1.1\r\nHost: a\r\n\r\n"), 404},
        {TRI_SLICE("DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n"), 405},
        {TRI_SLICE("GET /sleep?ms=x HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
        {TRI_SLICE("GET / HTTP/1.1\r\n\r\n"), 400},
        {TRI_SLICE("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), 501},
        {TRI_SLICE("GET / HTTP/3.0\r\nHost: a\r\n\r\n"), 505},
    };
    for (int named = 0; named < 2; named++) {
        serve(mode, FLAGS(named ? "--server-header=on" : "--server-header=off"));
        for (size_t i = 0; i < sizeof(asks) / sizeof(*asks); i++) {
            struct support_client client;
            struct support_response response;
            support_client_open(&client, server.port);
            support_client_send(&client, asks[i].bytes);
            const char *fault = support_client_response(&client, &response, false);
            cr_assert(!fault && response.status == asks[i].status, "%zu: %s, %d", i, fault,
                      response.status);
            const struct tri_slice *sniff =
                support_response_field(&response, "X-Content-Type-Options");
            const struct tri_slice *name = support_response_field(&response, "Server");
            cr_expect(sniff && tri_slice_is(*sniff, TRI_SLICE("nosniff")), "%d", asks[i].status);
            cr_expect(named ? name && name->len > 10 && memcmp(name->at, "tri-httpd/", 10) == 0
                            : name == NULL,
                      "%d, --server-header=%d", asks[i].status, named);
            support_response_free(&response);
            support_client_close(&client);
        }
        finish();
    }
}
