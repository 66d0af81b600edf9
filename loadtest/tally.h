/*
 * tally.h - what a worker counts, and how it hands the counts of one interval to the reporter.
 *
 *     worker:    counts into tallies[published % 2]; at an interval's end, when the other tally
 *                has been taken, publishes this one and goes on in the other
 *     reporter:  merges tallies[consumed % 2], empties it, consumed++
 *
 * Neither waits for the other: with a slow reporter an interval grows longer, nothing is lost.
 * A box lies in memory that processes share; each field says who writes it.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "loadtest/histogram.h"

/* What can become of a request or a connection, other than well. */
#define TRI_FAULT_MAP(X)                                                                           \
    X(CONNECT, "connect", "connection could not be made")                                          \
    X(REFUSED, "refused", "connection refused")                                                    \
    X(TLS, "tls", "TLS handshake or record failed")                                                \
    X(RESET, "reset", "connection reset")                                                          \
    X(CLOSED, "closed", "connection closed before a response began")                               \
    X(TIMEOUT, "timeout", "no complete response (or connection) in time")                          \
    X(STATUS_4XX, "status_4xx", "status 400 to 499")                                               \
    X(STATUS_5XX, "status_5xx", "status 500 to 599")                                               \
    X(INVALID, "invalid", "not an HTTP/1.1 response")                                              \
    X(SHORT_BODY, "short_body", "connection closed within a response")                             \
    X(UNEXPECTED, "unexpected", "not the status, length or body that was asked for")               \
    X(DROPPED, "dropped", "idle connection closed by the server")                                  \
    X(RESOURCES, "resources", "this machine lacked descriptors, ports or memory")

enum tri_fault {
#define X(name, word, meaning) TRI_FAULT_##name,
    TRI_FAULT_MAP(X)
#undef X
        TRI_FAULT_COUNT
};

/* The word of reports, and what it means. */
const char *tri_fault_word(enum tri_fault fault);
const char *tri_fault_meaning(enum tri_fault fault);

/* Plain numbers: they add up. */
struct tri_counts {
    uint64_t sent;                /* requests whose last byte was handed to the kernel */
    uint64_t responses;           /* complete responses, whatever their status */
    uint64_t late;                /* those of them that came after the end, in the grace */
    uint64_t bytes_in, bytes_out; /* of HTTP, before TLS */
    uint64_t connects;            /* connections made */
    uint64_t unstamped;           /* responses whose stamp was wanted and cannot be used */
    uint64_t parsed;              /* responses that llhttp looked at, the others had a known head */
    uint64_t statuses[6];         /* by class; [0] is not used */
    uint64_t slow_responses;      /* of the slow clients; in nothing above but the bytes */
    uint64_t slow_closed;         /* connections of theirs that the server ended first */
    uint64_t faults[TRI_FAULT_COUNT];
};

struct tri_tally {
    int64_t until_ns; /* the end of the interval that was meant */
    struct tri_counts counts;
    struct tri_histogram response; /* from the intended send to the last byte */
    struct tri_histogram service;  /* from the real send to the last byte */
    struct tri_histogram first;    /* from the real send to the first byte */
    struct tri_histogram connect;
    struct tri_histogram handshake;
    struct tri_histogram pacing; /* open loop: how late this program sent, by its own fault */
    struct tri_histogram own;    /* from the last byte's arrival until it was read; see stamps.h */
};

struct tri_box {
    _Atomic uint32_t published; /* worker */
    _Atomic uint32_t consumed;  /* reporter */
    _Atomic bool ready;         /* worker: all its connections are open, or given up */
    _Atomic bool done;          /* worker: everything has been published */
    _Atomic uint32_t in_flight; /* worker: requests sent and not yet answered */
    _Atomic uint32_t open;      /* worker: connections */
    _Atomic uint64_t live_responses, live_faults; /* worker: for the display, since time zero */
    /* worker, written before done: */
    uint64_t unfinished;     /* in flight at the end */
    int64_t oldest_ns;       /* and how long the oldest of them had waited */
    uint64_t unsent;         /* scheduled and due, but never sent */
    int64_t cpu_ns, user_ns; /* of this thread while it measured */
    int64_t run_delay_ns;    /* spent runnable without a CPU; -1: not known */
    int64_t wall_ns;         /* what it measured */
    int64_t end_ns;          /* when its last response came, for runs that end by a count */
    uint64_t switches;       /* involuntary context switches */
    char first_fault[160];   /* what the system said, the first time it said something */
    struct tri_tally tallies[2];
};

/* Make both tallies empty. */
void tri_box_init(struct tri_box *box);

/* Worker: hand over what was counted; false when the reporter still has the other tally. */
bool tri_box_publish(struct tri_box *box, int64_t until_ns);

/* Worker: where to count now. */
static inline struct tri_tally *tri_box_tally(struct tri_box *box)
{
    return &box->tallies[atomic_load_explicit(&box->published, memory_order_relaxed) % 2];
}

/* Reporter: the tally that waits to be taken, or NULL; then give it back, emptied. */
struct tri_tally *tri_box_take(struct tri_box *box);
void tri_box_return(struct tri_box *box);

void tri_counts_add(struct tri_counts *into, const struct tri_counts *from);
uint64_t tri_counts_faults(const struct tri_counts *counts);
void tri_tally_init(struct tri_tally *tally);
void tri_tally_reset(struct tri_tally *tally);
void tri_tally_merge(struct tri_tally *into, const struct tri_tally *from);
