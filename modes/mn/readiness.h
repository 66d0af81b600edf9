/*
 * readiness.h - one atomic word per task: what it waits for, and what has happened meanwhile.
 *
 *     63 ......... 32 | 31 ......................................................... 0
 *     generation      | PARKED  WAIT_OUT WAIT_IN   WAKE  HUP  READY_OUT READY_IN
 *
 * A descriptor is registered edge-triggered once and for all, so each event is told once. A task
 * that decides to wait while the event arrives must not miss it.
 *
 * No wake-up is lost. A task waits in this order:
 *     1. clear    READY_IN, READY_OUT and WAKE are cleared, before the step
 *     2. step     reads and writes; wishes READ or WRITE only when a read or write of this step
 *                 came up short (the contract of core/conn.h)
 *     3. leave    the coroutine switches to the scheduler's stack: its own is complete and may be
 *                 resumed by anyone from now on
 *     4. park     one compare-and-swap sets PARKED and the WAITs, if no wanted bit is set
 * An event before 1 is seen by the step itself, as bytes or room. An event after 1 sets its bit
 * by compare-and-swap on the same word, and all changes of one word have one order: if it comes
 * before 4, 4 finds the bit and does not park; if after, the event finds PARKED and its WAIT,
 * clears both in that same swap and so, alone, owns the duty to queue the task. Hence a task is
 * queued at most once, and never while it runs.
 *
 * HUP is sticky: the peer has ended its side (EPOLLRDHUP), which is told once, perhaps together
 * with the last bytes. From then on waiting to read is never parked: the next step reads on, up
 * to the end. It does not satisfy a wait for room, nor one for time alone, which would spin.
 *
 * Tasks are type-stable: the memory of one that ended serves another, never anything else. An
 * event harvested before the end names the old generation and is dropped.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    TRI_READY_IN = 1,   /* an edge came: there may be bytes to read    */
    TRI_READY_OUT = 2,  /* an edge came: there may be room to write    */
    TRI_READY_HUP = 4,  /* the peer has ended its side; sticky         */
    TRI_READY_WAKE = 8, /* a deadline has passed, or somebody wants it */
    TRI_WAIT_IN = 16,
    TRI_WAIT_OUT = 32,
    TRI_PARKED = 64,
};

struct tri_readiness {
    _Atomic uint64_t word;
};

/* Begin a new generation with nothing set; returns its number. */
uint32_t tri_readiness_renew(struct tri_readiness *readiness);

/* Step 1 above. */
void tri_readiness_clear(struct tri_readiness *readiness);

/*
 * Step 4 above.
 *   waits    TRI_WAIT_IN and TRI_WAIT_OUT, or 0 to wait for WAKE alone
 *   returns  false when what it waits for is there: the caller goes on with the task
 */
bool tri_readiness_park(struct tri_readiness *readiness, uint32_t waits);

/*
 * Something has happened.
 *   generation  whom it concerns; nothing is done when it is over
 *   ready       TRI_READY_ bits
 *   returns     true when this ended the wait: the caller must queue the task
 */
bool tri_readiness_notify(struct tri_readiness *readiness, uint32_t generation, uint32_t ready);

/* TRI_READY_WAKE for whichever generation it is now. */
bool tri_readiness_wake(struct tri_readiness *readiness);
