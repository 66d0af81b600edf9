/*
 * wake.h - two signals that make a waiting thread, or a process for one connection, look up.
 *
 * Being interrupted is all the message there is; what has happened stands in memory. The difficulty
 * is the moment between the last look at that memory and the wait, in which an interruption would
 * be lost. Two waits, two answers:
 *
 *   ppoll(2)  WAKE is blocked everywhere but in ppoll, which opens the mask and sleeps in one: one
 *             that comes too early stays pending until then.
 *   recv(2)   has no mask of its own, and two calls of sigprocmask(2) would cost more than it
 * saves. So NUDGE is always open, and its handler makes the socket that this thread is about to
 * wait for non-blocking: a recv that had begun is interrupted, one that had not finds that it must
 * not sleep. Nothing is lost, so nothing is sent twice.
 *
 * Whoever is woken gets both. Blocking handlers are shielded, so that they never see EINTR.
 */
#pragma once

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/types.h>

struct tri_conn;
struct tri_straight;

/*
 * Install the handlers, once in a process, before its threads.
 *   draining  borrowed; tri_wake_process() sets it there, tri_wake_recv() looks at it
 */
void tri_wake_init(atomic_bool *draining);

/* In a process that serves one connection: SIGTERM is as good as NUDGE. */
void tri_wake_by_term(void);

/* The signal mask to ppoll with. */
const sigset_t *tri_wake_mask(void);

/* Wake a thread, or a process, that waits or is about to. */
void tri_wake_thread(pthread_t id);
void tri_wake_process(pid_t pid);

/* End the ppoll that a thread is in, or its next one; not for news of a drain. */
void tri_wake_parked(pthread_t id);

/*
 * recv(2) from a blocking socket, unless a drain has begun.
 *   returns  as recv; -1 with EINTR or EAGAIN when it was woken, or when SO_RCVTIMEO has passed
 */
ssize_t tri_wake_recv(int fd, char *at, size_t room);

/* tri_conn_run(), shielded from both signals. */
void tri_wake_run(struct tri_conn *conn, struct tri_straight *straight);
