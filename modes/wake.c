/*
 * wake.c - interrupting those who wait; see wake.h.
 */
#include "modes/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "server/core/conn.h"

#define WAKE SIGUSR1
#define NUDGE SIGUSR2

static sigset_t while_parked; /* lets WAKE through */
static atomic_bool *is_draining;
static volatile sig_atomic_t
    serves_one; /* a process for one connection: its parent's word counts */

/* What this thread is about to wait for in recv(2), or -1. */
static _Thread_local volatile sig_atomic_t receiving = -1;

static void on_wake(int signal)
{
    (void)signal;
}

static void on_nudge(int signal)
{
    int code = errno;
    (void)signal;
    if (serves_one)
        atomic_store(is_draining, true);
    if (receiving >= 0)
        fcntl(receiving, F_SETFL, O_NONBLOCK);
    errno = code;
}

/* WAKE stays pending until the ppoll that this may have come just before. */
static void on_term(int signal)
{
    on_nudge(signal);
    raise(WAKE);
}

void tri_wake_init(atomic_bool *draining)
{
    const struct sigaction wake = {.sa_handler = on_wake}, nudge = {.sa_handler = on_nudge};
    sigset_t only_wake;
    is_draining = draining;
    sigaction(WAKE, &wake, NULL);
    sigaction(NUDGE, &nudge, NULL);
    sigemptyset(&only_wake);
    sigaddset(&only_wake, WAKE);
    pthread_sigmask(SIG_BLOCK, &only_wake, &while_parked);
    sigdelset(&while_parked, WAKE);
}

void tri_wake_by_term(void)
{
    const struct sigaction action = {.sa_handler = on_term};
    sigset_t term;
    serves_one = 1;
    sigaction(SIGTERM, &action, NULL);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    pthread_sigmask(SIG_UNBLOCK, &term, NULL);
    sigdelset(&while_parked, SIGTERM);
}

const sigset_t *tri_wake_mask(void)
{
    return &while_parked;
}

/* NUDGE first: whoever finds WAKE pending has seen that a drain has begun. */
void tri_wake_thread(pthread_t id)
{
    pthread_kill(id, NUDGE);
    pthread_kill(id, WAKE);
}

void tri_wake_process(pid_t pid)
{
    kill(pid, NUDGE);
    kill(pid, WAKE);
}

void tri_wake_parked(pthread_t id)
{
    pthread_kill(id, WAKE);
}

ssize_t tri_wake_recv(int fd, char *at, size_t room)
{
    ssize_t n = -1;
    errno = EINTR;
    receiving = fd; /* before the look: whoever sets the flag signals afterwards */
    if (!atomic_load_explicit(is_draining, memory_order_relaxed))
        n = recv(fd, at, room, 0);
    receiving = -1;
    return n;
}

void tri_wake_run(struct tri_conn *conn, struct tri_straight *straight)
{
    sigset_t shielded, before;
    sigemptyset(&shielded);
    sigaddset(&shielded, NUDGE);
    sigaddset(&shielded, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &shielded, &before);
    tri_conn_run(conn, straight);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
