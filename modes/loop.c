/*
 * loop.c - one thread, one libev loop, all connections.
 *
 *        +--------------------- one thread ---------------------+
 *        |   epoll says who is ready                            |
 *        |      |                                               |
 *        |      v                                               |
 *        |   serve_connection --> tri_conn_step --> a wish      |
 *        |      ^                                     |         |
 *        |      +------ return to libev <---- park <--+         |
 *        +------------------------------------------------------+
 *
 * How it waits: it returns. Between two steps of a connection nothing of it is on any stack; what
 * it has to remember is in its tri_conn. That is why one thread can hold ten thousand of them, and
 * why one slow calculation on it stalls them all. Blocking handlers therefore go to a few threads
 * (offload.h), unless --offload=0 asks to see the stall.
 *
 * Watching is lazy (watcher.h): a keep-alive request makes no call into the kernel but its read
 * and its write.
 */
#include "modes/mode.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include <ev.h>

#include "modes/accept.h"
#include "modes/offload.h"
#include "modes/park.h"
#include "modes/watcher.h"
#include "server/base/clock.h"
#include "server/base/list.h"
#include "server/base/log.h"
#include "server/core/conn.h"

#define OFFLOAD_QUEUE 1024 /* blocking requests that may wait for a thread; then 503 */

struct loop {
    struct ev_loop *ev;
    struct tri_server *server;
    struct tri_workspace workspace;
    struct tri_acceptor acceptor;
    struct tri_offload *offload; /* NULL: blocking handlers run inline */
    struct tri_link conns;       /* of served.link: all that are open */
    struct tri_watcher listeners[TRI_LISTENERS_MAX];
    ev_timer drain_end;
    ev_async called;       /* from another thread: look at `woken` and the finished jobs */
    pthread_mutex_t lock;  /* guards `woken` */
    struct tri_link woken; /* of served.job.link */
    ev_signal term, intr;
    int exit_code;
};

static struct loop the_loop; /* not on a stack: a cut drain leaves threads that still use it */

struct served { /* one connection */
    struct tri_watcher watcher;
    struct tri_conn conn;
    struct tri_link link; /* in loop.conns */
    struct loop *loop;
    struct tri_job job; /* its link serves `woken` while no thread has it */
    atomic_bool away;   /* a thread of the pool has it: not to be touched */
};

/* --- wait: say what to watch, and return --- */

static void park(struct served *served, struct tri_wish wish)
{
    int events =
        (wish.bits & TRI_WISH_READ ? EV_READ : 0) | (wish.bits & TRI_WISH_WRITE ? EV_WRITE : 0);
    tri_watcher_want(&served->watcher, events, wish.deadline_ns);
}

/*
 * For tri_service.wake, from any thread. Whoever asks does so while an exchange is open, so
 * `served` is there. One that is in `woken` already goes to its end.
 */
static void wake_connection(struct tri_conn *conn)
{
    struct served *served = TRI_CONTAINER(conn, struct served, conn);
    struct loop *loop = served->loop;
    if (served->away) { /* its link may be in use; it is stepped when it comes back */
        tri_offload_wake(loop->offload, &served->job);
        return;
    }
    pthread_mutex_lock(&loop->lock);
    bool is_first = tri_list_is_empty(&loop->woken);
    tri_list_remove(&served->job.link);
    tri_list_add(&loop->woken, &served->job.link);
    pthread_mutex_unlock(&loop->lock);
    if (is_first)
        ev_async_send(loop->ev, &loop->called);
}

/* It is about to be stepped, to be sent away or to end. */
static void unlist_woken(struct served *served)
{
    pthread_mutex_lock(&served->loop->lock);
    tri_list_remove(&served->job.link);
    pthread_mutex_unlock(&served->loop->lock);
}

/* Who has been woken, one at a time; NULL: nobody. */
static struct served *next_woken(struct loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct tri_link *first = loop->woken.next;
    bool is_empty = tri_list_is_empty(&loop->woken);
    tri_list_remove(first);
    pthread_mutex_unlock(&loop->lock);
    return is_empty ? NULL : TRI_CONTAINER(first, struct served, job.link);
}

/* --- serve: one connection, as far as it goes now --- */

static void forget(struct served *served)
{
    struct loop *loop = served->loop;
    tri_watcher_stop(&served->watcher);
    tri_list_remove(&served->link);
    unlist_woken(served);
    free(served);
    if (tri_list_is_empty(&loop->conns) && atomic_load(&loop->server->service.draining))
        ev_break(loop->ev, EVBREAK_ALL);
}

/* While a blocking handler waits in the loop's own thread, as it was told to. */
static void pump(struct tri_straight *straight, struct tri_conn *conn)
{
    (void)straight;
    for (;;) {
        struct tri_wish wish = tri_conn_step(conn, &the_loop.workspace, tri_clock_now());
        if (wish.bits & (TRI_WISH_RUN | TRI_WISH_CLOSE))
            break;
        tri_park(conn->stream.fd, wish, -1, NULL);
    }
}

/* Run the blocking handler here and now, or send it away; the wish until it is done. */
static struct tri_wish run_blocking(struct served *served)
{
    struct tri_offload *offload = served->loop->offload;
    struct tri_straight straight = {pump};
    unlist_woken(served);
    served->away = offload != NULL; /* before a thread can have it */
    if (offload && tri_offload_submit(offload, &served->job))
        return (struct tri_wish){0, TRI_NEVER}; /* on_called goes on */
    served->away = false;
    if (offload)
        tri_conn_decline(&served->conn);
    else
        tri_conn_run(&served->conn, &straight); /* and everybody waits */
    return (struct tri_wish){TRI_WISH_TURN, 0};
}

static void serve_connection(struct served *served)
{
    struct loop *loop = served->loop;
    struct tri_wish wish = tri_conn_step(&served->conn, &loop->workspace, tri_clock_now());
    if (wish.bits & TRI_WISH_CLOSE) {
        forget(served);
        return;
    }
    if (wish.bits & TRI_WISH_RUN)
        wish = run_blocking(served);
    park(served, wish);
}

static void on_granted(struct tri_watcher *watcher)
{
    serve_connection(TRI_CONTAINER(watcher, struct served, watcher));
}

static void on_called(struct ev_loop *ev, ev_async *async, int events)
{
    struct loop *loop = async->data;
    struct served *served;
    struct tri_job *job;
    (void)ev, (void)events;
    while (loop->offload && (job = tri_offload_finished(loop->offload))) {
        served = TRI_CONTAINER(job, struct served, job);
        served->away = false;
        serve_connection(served);
    }
    while ((served = next_woken(loop)))
        serve_connection(served);
}

static void notify_finished(void *arg)
{
    struct loop *loop = arg;
    ev_async_send(loop->ev, &loop->called);
}

/* --- accept --- */

static void add(struct loop *loop, int fd)
{
    struct served *served = malloc(sizeof(*served));
    if (!served) {
        close(fd);
        return;
    }
    *served = (struct served){.loop = loop, .job = {.conn = &served->conn}};
    tri_conn_open(&served->conn, tri_stream_plain(fd), &loop->server->service, tri_clock_now());
    tri_watcher_init(&served->watcher, loop->ev, fd, on_granted);
    tri_link_init(&served->link);
    tri_link_init(&served->job.link);
    tri_list_add(&loop->conns, &served->link);
    serve_connection(served);
}

/* Take what waits at a listener, `most` at a time. */
static void accept_batch(struct loop *loop, struct tri_watcher *listener, int most)
{
    for (int i = 0; i < most; i++) {
        int fd;
        switch (tri_accept_next(&loop->acceptor, listener->io.fd, tri_clock_now(), &fd)) {
        case TRI_ACCEPT_OK:
            add(loop, fd);
            break;
        case TRI_ACCEPT_EMPTY:
            most = 0;
            break;
        case TRI_ACCEPT_EXHAUSTED: /* look away for a while */
            tri_watcher_want(listener, 0, loop->acceptor.resume_ns);
            return;
        }
    }
    tri_watcher_want(listener, EV_READ, TRI_NEVER);
}

static void on_visitors(struct tri_watcher *listener)
{
    accept_batch(&the_loop, listener, TRI_ACCEPT_BATCH);
}

/* --- run and drain --- */

static void on_drain_end(struct ev_loop *ev, ev_timer *timer, int events)
{
    (void)timer, (void)events;
    ev_break(ev, EVBREAK_ALL);
}

/* Every connection that may be touched, also when `visit` frees it. */
static void for_each(struct loop *loop, void (*visit)(struct served *))
{
    for (struct tri_link *at = loop->conns.next, *next; at != &loop->conns; at = next) {
        struct served *served = TRI_CONTAINER(at, struct served, link);
        next = at->next;
        if (!served->away)
            visit(served);
    }
}

static void abort_connection(struct served *served)
{
    tri_conn_abort(&served->conn);
    forget(served);
}

/* Stop accepting, let idle connections go, give the others time. A second signal ends it. */
static void on_signal(struct ev_loop *ev, ev_signal *signal, int events)
{
    struct loop *loop = signal->data;
    struct tri_server *server = loop->server;
    (void)events;
    if (atomic_load(&server->service.draining)) {
        loop->exit_code = 1;
        ev_break(ev, EVBREAK_ALL);
        return;
    }
    tri_log(TRI_LOG_INFO, "drain", " open=%u", atomic_load(&server->service.open));
    for (unsigned i = 0; i < server->listener_count; i++) {
        accept_batch(loop, &loop->listeners[i],
                     TRI_ACCEPT_BACKLOG); /* whoever was waiting already */
        tri_watcher_stop(&loop->listeners[i]);
    }
    atomic_store(&server->service.draining, true);
    tri_server_close_listeners(server, false);
    for_each(loop, serve_connection);
    if (loop->offload)
        tri_offload_wake(loop->offload, NULL);
    if (tri_list_is_empty(&loop->conns))
        ev_break(ev, EVBREAK_ALL);
    if (server->shutdown_ns > 0) {
        ev_timer_set(&loop->drain_end, (double)server->shutdown_ns / (double)TRI_SECOND, 0.);
        ev_timer_start(ev, &loop->drain_end);
    }
}

static bool start(struct loop *loop)
{
    struct tri_server *server = loop->server;
    sigset_t ending;
    tri_link_init(&loop->conns);
    tri_link_init(&loop->woken);
    pthread_mutex_init(&loop->lock, NULL);
    server->service.wake = wake_connection;
    loop->acceptor.service = &server->service;
    loop->ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV | EVFLAG_SIGNALFD);
    if (!loop->ev || !tri_workspace_init(&loop->workspace, &server->service.limits))
        return false;
    ev_async_init(&loop->called, on_called);
    ev_timer_init(&loop->drain_end, on_drain_end, 0., 0.);
    ev_signal_init(&loop->term, on_signal, SIGTERM);
    ev_signal_init(&loop->intr, on_signal, SIGINT);
    loop->called.data = loop->term.data = loop->intr.data = loop;
    if (server->offload > 0) {
        loop->offload = tri_offload_open(server->offload, OFFLOAD_QUEUE, notify_finished, loop);
        if (!loop->offload)
            return false;
    }
    ev_async_start(loop->ev, &loop->called);
    ev_signal_start(loop->ev, &loop->term);
    tri_server_ending_signals(server, &ending);
    if (sigismember(&ending, SIGINT))
        ev_signal_start(loop->ev, &loop->intr);
    for (unsigned i = 0; i < server->listener_count; i++) {
        tri_watcher_init(&loop->listeners[i], loop->ev, server->listeners[i].fds[server->share],
                         on_visitors);
        tri_watcher_want(&loop->listeners[i], EV_READ, TRI_NEVER);
    }
    return true;
}

static int serve(struct tri_server *server)
{
    struct loop *loop = &the_loop;
    loop->server = server;
    if (!start(loop)) {
        tri_log(TRI_LOG_ERROR, "start_failed", " reason=\"out of memory or descriptors\"");
        return 1;
    }
    ev_run(loop->ev, 0);

    unsigned open = atomic_load(&server->service.open);
    if (open > 0)
        tri_log(TRI_LOG_WARN, "drain_cut", " open=%u", open);
    for_each(loop, abort_connection);
    if (loop->offload && !tri_offload_close(loop->offload))
        return loop->exit_code; /* a handler is still at work on what would be freed */
    tri_workspace_deinit(&loop->workspace);
    ev_loop_destroy(loop->ev);
    return loop->exit_code;
}

const struct tri_mode tri_mode_loop = {
    .name = "loop",
    .summary = "one thread, one libev loop, all connections",
    .serve = serve,
};
