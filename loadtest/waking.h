/*
 * waking.h - how long before a send that has its time a thread has to wake up to be there for it.
 *
 * A thread runs again only some time after its timer fired: 50 to 100 us on a quiet virtual
 * machine, 200 and more on one whose host is busy. It wakes up early and looks without waiting
 * until the send is due. How early is learned from how late it was: until 19 of 20 times it is
 * there. Never more than costs a share of a CPU at the rate of the sends; where the least costs
 * more than that: not at all.
 */
#pragma once

#include <stdint.h>

struct tri_waking {
    int64_t early_ns; /* so long before the send; within the following two */
    int64_t least_ns, most_ns;
};

/*
 *   rate       sends a second of this thread
 *   given_ns   by the user: it stays that; -1: learn it
 */
void tri_waking_init(struct tri_waking *waking, double rate, int64_t given_ns);

/* It woke up so long after its timer. */
void tri_waking_learn(struct tri_waking *waking, int64_t late_ns);
