/*
 * threads.c - worker processes with a kernel thread for each connection.
 *
 *        process (one of --processes, forked by prefork.c)
 *        +------------------------------------------------+
 *        |  main thread: accept, hand over                |
 *        |                                                |
 *        |  thread 1   thread 2   thread 3  ...  thread n |
 *        |   step       recv       step           ppoll   |
 *        |   recv      (parked)    ppoll         (parked) |
 *        +------------------------------------------------+
 *
 * How it waits: it parks its kernel thread, and the kernel runs another: between two requests in
 * the very recv(2) that brings the next (landing.h), for anything else in ppoll(2). Straight-line
 * code, a stack for each connection, and a switch of threads with each request. A handler that
 * blocks, blocks its own thread, and nobody else notices.
 *
 * Buffers are borrowed from a shelf around each step, so a parked thread holds its stack and
 * nothing else (shelf.h). Where threads come from, or processes instead: spawn.h.
 */
#include "modes/mode.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "modes/accept.h"
#include "modes/landing.h"
#include "modes/park.h"
#include "modes/shelf.h"
#include "modes/spawn.h"
#include "modes/wake.h"
#include "server/base/clock.h"
#include "server/base/fd.h"
#include "server/base/list.h"
#include "server/base/log.h"
#include "server/core/conn.h"

#define DRAIN_LOOK_MS 10 /* how often a drain looks whether it is done */

struct threads {
    struct tri_server *server; /* borrowed */
    struct tri_spawner *spawner;
    struct tri_shelf shelf;
    struct tri_acceptor acceptor;
    int signal_fd; /* owned; readable when SIGTERM, SIGINT or SIGCHLD has come */
};

struct served { /* one connection, on the stack of its thread */
    struct tri_conn conn;
    struct tri_straight straight;
    struct tri_landing landing;
    struct threads *threads;
    pthread_t thread;
};

/* --- wait: park this thread in the kernel --- */

static void park(int fd, struct tri_wish wish)
{
    tri_park(fd, wish, -1, tri_wake_mask()); /* or a drain's signal */
}

/* For tri_service.wake. A signal that comes before the thread is parked waits until it is. */
static void wake_connection(struct tri_conn *conn)
{
    tri_wake_parked(TRI_CONTAINER(conn, struct served, conn)->thread);
}

/* --- serve: one connection, from its first byte to its last --- */

/* While a blocking handler waits: the same, until it may go on. */
static void pump(struct tri_straight *straight, struct tri_conn *conn)
{
    struct threads *threads = TRI_CONTAINER(straight, struct served, straight)->threads;
    for (;;) {
        struct tri_wish wish = tri_shelf_step(&threads->shelf, conn, NULL, tri_clock_now());
        if (wish.bits & (TRI_WISH_RUN | TRI_WISH_CLOSE))
            break;
        park(conn->stream.fd, wish);
    }
}

static void serve_connection(void *context, const struct tri_visitor *visitor)
{
    struct threads *threads = context;
    struct served served;
    struct tri_conn *conn = &served.conn;
    served.straight.pump = pump;
    served.threads = threads;
    served.thread = pthread_self();
    served.landing.len = 0;
    /* By the time a thread runs its client has spoken, so the first step is no waste. */
    tri_conn_open(conn, visitor->stream, &visitor->peer, &threads->server->service,
                  tri_clock_now());
    for (;;) {
        int64_t now_ns = tri_clock_now();
        struct tri_wish wish = tri_shelf_step(&threads->shelf, conn, &served.landing, now_ns);
        if (wish.bits & TRI_WISH_CLOSE)
            break;
        if (wish.bits & TRI_WISH_RUN)
            tri_wake_run(conn, &served.straight);
        else if (!tri_landing_wait(&served.landing, conn, wish, now_ns))
            park(conn->stream.fd, wish);
    }
}

/* --- accept --- */

/* No thread can be had: say 503 from here, as far as that goes without waiting. */
static void turn_away(struct threads *threads, const struct tri_visitor *visitor)
{
    struct tri_conn conn; /* no handler ever sees it, so nobody wakes it */
    int64_t now_ns = tri_clock_now();
    tri_conn_open(&conn, visitor->stream, &visitor->peer, &threads->server->service, now_ns);
    conn.admission = TRI_ADMISSION_FULL;
    if (!(tri_shelf_step(&threads->shelf, &conn, NULL, now_ns).bits & TRI_WISH_CLOSE))
        tri_conn_abort(&conn);
}

static void add(void *context, const struct tri_visitor *visitor)
{
    struct threads *threads = context;
    if (!threads->spawner->verbs->serve(threads->spawner, visitor))
        turn_away(threads, visitor);
}

/* Take what waits at a listener, `most` at a time. False: accepting has to pause. */
static bool accept_batch(struct threads *threads, unsigned listener, int most)
{
    return tri_accept_batch(&threads->acceptor, listener, most, add, threads);
}

/* --- run and drain --- */

/* What the signals that have come mean: true for the end. */
static bool told_to_end(struct threads *threads)
{
    struct signalfd_siginfo signal;
    while (read(threads->signal_fd, &signal, sizeof(signal)) == sizeof(signal)) {
        if (signal.ssi_signo == SIGCHLD)
            threads->spawner->verbs->tend(threads->spawner);
        else if (signal.ssi_signo == SIGHUP)
            threads->server->reload(threads->server);
        else
            return true;
    }
    return false;
}

/* Accept until a signal comes. */
static void run(struct threads *threads)
{
    const struct tri_server *server = threads->server;
    struct pollfd watched[1 + TRI_LISTENERS_MAX] = {{threads->signal_fd, POLLIN, 0}};
    nfds_t count = 1;
    for (unsigned i = 0; i < server->listener_count; i++)
        watched[count++] = (struct pollfd){server->listeners[i].fds[server->share], POLLIN, 0};
    while (!watched[0].revents || !told_to_end(threads)) {
        int64_t pause_ns = threads->acceptor.resume_ns - tri_clock_now();
        bool paused = pause_ns > 0;
        int wait_ms = paused ? (int)(pause_ns / TRI_MILLISECOND) + 1 : -1;
        if (poll(watched, paused ? 1 : count, wait_ms) <= 0)
            continue;
        for (nfds_t i = 1; !paused && i < count; i++)
            if (watched[i].revents && !accept_batch(threads, (unsigned)i - 1, TRI_ACCEPT_BATCH))
                break;
    }
}

/* Let what is in flight finish, until the deadline or a second signal. The exit code. */
static int drain(struct threads *threads)
{
    struct tri_server *server = threads->server;
    struct tri_spawner *spawner = threads->spawner;
    int64_t until_ns = tri_clock_after(tri_clock_now(), server->shutdown_ns);
    struct pollfd watched = {threads->signal_fd, POLLIN, 0};
    tri_log(TRI_LOG_INFO, "drain", " open=%u", atomic_load(&server->service.open));
    for (unsigned i = 0; i < server->listener_count; i++) /* whoever was waiting already */
        accept_batch(threads, i, TRI_ACCEPT_BACKLOG);
    atomic_store(&server->service.draining, true);
    tri_server_close_listeners(server, false);
    spawner->verbs->wake(spawner);
    do {
        if (poll(&watched, 1, DRAIN_LOOK_MS) > 0 && told_to_end(threads))
            return 1;
    } while (spawner->verbs->count(spawner) > 0 && tri_clock_now() < until_ns);
    return 0;
}

static bool start(struct threads *threads)
{
    struct tri_service *service = &threads->server->service;
    sigset_t watched;
    tri_server_signals(threads->server, &watched);
    sigaddset(&watched, SIGCHLD);
    threads->signal_fd = signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC);
    service->wake = wake_connection;
    tri_wake_init(&service->draining);
    tri_shelf_init(&threads->shelf, &service->limits);
    threads->spawner = tri_spawner_open(
        &(struct tri_spawn_plan){serve_connection, threads, threads->server, threads->signal_fd});
    threads->acceptor = (struct tri_acceptor){.server = threads->server};
    if (threads->spawner)
        threads->acceptor.open = &threads->spawner->serving;
    return threads->signal_fd >= 0 && threads->spawner;
}

static int serve(struct tri_server *server)
{
    static struct threads threads; /* not on a stack: a cut drain leaves threads that use it */
    threads.server = server;
    if (!start(&threads)) {
        tri_log(TRI_LOG_ERROR, "start_failed", " reason=\"out of memory or descriptors\"");
        return 1;
    }
    run(&threads);
    int code = drain(&threads);
    unsigned open = atomic_load(&server->service.open);
    if (open > 0)
        tri_log(TRI_LOG_WARN, "drain_cut", " open=%u", open);
    if (threads.spawner->verbs->close(threads.spawner))
        tri_shelf_deinit(&threads.shelf);
    tri_fd_close(&threads.signal_fd);
    return code;
}

const struct tri_mode tri_mode_threads = {
    .name = "threads",
    .summary = "worker processes, a kernel thread for each connection",
    .serve = serve,
};
