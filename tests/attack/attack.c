/*
 * attack.c - attack PORT KIND ATTACKERS GOOD SECONDS: lets attackers of a kind ("heads", "bodies",
 * "readers", "all" in equal shares, or "none") loose on a server on 127.0.0.1 and sees whether good
 * clients notice.
 *
 * Attackers come from 127.0.0.2 to 127.0.0.201, good clients from 127.0.0.1. These begin when the
 * attackers have had a second. Prints one line of numbers; exits 1 when a good client failed.
 */
#include "attack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/clock.h"

#define TICK_MS 5
#define AHEAD_NS TRI_SECOND /* what attackers have of the good clients */
#define ADDRESSES 200
#define MORE_NS (10 * TRI_SECOND) /* more than a good client's patience */
#define RETRY_NS (100 * TRI_MILLISECOND)

struct tally tally;

static int epoll_fd;
static uint16_t port;
static unsigned open_count, open_peak; /* attackers' connections */

static bool is_good(const struct client *client)
{
    return client->part == &attack_good;
}

void client_close(struct client *client, int64_t again_ns)
{
    close(client->fd);
    open_count -= !is_good(client);
    client->fd = -1;
    client->begun = false;
    client->asked_ns = 0;
    client->served = 0;
    client->due_ns = again_ns;
}

static void open_client(struct client *client, int64_t now_ns)
{
    const int on = 1;
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(0x7f000000 + client->address)};
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = client->part->hears ? EPOLLIN | EPOLLRDHUP : 0,
                                .data.ptr = client};
    const struct part *part = client->part;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    client->due_ns = now_ns + RETRY_NS;
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (part->receive_bytes > 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &part->receive_bytes, sizeof(part->receive_bytes));
    if (bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0 ||
        (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 && errno != EINPROGRESS) ||
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        tally.failed += is_good(client);
        close(fd);
        return;
    }
    client->fd = fd;
    client->due_ns = now_ns;
    open_count += !is_good(client);
    open_peak = open_count > open_peak ? open_count : open_peak;
}

/* Everybody whose time has come acts. */
static void act(struct client *clients, size_t count, int64_t now_ns)
{
    for (size_t i = 0; i < count; i++) {
        if (now_ns < clients[i].due_ns)
            continue;
        if (clients[i].fd < 0)
            open_client(&clients[i], now_ns);
        if (clients[i].fd >= 0)
            clients[i].part->act(&clients[i], now_ns);
    }
}

/*
 * Until then; or, where the server is slow, until as many good clients have been answered as there
 * are or one has lost its patience: before that nothing can be said of it.
 */
static void play(struct client *clients, size_t count, size_t good, int64_t until_ns)
{
    struct epoll_event events[256];
    int64_t next_tick_ns = 0;
    for (int64_t now_ns; (now_ns = tri_clock_now()) < until_ns ||
                         (tally.good < good && tally.failed == 0 && now_ns < until_ns + MORE_NS);) {
        if (now_ns >= next_tick_ns) {
            act(clients, count, now_ns);
            next_tick_ns = now_ns + TICK_MS * TRI_MILLISECOND;
        }
        int n = epoll_wait(epoll_fd, events, 256, TICK_MS);
        now_ns = tri_clock_now();
        for (int i = 0; i < n; i++) {
            struct client *client = events[i].data.ptr;
            if (client->fd >= 0 && client->part->hear)
                client->part->hear(client, now_ns);
        }
    }
}

/* Give out the parts; the attackers come in the course of half their time ahead. */
static void cast(struct client *clients, const char *kind, size_t attackers, size_t good)
{
    int64_t now_ns = tri_clock_now();
    bool all = strcmp(kind, "all") == 0;
    size_t part = 0;
    while (!all && part < attack_part_count && strcmp(kind, attack_parts[part].name) != 0)
        part++;
    if (part == attack_part_count && attackers > 0) {
        fprintf(stderr, "attack: \"%s\" is no kind (try heads, bodies, readers, all)\n", kind);
        exit(2);
    }
    for (size_t i = 0; i < attackers; i++)
        clients[i] =
            (struct client){.part = &attack_parts[all ? i % attack_part_count : part],
                            .fd = -1,
                            .address = 2 + (unsigned)(i % ADDRESSES),
                            .due_ns = now_ns + (int64_t)i * (AHEAD_NS / 2) / (int64_t)attackers};
    for (size_t i = 0; i < good; i++)
        clients[attackers + i] =
            (struct client){.part = &attack_good,
                            .fd = -1,
                            .address = 1,
                            .due_ns = now_ns + AHEAD_NS + (int64_t)i * TRI_MILLISECOND};
}

int main(int argc, char **argv)
{
    struct rlimit files;
    if (argc != 6) {
        fprintf(stderr, "usage: attack PORT KIND ATTACKERS GOOD SECONDS\n");
        return 2;
    }
    port = (uint16_t)strtoul(argv[1], NULL, 10);
    size_t attackers = strcmp(argv[2], "none") == 0 ? 0 : strtoul(argv[3], NULL, 10);
    size_t good = strtoul(argv[4], NULL, 10);
    int64_t span_ns = (int64_t)strtoul(argv[5], NULL, 10) * TRI_SECOND;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    struct client *clients = calloc(attackers + good + 1, sizeof(*clients));
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (!clients || epoll_fd < 0) {
        perror("attack");
        return 2;
    }
    cast(clients, argv[2], attackers, good);
    play(clients, attackers + good, good, tri_clock_now() + AHEAD_NS + span_ns);
    printf("good=%llu failed=%llu worst_ms=%lld attackers=%u turned_away=%llu%s%s\n",
           (unsigned long long)tally.good, (unsigned long long)tally.failed,
           (long long)(tally.worst_ns / TRI_MILLISECOND), open_peak,
           (unsigned long long)tally.turned_away, tally.failed > 0 ? " first=" : "", tally.fault);
    free(clients);
    return tally.failed > 0 || tally.good < good;
}
