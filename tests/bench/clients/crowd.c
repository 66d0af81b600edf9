/*
 * crowd.c - connections that ask again as soon as they are answered (a closed loop).
 *
 *     crowd PORT CONNECTIONS EVERY SECONDS PATH [FIELD]
 *
 * Opens CONNECTIONS * EVERY of them, one after the other, and then uses every EVERY-th: a server
 * that deals connections out in turn has those all at one of its EVERY workers. Prints rps=,
 * percentiles of the time to the end of a reply in microseconds, and errors=.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/bench/clients/client.h"

enum { EVENTS = 256, WAIT_MS = 10 };

struct asker {
    struct client_connection c;
    int64_t asked_ns;
};

struct crowd {
    const char *request; /* borrowed */
    struct client_times times;
    long errors, open;
    int epoll; /* owned */
};

static void lose(struct crowd *crowd, struct asker *asker)
{
    client_close(&asker->c);
    crowd->errors++;
    crowd->open--;
}

static void ask(struct crowd *crowd, struct asker *asker)
{
    asker->asked_ns = client_now();
    if (client_send(&asker->c, crowd->request) != 0)
        lose(crowd, asker);
}

static void read_reply(struct crowd *crowd, struct asker *asker)
{
    switch (client_read(&asker->c)) {
    case CLIENT_MORE:
        break;
    case CLIENT_MALFORMED:
        lose(crowd, asker);
        break;
    case CLIENT_DONE:
        client_times_add(&crowd->times, client_now() - asker->asked_ns);
        crowd->errors += asker->c.status != 200;
        ask(crowd, asker);
    }
}

static int join(struct crowd *crowd, struct asker *asker, const char *port)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = asker};
    if (!client_connect(&asker->c, port))
        return 0;
    crowd->open++;
    return epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, asker->c.fd, &event) == 0;
}

static void run(struct crowd *crowd, int64_t until_ns)
{
    struct epoll_event events[EVENTS];
    while (crowd->open > 0 && client_now() < until_ns) {
        int count = epoll_wait(crowd->epoll, events, EVENTS, WAIT_MS);
        for (int i = 0; i < count; i++)
            read_reply(crowd, events[i].data.ptr);
    }
}

int main(int argc, char *argv[])
{
    if (argc != 6 && argc != 7) {
        fprintf(stderr, "usage: crowd PORT CONNECTIONS EVERY SECONDS PATH [FIELD]\n");
        return 2;
    }
    long every = client_number(argv[3]), count = client_number(argv[2]) * every;
    int64_t lasts_ns = client_number(argv[4]) * INT64_C(1000000000);
    struct crowd crowd = {.request = client_request(argv[5], argc == 7 ? argv[6] : NULL),
                          .epoll = epoll_create1(EPOLL_CLOEXEC)};
    struct asker *askers = calloc((size_t)count, sizeof(*askers));
    if (crowd.epoll < 0 || !askers)
        return 1;
    for (long i = 0; i < count; i++) {
        if (!join(&crowd, &askers[i], argv[1])) {
            perror("crowd: connect");
            return 1;
        }
        usleep(1000); /* so that they are taken one by one */
    }
    int64_t begin_ns = client_now();
    for (long i = 0; i < count; i += every)
        ask(&crowd, &askers[i]);
    run(&crowd, begin_ns + lasts_ns);
    double seconds = (double)(client_now() - begin_ns) / 1e9;
    printf("requests=%zu rps=%.1f", crowd.times.count, (double)crowd.times.count / seconds);
    client_times_print(&crowd.times, "");
    printf(" errors=%ld\n", crowd.errors);
    return 0;
}
