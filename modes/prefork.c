/*
 * prefork.c - the master of worker processes; see prefork.h.
 *
 * The master is one loop around sigtimedwait(2): a signal, or the time to start a worker anew.
 * Nothing runs in signal handlers. A worker that dies within a second of its start is replaced
 * with a growing delay, so that a crash at start-up does not become a fork storm.
 */
#include "modes/prefork.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modes/mode.h"
#include "server/base/clock.h"
#include "server/base/fd.h"
#include "server/base/log.h"

#define SHORT_LIFE_NS TRI_SECOND
#define DELAY_MIN_NS (50 * TRI_MILLISECOND)
#define DELAY_MAX_NS (10 * TRI_SECOND)
#define SHORT_LIVES_MAX 10             /* in a row: whatever kills them will kill the next, too */
#define KILL_GRACE_NS (2 * TRI_SECOND) /* beyond the workers' own shutdown deadline */

struct worker {
    pid_t pid; /* 0: not running */
    int64_t started_ns;
    int64_t start_ns; /* when to start it anew; TRI_NEVER while it runs */
    int64_t delay_ns; /* before the next start */
};

struct master {
    struct tri_server *server;
    const struct tri_mode *mode;
    struct worker *workers; /* owned, server->processes of them */
    unsigned running;
    unsigned short_lives; /* in a row */
    bool draining;
    int64_t kill_ns; /* when whoever still runs is killed; TRI_NEVER: not planned */
    int exit_code;
};

/* In the child: keep one share of each listener, and serve. */
static int work(struct master *master, unsigned share, pid_t parent)
{
    struct tri_server *server = master->server;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) /* the master died before prctl */
        return 0;
    server->share = share;
    for (unsigned i = 0; i < server->listener_count; i++) {
        struct tri_listener *listener = &server->listeners[i];
        for (unsigned other = 0; other < listener->shares; other++)
            if (other != share)
                tri_fd_close(&listener->fds[other]);
    }
    free(master->workers);
    return master->mode->serve(server);
}

/* Start worker `share`. True in the child, which shall return *ret_code from main. */
static bool start(struct master *master, unsigned share, int *ret_code)
{
    struct worker *worker = &master->workers[share];
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        *ret_code = work(master, share, parent);
        return true;
    }
    worker->started_ns = tri_clock_now();
    if (pid < 0) {
        tri_log(TRI_LOG_ERROR, "fork_failed", " worker=%u errno=%d", share, errno);
        worker->start_ns = worker->started_ns + DELAY_MAX_NS;
        return false;
    }
    worker->pid = pid;
    worker->start_ns = TRI_NEVER;
    master->running++;
    return false;
}

/* Does one of them live that was not started just now? Then the server serves. */
static bool has_survivor(const struct master *master, int64_t now_ns)
{
    for (unsigned i = 0; i < master->server->processes; i++)
        if (master->workers[i].pid > 0 && now_ns - master->workers[i].started_ns >= SHORT_LIFE_NS)
            return true;
    return false;
}

static void tell_all(const struct master *master, int signal)
{
    for (unsigned i = 0; i < master->server->processes; i++)
        if (master->workers[i].pid > 0)
            kill(master->workers[i].pid, signal);
}

static void drain(struct master *master)
{
    int64_t now_ns = tri_clock_now();
    if (master->draining) {
        master->exit_code = 1;
        master->kill_ns = now_ns;
        return;
    }
    master->draining = true;
    if (master->server->shutdown_ns > 0)
        master->kill_ns = tri_clock_after(now_ns, master->server->shutdown_ns + KILL_GRACE_NS);
    tri_server_close_listeners(master->server, false);
    tell_all(master, SIGTERM);
}

/* A worker has ended: say so, and plan its successor. */
static void bury(struct master *master, unsigned share, int status)
{
    struct worker *worker = &master->workers[share];
    int64_t now_ns = tri_clock_now();
    bool short_life = now_ns - worker->started_ns < SHORT_LIFE_NS;
    master->running--;
    if (master->draining) {
        master->exit_code |= !WIFEXITED(status) || WEXITSTATUS(status) != 0;
        worker->pid = 0;
        return;
    }
    worker->delay_ns = !short_life                           ? 0
                       : worker->delay_ns == 0               ? DELAY_MIN_NS
                       : worker->delay_ns < DELAY_MAX_NS / 2 ? worker->delay_ns * 2
                                                             : DELAY_MAX_NS;
    worker->start_ns = now_ns + worker->delay_ns;
    tri_log(TRI_LOG_WARN, "worker_died", " worker=%u worker_pid=%d %s=%d restart_ms=%d", share,
            (int)worker->pid, WIFSIGNALED(status) ? "signal" : "exit",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
            (int)(worker->delay_ns / TRI_MILLISECOND));
    worker->pid = 0;
    master->short_lives = short_life ? master->short_lives + 1 : 0;
    if (master->short_lives < SHORT_LIVES_MAX || has_survivor(master, now_ns))
        return;
    tri_log(TRI_LOG_ERROR, "crash_loop", " short_lives=%u last_%s=%d reason=\"%s\"",
            master->short_lives, WIFSIGNALED(status) ? "signal" : "exit",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
            "workers keep dying within a second of their start, so the server gives up");
    master->exit_code = 1;
    drain(master);
}

static void reap(struct master *master)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (unsigned i = 0; i < master->server->processes; i++)
            if (master->workers[i].pid == pid)
                bury(master, i, status);
}

/* Start whoever is due; the time at which something is to be done next. True in a child. */
static bool start_due(struct master *master, int64_t *ret_next_ns, int *ret_code)
{
    *ret_next_ns = master->kill_ns;
    for (unsigned i = 0; !master->draining && i < master->server->processes; i++) {
        struct worker *worker = &master->workers[i];
        if (worker->start_ns <= tri_clock_now() && start(master, i, ret_code))
            return true;
        if (worker->start_ns < *ret_next_ns)
            *ret_next_ns = worker->start_ns;
    }
    return false;
}

int tri_prefork(struct tri_server *server, const struct tri_mode *mode)
{
    struct master master = {.server = server, .mode = mode, .kill_ns = TRI_NEVER};
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGCHLD);
    master.workers = calloc(server->processes, sizeof(*master.workers));
    if (!master.workers)
        return 1;
    while (!master.draining || master.running > 0) {
        int64_t next_ns;
        int code;
        if (start_due(&master, &next_ns, &code))
            return code;
        int64_t wait_ns = next_ns == TRI_NEVER ? 3600 * TRI_SECOND : next_ns - tri_clock_now();
        if (wait_ns < 0)
            wait_ns = 0;
        struct timespec wait = {wait_ns / TRI_SECOND, wait_ns % TRI_SECOND};
        int signal = sigtimedwait(&signals, NULL, &wait);
        reap(&master);
        if (signal == SIGTERM || signal == SIGINT)
            drain(&master);
        if (signal == SIGHUP) { /* for itself, too: it is what new workers are made of */
            server->reload(server);
            tell_all(&master, SIGHUP);
        }
        if (tri_clock_now() >= master.kill_ns && master.running > 0) {
            tri_log(TRI_LOG_WARN, "workers_killed", " running=%u", master.running);
            tell_all(&master, SIGKILL);
            master.kill_ns = tri_clock_now() + KILL_GRACE_NS;
        }
    }
    free(master.workers);
    return master.exit_code;
}
