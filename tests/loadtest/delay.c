/*
 * delay.c - see delay.h.
 */
#include "tests/loadtest/delay.h"

#include <linux/net_tstamp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "server/base/clock.h"

#define SPIN_NS (TRI_MILLISECOND / 2) /* waking up is late by some of this */
#define DELAYS_MOST 100000
#define LEAD_STEP_NS 1000 /* up or down after each send: so it stays about the median */
#define LEAD_MOST_NS (TRI_MILLISECOND / 5)

static int64_t delays[DELAYS_MOST];
static _Atomic unsigned delay_total; /* since somebody asked */
static _Atomic int64_t lead_ns;

void delay_prepare(int fd)
{
    int on = 1, sends = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |
                        SOF_TIMESTAMPING_OPT_TSONLY;
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &sends, sizeof(sends));
}

/* recvmsg(2), and the stamp that came with it on the monotonic clock; 0: none came. */
static ssize_t receive(int fd, char *into, size_t room, int flags, int type, int64_t *ret_stamp_ns)
{
    union {
        struct cmsghdr align;
        char bytes[512];
    } control;
    struct iovec part = {into, room};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t got = recvmsg(fd, &message, flags);
    int64_t now_ns = tri_clock_now();
    struct timespec stamp, wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    *ret_stamp_ns = 0;
    for (struct cmsghdr *at = CMSG_FIRSTHDR(&message); got >= 0 && at;
         at = CMSG_NXTHDR(&message, at))
        if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == type) {
            memcpy(&stamp, CMSG_DATA(at), sizeof(stamp));
            *ret_stamp_ns =
                now_ns - ((wall.tv_sec - stamp.tv_sec) * TRI_SECOND + wall.tv_nsec - stamp.tv_nsec);
        }
    return got;
}

ssize_t delay_receive(int fd, char *into, size_t room, int64_t *ret_arrived_ns)
{
    ssize_t got = receive(fd, into, room, 0, SCM_TIMESTAMPNS, ret_arrived_ns);
    if (*ret_arrived_ns == 0)
        *ret_arrived_ns = tri_clock_now();
    return got;
}

void delay_until(int64_t until_ns)
{
    int64_t nearly_ns = until_ns - SPIN_NS;
    struct timespec nearly = {nearly_ns / TRI_SECOND, nearly_ns % TRI_SECOND};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &nearly, NULL) != 0)
        ;
    while (tri_clock_now() < until_ns)
        ;
}

int64_t delay_lead(void)
{
    return atomic_load(&lead_ns);
}

void delay_count(int fd, int64_t arrived_ns, int64_t sending_ns)
{
    char byte;
    int64_t left_ns, stamp_ns;
    for (left_ns = 0; receive(fd, &byte, 1, MSG_ERRQUEUE | MSG_DONTWAIT, SCM_TIMESTAMPING,
                              &stamp_ns) >= 0;) /* an answer of several sends: the last */
        left_ns = stamp_ns;
    if (left_ns == 0) /* not stamped, or not yet on its way */
        left_ns = sending_ns;
    else if (left_ns - sending_ns > delay_lead() && delay_lead() < LEAD_MOST_NS)
        atomic_fetch_add(&lead_ns, LEAD_STEP_NS);
    else if (left_ns - sending_ns < delay_lead())
        atomic_fetch_sub(&lead_ns, LEAD_STEP_NS);
    unsigned at = atomic_fetch_add(&delay_total, 1);
    if (at < DELAYS_MOST)
        delays[at] = left_ns - arrived_ns;
}

static int compare_delays(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void delay_tell(char *text, size_t room)
{
    unsigned count = atomic_exchange(&delay_total, 0);
    count = count < DELAYS_MOST ? count : DELAYS_MOST;
    qsort(delays, count, sizeof(delays[0]), compare_delays);
    snprintf(text, room, "%u %lld %lld\n", count, count ? (long long)delays[(count - 1) / 2] : 0,
             count ? (long long)delays[(count - 1) * 99 / 100] : 0);
}
