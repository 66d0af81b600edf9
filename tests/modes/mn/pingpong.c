/*
 * pingpong.c - the game of pingpong.h.
 *
 * A pair shares a socketpair with tiny buffers. One side serves: it sends a message of random
 * length and counts until as many bytes came back. The other returns what it gets. Both keep the
 * contract of core/conn.h: they wait for a direction only after a read or write since their last
 * wait came up short. How they wait is drawn at random: on the stack, at rest, after a turn.
 */
#include "tests/modes/mn/pingpong.h"

#include "modes/mn/hook.h"
#include "modes/mn/scheduler.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/list.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER_BYTES = 4096, MESSAGE_BYTES = 3 * BUFFER_BYTES };

struct player {
    struct tri_task task;
    const struct pingpong *game;
    int fd;
    bool serves;
    bool finished;        /* has ended its side */
    unsigned rounds_left; /* to serve */
    size_t owed;          /* bytes to send */
    size_t awaited;       /* bytes of the message under way that are to come back */
    uint32_t random;
};

static atomic_uint astray; /* players that saw the wrong end */

static uint32_t draw(uint32_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 17;
    *random ^= *random << 5;
    return *random;
}

/* Interleavings that are rare by themselves. */
void tri_hook(void)
{
    static _Thread_local uint32_t random;
    if (random == 0)
        random = (uint32_t)(uintptr_t)&random | 1;
    uint32_t drawn = draw(&random);
    if (drawn % 64 == 0)
        nanosleep(&(struct timespec){0, drawn % 100000}, NULL);
    else if (drawn % 8 == 0)
        sched_yield();
}

/* --- one player --- */

enum outcome { GO_ON, WANT_READ, WANT_WRITE, WANT_BOTH, OVER };

static enum outcome send_owed(struct player *player)
{
    static const char bytes[MESSAGE_BYTES];
    while (player->owed > 0) {
        size_t most = player->owed < sizeof(bytes) ? player->owed : sizeof(bytes);
        ssize_t put = send(player->fd, bytes, most, MSG_NOSIGNAL);
        if (put < 0)
            return errno == EAGAIN ? WANT_WRITE : OVER;
        player->owed -= (size_t)put;
    }
    return GO_ON;
}

static enum outcome receive(struct player *player)
{
    char bytes[BUFFER_BYTES];
    size_t room = 1 + draw(&player->random) % sizeof(bytes);
    ssize_t got = recv(player->fd, bytes, room, 0);
    if (got < 0)
        return errno == EAGAIN ? WANT_READ : OVER;
    if (got == 0)
        return OVER;
    if (player->serves)
        player->awaited -= (size_t)got;
    else
        player->owed += (size_t)got;
    if ((size_t)got < room && player->owed == 0 &&
        (!player->serves || player->awaited > 0 || player->finished))
        return WANT_READ;
    return GO_ON;
}

/* Begin the next message; after the last end our side and read up to the other's end. */
static enum outcome next_round(struct player *player)
{
    if (player->rounds_left == 0) {
        if (!player->finished)
            shutdown(player->fd, SHUT_WR);
        player->finished = true;
        return receive(player);
    }
    player->rounds_left--;
    player->owed = player->awaited = 1 + draw(&player->random) % MESSAGE_BYTES;
    return GO_ON;
}

/* Who serves reads even while it cannot send, or both would wait for the other to read. */
static enum outcome step(struct player *player)
{
    enum outcome sent = player->owed > 0 ? send_owed(player) : GO_ON;
    if (sent == OVER || (sent == WANT_WRITE && !player->serves))
        return sent;
    if (player->serves && player->awaited == 0)
        return next_round(player);
    enum outcome received = receive(player);
    return sent == WANT_WRITE && received == WANT_READ ? WANT_BOTH : received;
}

static void leave_for_a_while(struct player *player)
{
    uint32_t most_ns =
        draw(&player->random) % 8 == 0 ? 5000000 : 200000; /* past some looks, or not */
    if (!tri_task_block(&player->task, draw(&player->random) % 4 == 0))
        return;
    nanosleep(&(struct timespec){0, draw(&player->random) % most_ns}, NULL);
    tri_task_unblock(&player->task);
}

static void play(struct tri_task *task)
{
    struct player *player = TRI_CONTAINER(task, struct player, task);
    unsigned leave_of = player->game->leave_of;
    for (;;) {
        uint8_t waits = 0;
        switch (step(player)) {
        case GO_ON:
            if (draw(&player->random) % 16 == 0)
                tri_task_yield(task);
            else if (leave_of > 0 && draw(&player->random) % leave_of == 0)
                leave_for_a_while(player);
            continue;
        case WANT_READ:
            waits = TRI_WAIT_IN;
            break;
        case WANT_WRITE:
            waits = TRI_WAIT_OUT;
            break;
        case WANT_BOTH:
            waits = TRI_WAIT_IN | TRI_WAIT_OUT;
            break;
        case OVER:
            if (player->owed > 0 || player->rounds_left > 0 || player->awaited > 0)
                atomic_fetch_add(&astray, 1);
            close(player->fd);
            return;
        }
        int64_t until_ns = TRI_NEVER;
        if (draw(&player->random) % 4 == 0) /* to wake too early does no harm */
            until_ns = tri_clock_now() + draw(&player->random) % (2 * TRI_MILLISECOND);
        if (draw(&player->random) % 2 == 0) {
            tri_task_rest(task, waits, until_ns);
            return;
        }
        tri_task_wait(task, waits, until_ns);
    }
}

static void drop(struct tri_task *task)
{
    atomic_fetch_add(&astray, 1);
    close(TRI_CONTAINER(task, struct player, task)->fd);
}

/* --- the game --- */

static bool add_player(struct tri_scheduler *scheduler, const struct pingpong *game, int fd,
                       unsigned number)
{
    struct tri_task *task = tri_task_new(scheduler);
    if (!task)
        return false;
    struct player *player = TRI_CONTAINER(task, struct player, task);
    int bytes = BUFFER_BYTES;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    player->game = game;
    player->fd = fd;
    player->serves = number % 2 == 0;
    player->finished = false;
    player->rounds_left = player->serves ? game->rounds : 0;
    player->owed = player->awaited = 0;
    player->random = (game->seed + number) * 2654435761u | 1;
    return player->serves ? tri_task_start(task, fd, 0, 0)
                          : tri_task_start(task, fd, TRI_WAIT_IN, TRI_NEVER);
}

static bool add_pairs(struct tri_scheduler *scheduler, const struct pingpong *game)
{
    for (unsigned i = 0; i < game->pairs; i++) {
        int ends[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0 ||
            !add_player(scheduler, game, ends[0], 2 * i) ||
            !add_player(scheduler, game, ends[1], 2 * i + 1))
            return false;
    }
    return true;
}

bool pingpong_play(const struct pingpong *game)
{
    const struct tri_scheduler_plan plan = {
        .workers = game->workers,
        .steal = true,
        .handoff = true,
        .spares = 16,
        .tasks = 2 * game->pairs,
        .task_bytes = sizeof(struct player),
        .stack_bytes = 64 * 1024,
        .run = play,
        .drop = drop,
    };
    struct tri_error error = {.text = "no sockets"};
    int64_t until_ns = tri_clock_now() + game->limit_ns;
    struct tri_scheduler *scheduler = tri_scheduler_new(&plan, &error);
    atomic_store(&astray, 0);
    if (!scheduler || !tri_scheduler_start(scheduler, &error) || !add_pairs(scheduler, game)) {
        fprintf(stderr, "pingpong: %s\n", error.text);
        return false;
    }
    while (tri_scheduler_tasks(scheduler) > 0 && tri_clock_now() < until_ns)
        nanosleep(&(struct timespec){0, TRI_MILLISECOND}, NULL);
    unsigned stuck = tri_scheduler_tasks(scheduler);
    if (stuck > 0 || atomic_load(&astray) > 0)
        fprintf(stderr, "pingpong: seed %u, %u workers: %u tasks stuck, %u astray\n", game->seed,
                game->workers, stuck, atomic_load(&astray));
    bool joined = tri_scheduler_free(scheduler);
    return joined && stuck == 0 && atomic_load(&astray) == 0;
}
