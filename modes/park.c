/*
 * park.c - see park.h.
 */
#include "modes/park.h"

#include <poll.h>
#include <sched.h>

#include "server/base/clock.h"

void tri_park(int fd, struct tri_wish wish, int bell, const sigset_t *mask)
{
    short events = (short)((wish.bits & TRI_WISH_READ ? POLLIN : 0) |
                           (wish.bits & TRI_WISH_WRITE ? POLLOUT : 0));
    struct pollfd watched[] = {{events ? fd : -1, events, 0}, {bell, POLLIN, 0}};
    struct timespec wait, *until = NULL;
    if (wish.bits & TRI_WISH_TURN) {
        sched_yield();
        return;
    }
    if (wish.deadline_ns != TRI_NEVER) {
        int64_t wait_ns = wish.deadline_ns - tri_clock_now();
        if (wait_ns < 0)
            wait_ns = 0;
        wait = (struct timespec){wait_ns / TRI_SECOND, wait_ns % TRI_SECOND};
        until = &wait;
    }
    ppoll(watched, bell < 0 ? 1 : 2, until, mask);
}
