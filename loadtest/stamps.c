/*
 * stamps.c - asking for stamps, reading them, and what they mean on our clock; see stamps.h.
 */
#include "loadtest/stamps.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "loadtest/plan.h"
#include "server/base/clock.h"
#include "server/base/fd.h"

#define TIGHT_NS 1000   /* reading both clocks takes less, unless the CPU was lost meanwhile */
#define LOOKS 4         /* at them, until a reading was tight */
#define LITTLE_NS 20000 /* a stamp that is off by less is off by the reading of the clocks */

const char *tri_stamps_refusal(const struct tri_plan *plan)
{
    if (!plan->wants_stamps)
        return "--timestamps=user";
    if (plan->target.is_tls)
        return "TLS: the kernel does not stamp records";
    if (plan->target.endpoint.raw.ss_family == AF_UNIX)
        return "Unix socket: the kernel does not stamp there";
    return NULL;
}

int tri_stamps_open(const struct tri_plan *plan, const char **ret_why)
{
    *ret_why = tri_stamps_refusal(plan);
    if (*ret_why)
        return -1;
    int fd = socket(plan->target.endpoint.raw.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || !tri_stamps_ask(fd)) {
        *ret_why = "the kernel refused SO_TIMESTAMPNS";
        tri_fd_close(&fd);
    }
    return fd;
}

bool tri_stamps_ask(int fd)
{
    int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) == 0;
}

ssize_t tri_stamps_receive(int fd, char *into, size_t room, int64_t *ret_stamp_ns)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(struct timespec))];
    } control; /* the kernel says how much of it it has written: nothing to clear */
    struct iovec part = {into, room};
    struct msghdr message;
    message.msg_name = NULL;
    message.msg_namelen = 0;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof(control.bytes);
    message.msg_flags = 0;
    ssize_t got = recvmsg(fd, &message, 0);
    *ret_stamp_ns = 0;
    if (got <= 0 || message.msg_controllen < CMSG_LEN(sizeof(struct timespec)) ||
        control.head.cmsg_level != SOL_SOCKET || control.head.cmsg_type != SCM_TIMESTAMPNS)
        return got;
    struct timespec stamp;
    memcpy(&stamp, CMSG_DATA(&control.head), sizeof(stamp));
    *ret_stamp_ns = stamp.tv_sec * TRI_SECOND + stamp.tv_nsec;
    return got;
}

static int64_t wall_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * TRI_SECOND + now.tv_nsec;
}

/*
 * A reading says that the distance lies within the time that it took. What was known stays while
 * that is true, so that it is as exact as the tightest reading since the wall clock was last set.
 */
void tri_stamps_look(struct tri_stamps *stamps)
{
    if (!stamps->are_wanted)
        return;
    int64_t before_ns = tri_clock_now();
    for (unsigned i = 0;; i++) {
        int64_t wall_ns = wall_now(), after_ns = tri_clock_now();
        int64_t least_ns = wall_ns - after_ns, most_ns = wall_ns - before_ns;
        bool is_tight = after_ns - before_ns < TIGHT_NS;
        if (stamps->ahead_ns >= least_ns && stamps->ahead_ns <= most_ns)
            return;
        if (is_tight || i == LOOKS) {
            stamps->ahead_ns = least_ns + (most_ns - least_ns) / 2;
            return;
        }
        before_ns = after_ns;
    }
}

int64_t tri_stamps_arrival(const struct tri_stamps *stamps, int64_t stamp_ns, int64_t now_ns)
{
    int64_t arrived_ns = stamp_ns - stamps->ahead_ns;
    if (!stamp_ns || arrived_ns > now_ns + LITTLE_NS)
        return 0;
    return arrived_ns < now_ns ? arrived_ns : now_ns;
}

int64_t tri_stamps_end(int64_t arrived_ns, int64_t sent_ns)
{
    if (!arrived_ns || arrived_ns < sent_ns - LITTLE_NS)
        return 0;
    return arrived_ns > sent_ns ? arrived_ns : sent_ns;
}
