/*
 * stamps.h - when bytes arrived: the kernel's time stamps, on our monotonic clock.
 *
 * Why: a thread that reads the clock after recv(2) measures its own waking up as well, 60 to 130 us
 * on a virtual machine whose CPU was halted, and would charge the server for it. The kernel stamps
 * each segment when it comes out of the network's driver (SO_TIMESTAMPNS), however late we look.
 * What lies between is our own delay, and is told by itself.
 *
 * A read that takes several segments has the stamp of the last one. Stamps are of the wall clock.
 * Both clocks are slewed alike, so the distance between them is a constant until somebody sets the
 * wall clock: it is looked at before each batch of reads, so that a jump spoils only the stamps of
 * what lay in the sockets meanwhile. Those that cannot be true are not used, and counted.
 *
 * Cannot be had under TLS (OpenSSL does the reading) and on Unix sockets (nothing stamps there).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct tri_plan;

/* Of one thread; zero: none are wanted. */
struct tri_stamps {
    bool are_wanted;
    int64_t ahead_ns; /* the wall clock is by so much ahead of the monotonic one */
};

/* Why times of this plan end at our own clock: a text for people, or NULL: they need not. */
const char *tri_stamps_refusal(const struct tri_plan *plan);

/*
 * Have the kernel stamp what arrives for as long as the descriptor is open. Stamping is switched
 * for the whole machine, by rewriting code, with the first and the last socket that wants it: with
 * this one held, connections that come and go do not switch it, and the first is stamped already.
 *   returns  the descriptor, the caller's; -1: *ret_why says why there will be no stamps
 */
int tri_stamps_open(const struct tri_plan *plan, const char **ret_why);

/* Ask for stamps on a socket; false: it will have none. */
bool tri_stamps_ask(int fd);

/* As recv(2) without flags; *ret_stamp_ns: of the wall clock, 0: there is none. */
ssize_t tri_stamps_receive(int fd, char *into, size_t room, int64_t *ret_stamp_ns);

/* See how far the clocks are apart now, if stamps are wanted. */
void tri_stamps_look(struct tri_stamps *stamps);

/*
 * The stamp on the monotonic clock.
 *   now_ns   when it had been read
 *   returns  never later than now_ns; 0: there is no stamp, or it is of the future
 */
int64_t tri_stamps_arrival(const struct tri_stamps *stamps, int64_t stamp_ns, int64_t now_ns);

/*
 * The same as the end of what began at `sent_ns`.
 *   returns  never before sent_ns; 0: there is no arrival, or it was before that
 */
int64_t tri_stamps_end(int64_t arrived_ns, int64_t sent_ns);
