/*
 * threads.c - worker processes with a kernel thread for each connection.
 *
 *        process (one of --processes, forked by prefork.c)
 *        +------------------------------------------------+
 *        |  main thread: accept, hand over                |
 *        |                                                |
 *        |  thread 1   thread 2   thread 3  ...  thread n |
 *        |   step       ppoll      step           ppoll   |
 *        |   ppoll     (parked)    ppoll         (parked) |
 *        +------------------------------------------------+
 *
 * How it waits: it parks its kernel thread in ppoll(2), and the kernel runs another. Straight-line
 * code, a stack for each connection, and a switch of threads with each request. A handler that
 * blocks, blocks its own thread, and nobody else notices.
 *
 * Buffers are borrowed from a shelf around each step, so a parked thread holds its stack and
 * nothing else (shelf.h). Threads are kept for the next connection (thread_cache.h).
 */
#include "modes/mode.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "modes/accept.h"
#include "modes/park.h"
#include "modes/shelf.h"
#include "modes/thread_cache.h"
#include "server/base/clock.h"
#include "server/base/list.h"
#include "server/base/log.h"
#include "server/core/conn.h"

#define DRAIN_LOOK_MS 10 /* how often a drain looks whether it is done */

struct threads {
    struct tri_server *server; /* borrowed */
    struct tri_thread_cache *cache;
    struct tri_shelf shelf;
    struct tri_acceptor acceptor;
    int signal_fd; /* owned; readable when SIGTERM or SIGINT has come */
};

struct served { /* one connection, on the stack of its thread */
    struct tri_conn conn;
    struct tri_straight straight;
    struct threads *threads;
    pthread_t thread;
};

/* --- wait: park this thread in the kernel --- */

static void park(struct threads *threads, int fd, struct tri_wish wish)
{
    tri_park(fd, wish, -1, tri_thread_cache_mask(threads->cache)); /* or a drain's signal */
}

/* For tri_service.wake. A signal that comes before the thread is parked waits until it is. */
static void wake_connection(struct tri_conn *conn)
{
    tri_thread_cache_wake_one(TRI_CONTAINER(conn, struct served, conn)->thread);
}

/* --- serve: one connection, from its first byte to its last --- */

static struct tri_wish step(struct threads *threads, struct tri_conn *conn)
{
    struct tri_workspace *workspace = tri_shelf_take(&threads->shelf);
    struct tri_wish wish = {TRI_WISH_CLOSE, TRI_NEVER};
    if (workspace) {
        wish = tri_conn_step(conn, workspace, tri_clock_now());
        tri_shelf_give(&threads->shelf, workspace);
    } else {
        tri_conn_abort(conn);
    }
    return wish;
}

/* While a blocking handler waits: the same, until it may go on. */
static void pump(struct tri_straight *straight, struct tri_conn *conn)
{
    struct threads *threads = TRI_CONTAINER(straight, struct served, straight)->threads;
    for (;;) {
        struct tri_wish wish = step(threads, conn);
        if (wish.bits & (TRI_WISH_RUN | TRI_WISH_CLOSE))
            break;
        park(threads, conn->stream.fd, wish);
    }
}

static void serve_connection(void *context, int fd)
{
    struct threads *threads = context;
    struct served served = {.straight = {pump}, .threads = threads, .thread = pthread_self()};
    struct tri_conn *conn = &served.conn;
    tri_conn_open(conn, tri_stream_plain(fd), &threads->server->service, tri_clock_now());
    for (;;) {
        struct tri_wish wish = step(threads, conn);
        if (wish.bits & TRI_WISH_CLOSE)
            break;
        if (wish.bits & TRI_WISH_RUN)
            tri_conn_run(conn, &served.straight);
        else
            park(threads, fd, wish);
    }
}

/* --- accept --- */

/* No thread can be had: say 503 from here, as far as that goes without waiting. */
static void turn_away(struct threads *threads, int fd)
{
    struct tri_conn conn; /* no handler ever sees it, so nobody wakes it */
    tri_conn_open(&conn, tri_stream_plain(fd), &threads->server->service, tri_clock_now());
    conn.admission = TRI_ADMISSION_FULL;
    if (!(step(threads, &conn).bits & TRI_WISH_CLOSE))
        tri_conn_abort(&conn);
}

/* Take what waits at a listener, `most` at a time. False: accepting has to pause. */
static bool accept_batch(struct threads *threads, int listener_fd, int most)
{
    for (int i = 0; i < most; i++) {
        int fd;
        switch (tri_accept_next(&threads->acceptor, listener_fd, tri_clock_now(), &fd)) {
        case TRI_ACCEPT_OK:
            if (!tri_thread_cache_serve(threads->cache, fd))
                turn_away(threads, fd);
            break;
        case TRI_ACCEPT_EMPTY:
            return true;
        case TRI_ACCEPT_EXHAUSTED:
            return false;
        }
    }
    return true;
}

/* --- run and drain --- */

/* Accept until a signal comes. */
static void run(struct threads *threads)
{
    const struct tri_server *server = threads->server;
    struct pollfd watched[1 + TRI_LISTENERS_MAX] = {{threads->signal_fd, POLLIN, 0}};
    nfds_t count = 1;
    for (unsigned i = 0; i < server->listener_count; i++)
        watched[count++] = (struct pollfd){server->listeners[i].fds[server->share], POLLIN, 0};
    while (!watched[0].revents) {
        int64_t pause_ns = threads->acceptor.resume_ns - tri_clock_now();
        bool paused = pause_ns > 0;
        int wait_ms = paused ? (int)(pause_ns / TRI_MILLISECOND) + 1 : -1;
        if (poll(watched, paused ? 1 : count, wait_ms) <= 0)
            continue;
        for (nfds_t i = 1; !paused && i < count; i++)
            if (watched[i].revents && !accept_batch(threads, watched[i].fd, TRI_ACCEPT_BATCH))
                break;
    }
}

/* Let what is in flight finish, until the deadline or a second signal. The exit code. */
static int drain(struct threads *threads)
{
    struct tri_server *server = threads->server;
    int64_t until_ns = tri_clock_after(tri_clock_now(), server->shutdown_ns);
    struct pollfd watched = {threads->signal_fd, POLLIN, 0};
    struct signalfd_siginfo first;
    tri_log(TRI_LOG_INFO, "drain", " open=%u", atomic_load(&server->service.open));
    if (read(threads->signal_fd, &first, sizeof(first)) < 0)
        return 1;
    for (unsigned i = 0; i < server->listener_count; i++) /* whoever was waiting already */
        accept_batch(threads, server->listeners[i].fds[server->share], TRI_ACCEPT_BACKLOG);
    atomic_store(&server->service.draining, true);
    tri_server_close_listeners(server, false);
    tri_thread_cache_wake(threads->cache);
    do {
        if (poll(&watched, 1, DRAIN_LOOK_MS) > 0)
            return 1;
    } while (tri_thread_cache_count(threads->cache) > 0 && tri_clock_now() < until_ns);
    return 0;
}

static bool start(struct threads *threads)
{
    struct tri_server *server = threads->server;
    sigset_t ending;
    tri_server_ending_signals(server, &ending);
    threads->acceptor.service = &server->service;
    server->service.wake = wake_connection;
    tri_shelf_init(&threads->shelf, &server->service.limits);
    threads->signal_fd = signalfd(-1, &ending, SFD_NONBLOCK | SFD_CLOEXEC);
    threads->cache = tri_thread_cache_open(serve_connection, threads, server->stack_bytes);
    return threads->signal_fd >= 0 && threads->cache;
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
    if (tri_thread_cache_count(threads.cache) == 0) {
        tri_thread_cache_free(threads.cache);
        tri_shelf_deinit(&threads.shelf);
    }
    close(threads.signal_fd);
    return code;
}

const struct tri_mode tri_mode_threads = {
    .name = "threads",
    .summary = "worker processes, a kernel thread for each connection",
    .serve = serve,
};
