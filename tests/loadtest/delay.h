/*
 * delay.h - delays that are as long as they were meant to be, and what they really were.
 *
 * A delay runs from when a request arrived in the kernel to when its answer left for the network's
 * driver, both by the kernel's time stamps: how long the thread took to wake up, or the send its
 * way through the kernel (7 us, some 50 on a machine whose caches others fill), does not blur it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Have the kernel stamp what arrives at a socket and what leaves it. */
void delay_prepare(int fd);

/* recv(2); *ret_arrived_ns: when the bytes arrived, not when this thread was awake to read them. */
ssize_t delay_receive(int fd, char *into, size_t room, int64_t *ret_arrived_ns);

/* Wait until then, to the microsecond, if there is a CPU. */
void delay_until(int64_t until_ns);

/*
 * How long before its end a delay has to be over for the answer to leave in time: the median of
 * what sends took. Half of the answers leave before the end, by little: for who calibrates by
 * medians.
 */
int64_t delay_lead(void);

/* An answer whose send began at `sending_ns` is out: count the delay since `arrived_ns`. */
void delay_count(int fd, int64_t arrived_ns, int64_t sending_ns);

/* "COUNT P50 P99", in ns, since this was asked last; not while others count. */
void delay_tell(char *text, size_t room);
