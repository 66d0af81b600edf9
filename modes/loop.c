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

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include <ev.h>

#include "modes/accept.h"
#include "modes/mailbox.h"
#include "modes/offload.h"
#include "modes/park.h"
#include "modes/watcher.h"
#include "server/base/clock.h"
#include "server/base/list.h"
#include "server/base/log.h"
#include "server/base/slab.h"
#include "server/core/conn.h"

#define OFFLOAD_QUEUE 1024 /* blocking requests that may wait for a thread; then 503 */
#define LOOK_STEPS 16      /* steps between two looks at the clock */

struct loop {
    struct ev_loop *ev;
    struct tri_server *server;
    struct tri_workspace workspace;
    struct tri_acceptor acceptor;
    struct tri_offload *offload; /* NULL: blocking handlers run inline */
    struct tri_mailbox mailbox;  /* of served.job.link: they are to be stepped */
    struct tri_slab slab;        /* of struct served */
    struct tri_link conns;       /* of served.link: all that are open */
    struct tri_watch clients;    /* of struct served */
    struct tri_watch doors;      /* of listeners */
    struct tri_watcher listeners[TRI_LISTENERS_MAX];
    ev_timer drain_end;
    ev_signal term, intr, hup;
    int64_t now_ns;       /* about the present time */
    unsigned steps_ahead; /* that may go by it before the next look at the clock */
    int exit_code;
};

static struct loop the_loop; /* not on a stack: a cut drain leaves threads that still use it */

struct served { /* one connection */
    struct tri_watcher watcher;
    struct tri_conn conn;
    struct tri_link link; /* in loop.conns */
    struct tri_job job;   /* its link is in the pool's queue, or the letter of this connection */
    atomic_bool away;     /* the pool has it: not to be touched */
};

/* --- wait: say what to watch, and return --- */

static void park(struct served *served, struct tri_wish wish)
{
    int events =
        (wish.bits & TRI_WISH_READ ? EV_READ : 0) | (wish.bits & TRI_WISH_WRITE ? EV_WRITE : 0);
    tri_watcher_want(&served->watcher, events, wish.deadline_ns);
}

/* For tri_service.wake. Whoever asks does so while an exchange is open, so `served` is there. */
static void wake_connection(struct tri_conn *conn)
{
    struct served *served = TRI_CONTAINER(conn, struct served, conn);
    if (served->away) /* it is stepped when it comes back */
        tri_offload_wake(the_loop.offload, &served->job);
    else
        tri_mailbox_post(&the_loop.mailbox, &served->job.link);
}

/* --- serve: one connection, as far as it goes now --- */

static void forget(struct served *served)
{
    tri_watcher_stop(&served->watcher);
    tri_mailbox_strike(&the_loop.mailbox, &served->job.link);
    tri_list_remove(&served->link);
    tri_slab_give(&the_loop.slab, served);
    if (tri_list_is_empty(&the_loop.conns) && atomic_load(&the_loop.server->service.draining))
        ev_break(the_loop.ev, EVBREAK_ALL);
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
    struct tri_offload *offload = the_loop.offload;
    struct tri_straight straight = {pump};
    tri_mailbox_strike(&the_loop.mailbox, &served->job.link);
    served->away = offload != NULL; /* before a thread can have it */
    if (offload && tri_offload_submit(offload, &served->job))
        return (struct tri_wish){0, TRI_NEVER}; /* on_letter goes on */
    served->away = false;
    if (offload)
        tri_conn_decline(&served->conn);
    else
        tri_conn_run(&served->conn, &straight); /* and everybody waits */
    the_loop.steps_ahead = 0;
    return (struct tri_wish){TRI_WISH_TURN, 0};
}

/*
 * One look at the clock serves several who are ready together, since a look takes a good part of
 * the time of a step. Never from before the last poll: who is ready may be so since a deadline.
 */
static void look_at_clock(void)
{
    uint64_t turn = ev_iteration(the_loop.ev);
    if (turn != the_loop.workspace.turn || the_loop.steps_ahead == 0) {
        the_loop.now_ns = tri_clock_now();
        the_loop.steps_ahead = LOOK_STEPS;
    }
    the_loop.steps_ahead--;
    the_loop.workspace.turn = turn;
}

static void serve_connection(struct served *served)
{
    look_at_clock();
    struct tri_wish wish = tri_conn_step(&served->conn, &the_loop.workspace, the_loop.now_ns);
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

/* Somebody has woken it, or its blocking handler is done. */
static void on_letter(struct tri_link *letter)
{
    struct served *served = TRI_CONTAINER(letter, struct served, job.link);
    served->away = false;
    serve_connection(served);
}

static struct tri_conn *conn_of(struct tri_job *job)
{
    return &TRI_CONTAINER(job, struct served, job)->conn;
}

static void on_done(struct tri_job *job)
{
    tri_mailbox_post(&the_loop.mailbox, &job->link);
}

/* --- accept --- */

static void add(void *context, const struct tri_visitor *visitor)
{
    struct loop *loop = context;
    struct served *served = tri_slab_take(&loop->slab);
    if (!served) {
        struct tri_stream stream = visitor->stream;
        stream.transport->close(&stream);
        return;
    }
    *served = (struct served){.away = false};
    tri_conn_open(&served->conn, visitor->stream, &visitor->peer, &loop->server->service,
                  tri_clock_now());
    tri_watcher_init(&served->watcher, &loop->clients, visitor->stream.fd);
    tri_link_init(&served->link);
    tri_link_init(&served->job.link);
    tri_list_add(&loop->conns, &served->link);
    park(served, tri_conn_first_wish(&served->conn));
}

/* Take what waits at a listener, `most` at a time. */
static void accept_batch(struct loop *loop, struct tri_watcher *listener, int most)
{
    unsigned index = (unsigned)(listener - loop->listeners);
    if (tri_accept_batch(&loop->acceptor, index, most, add, loop))
        tri_watcher_want(listener, EV_READ, TRI_NEVER);
    else /* look away for a while */
        tri_watcher_want(listener, 0, loop->acceptor.resume_ns);
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

static void on_hangup(struct ev_loop *ev, ev_signal *signal, int events)
{
    struct loop *loop = signal->data;
    (void)ev, (void)events;
    loop->server->reload(loop->server);
}

static bool start(struct loop *loop)
{
    struct tri_server *server = loop->server;
    sigset_t ending;
    tri_slab_init(&loop->slab, sizeof(struct served));
    tri_link_init(&loop->conns);
    server->service.wake = wake_connection;
    loop->acceptor.server = server;
    loop->ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV | EVFLAG_SIGNALFD);
    if (!loop->ev || !tri_workspace_init(&loop->workspace, &server->service.limits))
        return false;
    loop->clients = (struct tri_watch){loop->ev, on_granted};
    loop->doors = (struct tri_watch){loop->ev, on_visitors};
    tri_mailbox_open(&loop->mailbox, loop->ev, on_letter);
    ev_timer_init(&loop->drain_end, on_drain_end, 0., 0.);
    ev_signal_init(&loop->term, on_signal, SIGTERM);
    ev_signal_init(&loop->intr, on_signal, SIGINT);
    ev_signal_init(&loop->hup, on_hangup, SIGHUP);
    loop->term.data = loop->intr.data = loop->hup.data = loop;
    if (server->offload > 0) {
        loop->offload = tri_offload_open(server->offload, OFFLOAD_QUEUE, conn_of, on_done);
        if (!loop->offload)
            return false;
    }
    ev_signal_start(loop->ev, &loop->term);
    ev_signal_start(loop->ev, &loop->hup);
    tri_server_ending_signals(server, &ending);
    if (sigismember(&ending, SIGINT))
        ev_signal_start(loop->ev, &loop->intr);
    for (unsigned i = 0; i < server->listener_count; i++) {
        tri_watcher_init(&loop->listeners[i], &loop->doors,
                         server->listeners[i].fds[server->share]);
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
    tri_slab_deinit(&loop->slab);
    ev_loop_destroy(loop->ev);
    return loop->exit_code;
}

const struct tri_mode tri_mode_loop = {
    .name = "loop",
    .summary = "one thread, one libev loop, all connections",
    .serve = serve,
};
