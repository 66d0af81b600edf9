/*
 * mn.c - many coroutines on a few threads, with a scheduler of our own.
 *
 *        connections          coroutines              processors (--workers)       threads
 *        o o o o o o o   -->  one for each that  -->  queue | epoll | timers  -->  one for each
 *        o o o o o o o        is being served         queue | epoll | timers       processor, and
 *        o o o o o o o                                                             one per handler
 * that idle: no stack                                                            blocks for long
 *
 * How it waits: it parks a stack and runs another. The text of a connection reads as if it had a
 * thread of its own (compare threads.c), but to wait means to switch stacks, some nanoseconds.
 * Between requests not even a stack is kept: the coroutine ends, and the next byte starts a new
 * one. A handler that blocks for long stays on its thread; the processor moves on to another.
 *
 * The scheduler is in mn/ (start with mn/scheduler.h); it knows nothing of HTTP.
 */
#include "modes/mode.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "modes/mn/marks.h"
#include "modes/mn/scheduler.h"
#include "modes/places.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/list.h"
#include "server/base/log.h"
#include "server/core/conn.h"

#define AWAY_MAX 1024                        /* blocking handlers at work at once; then 503 */
#define DRAIN_LOOK_NS (10 * TRI_MILLISECOND) /* how often a drain looks whether it is done   */
#define PLACE_NS TRI_MILLISECOND             /* between two looks whether another may be away */
#define ABORT_NS (200 * TRI_MILLISECOND)     /* for what a cut drain leaves to be closed      */

struct mn {
    struct tri_server *server; /* borrowed */
    struct tri_scheduler *scheduler;
    struct tri_place *places;     /* owned, one per processor */
    int doors[TRI_LISTENERS_MAX]; /* the listeners' */
    atomic_bool aborting;         /* the drain's time is over */
    struct tri_marks *marks;      /* owned; NULL unless stacks are measured */
};

struct served { /* one connection */
    struct tri_task task;
    struct tri_conn conn;
    struct mn *mn;
};

/* --- wait: leave the stack, or give it back --- */

static uint8_t waits_of(struct tri_wish wish)
{
    return (uint8_t)((wish.bits & TRI_WISH_READ ? TRI_WAIT_IN : 0) |
                     (wish.bits & TRI_WISH_WRITE ? TRI_WAIT_OUT : 0));
}

/* False: nothing is under way; the coroutine is to return, and the next event starts a new one. */
static bool park(struct tri_task *task, struct tri_wish wish)
{
    uint8_t waits = waits_of(wish);
    if (wish.bits & TRI_WISH_IDLE) {
        tri_task_rest(task, waits, wish.deadline_ns);
        return false;
    }
    if (wish.bits & TRI_WISH_TURN)
        tri_task_yield(task);
    else
        tri_task_wait(task, waits, wish.deadline_ns);
    return true;
}

/* For tri_service.wake. */
static void wake_connection(struct tri_conn *conn)
{
    tri_task_wake(&TRI_CONTAINER(conn, struct served, conn)->task);
}

/* --- serve: one connection, from here to its next rest --- */

static struct tri_wish step(struct served *served, int64_t now_ns)
{
    struct tri_workspace *workspace = &served->mn->places[tri_task_place()].workspace;
    workspace->turn = tri_task_round();
    return tri_conn_step(&served->conn, workspace, now_ns);
}

static bool is_aborting(struct served *served)
{
    return atomic_load_explicit(&served->mn->aborting, memory_order_relaxed);
}

struct blocking { /* a blocking handler at work, on its coroutine's stack */
    struct tri_straight straight;
    struct tri_task *task;
    bool away; /* its processor may be somebody else's, or is about to be */
};

/* While it waits it is a coroutine like any other; when it goes on it may block again. */
static void pump(struct tri_straight *straight, struct tri_conn *conn)
{
    struct blocking *blocking = TRI_CONTAINER(straight, struct blocking, straight);
    struct served *served = TRI_CONTAINER(conn, struct served, conn);
    if (blocking->away)
        tri_task_unblock(blocking->task);
    while (!is_aborting(served)) {
        struct tri_wish wish = step(served, tri_clock_now());
        if (wish.bits & (TRI_WISH_RUN | TRI_WISH_CLOSE))
            break;
        park(blocking->task, wish);
    }
    while (!(blocking->away = tri_task_block(blocking->task, false)) && !is_aborting(served))
        tri_task_wait(blocking->task, 0, tri_clock_now() + PLACE_NS);
}

static void run_blocking(struct served *served)
{
    bool computes = tri_conn_running(&served->conn)->flags & TRI_CPU;
    struct blocking blocking = {{pump}, &served->task, false};
    blocking.away = tri_task_block(&served->task, computes);
    if (!blocking.away) {
        tri_conn_decline(&served->conn);
        return;
    }
    tri_conn_run(&served->conn, &blocking.straight);
    if (blocking.away)
        tri_task_unblock(&served->task);
}

/* What was used of the stack since the last look was used by `handler`, NULL: by the core. */
static void mark(struct tri_conn *conn, const struct tri_handler *handler)
{
    struct served *served = TRI_CONTAINER(conn, struct served, conn);
    tri_marks_look(served->mn->marks, tri_task_stack(&served->task),
                   handler ? handler->name : "core");
}

static void serve_connection(struct tri_task *task)
{
    struct served *served = TRI_CONTAINER(task, struct served, task);
    struct mn *mn = served->mn;
    if (mn->marks) /* whoever had this stack before is forgotten */
        tri_marks_look(mn->marks, tri_task_stack(task), NULL);
    for (int64_t now_ns = tri_task_now(task);; now_ns = tri_clock_now()) {
        if (is_aborting(served)) {
            tri_conn_abort(&served->conn);
            break;
        }
        struct tri_wish wish = step(served, now_ns);
        if (mn->marks)
            mark(&served->conn, NULL);
        if (wish.bits & TRI_WISH_CLOSE)
            break;
        if (wish.bits & TRI_WISH_RUN)
            run_blocking(served);
        else if (!park(task, wish))
            break;
    }
}

static void drop_connection(struct tri_task *task)
{
    tri_conn_abort(&TRI_CONTAINER(task, struct served, task)->conn);
}

static const char *name_connection(struct tri_task *task)
{
    const struct tri_handler *handler =
        tri_conn_running(&TRI_CONTAINER(task, struct served, task)->conn);
    return handler ? handler->name : NULL;
}

/* --- accept --- */

static void add(void *context, const struct tri_visitor *visitor)
{
    struct mn *mn = context;
    struct tri_task *task = tri_task_new(mn->scheduler);
    if (!task) {
        struct tri_stream stream = visitor->stream;
        stream.transport->close(&stream);
        return;
    }
    struct served *served = TRI_CONTAINER(task, struct served, task);
    served->mn = mn;
    tri_conn_open(&served->conn, visitor->stream, &visitor->peer, &mn->server->service,
                  tri_clock_now());
    struct tri_wish wish = tri_conn_first_wish(&served->conn);
    if (!tri_task_start(task, visitor->stream.fd, waits_of(wish), wish.deadline_ns)) {
        tri_conn_abort(&served->conn);
        tri_task_free(task);
    }
}

/* Take what waits at a listener; 0, or until when to look away. */
static int64_t on_door(void *context, unsigned place, unsigned door)
{
    struct mn *mn = context;
    struct tri_acceptor *acceptor = &mn->places[place].acceptor;
    bool draining = atomic_load(&mn->server->service.draining);
    int most = draining ? TRI_ACCEPT_BACKLOG : TRI_ACCEPT_BATCH; /* whoever was waiting already */
    return tri_accept_batch(acceptor, door, most, add, mn) ? 0 : acceptor->resume_ns;
}

/* --- run and drain --- */

static void free_mn(struct mn *mn)
{
    tri_places_free(mn->places, mn->server->workers);
    free(mn->marks);
    free(mn);
}

static bool start(struct mn *mn, struct tri_error *error)
{
    struct tri_server *server = mn->server;
    const struct tri_scheduler_plan plan = {
        .workers = server->workers,
        .steal = server->steal,
        .handoff = server->handoff,
        .spares = AWAY_MAX,
        /* each worker may take one more than the limit before it sees the others' */
        .tasks = server->service.limits.connections + TRI_TURNED_AWAY_MAX + server->workers,
        .task_bytes = sizeof(struct served),
        .stack_bytes = server->stack_bytes,
        .run = serve_connection,
        .drop = drop_connection,
        .name = name_connection,
        .doors = mn->doors,
        .door_count = server->listener_count,
        .on_door = on_door,
        .context = mn,
    };
    for (unsigned i = 0; i < server->listener_count; i++)
        mn->doors[i] = server->listeners[i].fds[server->share];
    if (server->stack_marks && !(mn->marks = calloc(1, sizeof(*mn->marks)))) {
        tri_error_os(error, "stack marks");
        return false;
    }
    server->service.wake = wake_connection;
    server->service.around = mn->marks ? mark : NULL;
    if (!(mn->places = tri_places_new(server->workers, server, error)) ||
        !(mn->scheduler = tri_scheduler_new(&plan, error)))
        return false;
    if (tri_scheduler_start(mn->scheduler, error))
        return true;
    tri_scheduler_free(mn->scheduler);
    return false;
}

/* Let what is in flight finish, until the deadline or a second signal. The exit code. */
static int drain(struct mn *mn, const sigset_t *ending)
{
    struct tri_server *server = mn->server;
    const struct timespec look = {0, DRAIN_LOOK_NS};
    int64_t until_ns = tri_clock_after(tri_clock_now(), server->shutdown_ns);
    bool listening = true;
    tri_log(TRI_LOG_INFO, "drain", " open=%u", atomic_load(&server->service.open));
    atomic_store(&server->service.draining, true);
    tri_scheduler_drain(mn->scheduler);
    while (tri_clock_now() < until_ns) {
        if (listening && !tri_scheduler_has_doors(mn->scheduler)) {
            tri_server_close_listeners(server, false);
            listening = false;
        }
        if (!listening && tri_scheduler_tasks(mn->scheduler) == 0)
            return 0;
        if (sigtimedwait(ending, NULL, &look) > 0)
            return 1;
    }
    return 0;
}

/* Close what is left, each connection by its own coroutine, and end the threads. */
static void finish(struct mn *mn)
{
    int64_t until_ns = tri_clock_now() + ABORT_NS;
    unsigned open = atomic_load(&mn->server->service.open);
    if (open > 0)
        tri_log(TRI_LOG_WARN, "drain_cut", " open=%u", open);
    atomic_store(&mn->aborting, true);
    tri_scheduler_wake(mn->scheduler);
    while (tri_scheduler_tasks(mn->scheduler) > 0 && tri_clock_now() < until_ns)
        nanosleep(&(struct timespec){0, TRI_MILLISECOND}, NULL);
    if (mn->marks)
        tri_marks_log(mn->marks, tri_scheduler_stack_bytes(mn->scheduler));
    if (tri_scheduler_free(mn->scheduler))
        free_mn(mn);
}

static int serve(struct tri_server *server)
{
    struct mn *mn = calloc(1, sizeof(*mn));
    struct tri_error error = {.text = "out of memory"};
    sigset_t waited, ending;
    int signal;
    if (mn)
        mn->server = server;
    if (!mn || !start(mn, &error)) {
        char quoted[2 * sizeof(error.text)];
        tri_log(TRI_LOG_ERROR, "start_failed", " reason=%s",
                tri_log_quote(error.text, quoted, sizeof(quoted)));
        if (mn)
            free_mn(mn);
        return 1;
    }
    tri_server_ending_signals(server, &ending);
    tri_server_signals(server, &waited);
    while (sigwait(&waited, &signal) != 0 || signal == SIGHUP)
        server->reload(server);
    int code = drain(mn, &ending);
    finish(mn);
    return code;
}

const struct tri_mode tri_mode_mn = {
    .name = "mn",
    .summary = "coroutines on a few threads, with a scheduler of its own",
    .serve = serve,
};
