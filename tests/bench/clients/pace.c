/*
 * pace.c - requests at a fixed pace, whatever the server does (an open loop).
 *
 *     pace PORT CONNECTIONS RATE SECONDS PATH
 *
 * RATE requests a second in all are due at times that are fixed beforehand, spread evenly over the
 * connections. A connection has one request under way; what becomes due meanwhile waits its turn.
 * Times count from when a request was *due*, so a server that stalls for a second is charged with
 * every request of that second, and not with one (coordinated omission). At the end answers are
 * awaited for GRACE_NS; what has none by then enters with the time it has waited so far, which is
 * the least it would take, and is counted in unanswered=.
 *
 * late_* is this program's own lateness in sending on a free connection: while it is small, the
 * other times are the server's. Prints percentiles in microseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>

#include "tests/bench/clients/client.h"

enum { EVENTS = 64 };
#define SECOND_NS INT64_C(1000000000)
#define GRACE_NS (2 * SECOND_NS)

struct visitor {
    struct client_connection c;
    int64_t due_ns;  /* of the request under way, or of the next */
    int64_t free_ns; /* when the one before was answered */
    int is_asking;
};

struct pace {
    const char *request; /* borrowed */
    struct visitor *visitors;
    long count;
    int64_t step_ns;  /* between two requests of one connection */
    int64_t until_ns; /* nothing is due from here on */
    struct client_times times, late;
    long errors, unanswered;
    int epoll; /* owned */
};

static void lose(struct pace *pace, struct visitor *visitor)
{
    client_close(&visitor->c);
    pace->errors++;
}

static void ask(struct pace *pace, struct visitor *visitor, int64_t now_ns)
{
    int64_t since_ns = visitor->free_ns > visitor->due_ns ? visitor->free_ns : visitor->due_ns;
    client_times_add(&pace->late, now_ns - since_ns);
    visitor->is_asking = 1;
    if (client_send(&visitor->c, pace->request) != 0)
        lose(pace, visitor);
}

static void read_reply(struct pace *pace, struct visitor *visitor)
{
    enum client_reply reply = client_read(&visitor->c);
    if (reply == CLIENT_MALFORMED)
        lose(pace, visitor);
    if (reply != CLIENT_DONE)
        return;
    visitor->free_ns = client_now();
    client_times_add(&pace->times, visitor->free_ns - visitor->due_ns);
    pace->errors += visitor->c.status != 200;
    visitor->is_asking = 0;
    visitor->due_ns += pace->step_ns;
}

/* Ask where something is due. When next something will be, or `until_ns` when all are asking. */
static int64_t ask_due(struct pace *pace, int64_t now_ns)
{
    int64_t next_ns = pace->until_ns + GRACE_NS;
    for (long i = 0; i < pace->count; i++) {
        struct visitor *visitor = &pace->visitors[i];
        if (visitor->c.fd < 0 || visitor->is_asking || visitor->due_ns >= pace->until_ns)
            continue;
        if (visitor->due_ns <= now_ns)
            ask(pace, visitor, now_ns);
        else if (visitor->due_ns < next_ns)
            next_ns = visitor->due_ns;
    }
    return next_ns;
}

static int is_over(const struct pace *pace, int64_t now_ns)
{
    if (now_ns >= pace->until_ns + GRACE_NS)
        return 1;
    for (long i = 0; i < pace->count; i++)
        if (pace->visitors[i].c.fd >= 0 &&
            (pace->visitors[i].is_asking || pace->visitors[i].due_ns < pace->until_ns))
            return 0;
    return 1;
}

static void run(struct pace *pace)
{
    struct epoll_event events[EVENTS];
    int64_t now_ns = client_now();
    while (!is_over(pace, now_ns)) {
        int64_t wait_ns = ask_due(pace, now_ns) - client_now();
        if (wait_ns < 0)
            wait_ns = 0;
        struct timespec wait = {wait_ns / SECOND_NS, wait_ns % SECOND_NS};
        int count = epoll_pwait2(pace->epoll, events, EVENTS, &wait, NULL);
        for (int i = 0; i < count; i++)
            read_reply(pace, events[i].data.ptr);
        now_ns = client_now();
    }
    for (long i = 0; i < pace->count; i++) {
        struct visitor *visitor = &pace->visitors[i];
        for (; visitor->due_ns < pace->until_ns; visitor->due_ns += pace->step_ns) {
            client_times_add(&pace->times, now_ns - visitor->due_ns);
            pace->unanswered++;
        }
    }
}

int main(int argc, char *argv[])
{
    if (argc != 6) {
        fprintf(stderr, "usage: pace PORT CONNECTIONS RATE SECONDS PATH\n");
        return 2;
    }
    long count = client_number(argv[2]), rate = client_number(argv[3]);
    struct pace pace = {.request = client_request(argv[5], NULL),
                        .count = count,
                        .step_ns = SECOND_NS * count / rate,
                        .visitors = calloc((size_t)count, sizeof(struct visitor)),
                        .epoll = epoll_create1(EPOLL_CLOEXEC)};
    if (pace.epoll < 0 || !pace.visitors)
        return 1;
    prctl(PR_SET_TIMERSLACK, 1);
    for (long i = 0; i < count; i++) {
        struct visitor *visitor = &pace.visitors[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = visitor};
        if (!client_connect(&visitor->c, argv[1]) ||
            epoll_ctl(pace.epoll, EPOLL_CTL_ADD, visitor->c.fd, &event) != 0) {
            perror("pace: connect");
            return 1;
        }
    }
    int64_t begin_ns = client_now() + SECOND_NS / 10;
    pace.until_ns = begin_ns + client_number(argv[4]) * SECOND_NS;
    for (long i = 0; i < count; i++)
        pace.visitors[i].due_ns = begin_ns + SECOND_NS * i / rate;
    run(&pace);
    printf("requests=%zu", pace.times.count);
    client_times_print(&pace.times, "");
    client_times_print(&pace.late, "late_");
    printf(" unanswered=%ld errors=%ld\n", pace.unanswered, pace.errors);
    return 0;
}
