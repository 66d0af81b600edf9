/*
 * worker.h - one thread with one epoll loop, and the connections that are its own.
 *
 * Its phases (opening, measuring, grace) are phases.c's, its connections' doings client*.c's; it
 * waits and calls them.
 *
 * A worker touches its own memory, its box (tally.h) and the few words of struct tri_start.
 */
#pragma once

#include <openssl/ssl.h>
#include <stdatomic.h>

#include "loadtest/agenda.h"
#include "loadtest/plan.h"
#include "loadtest/response.h"
#include "loadtest/schedule.h"
#include "loadtest/stamps.h"
#include "loadtest/tally.h"
#include "loadtest/waking.h"
#include "loadtest/wire.h"
#include "server/base/list.h"

/* In memory that all processes share. */
struct tri_start {
    _Atomic int64_t zero_ns; /* 0 until everybody is ready */
    _Atomic bool stop;       /* end the measuring now */
};

#define TRI_SCRATCH_BYTES 65536

enum tri_client_kind { TRI_CLIENT_ASKS, TRI_CLIENT_IDLES, TRI_CLIENT_DRIPS };

enum tri_client_state {
    TRI_CLIENT_CLOSED,
    TRI_CLIENT_CONNECTING,
    TRI_CLIENT_SHAKING, /* hands, over TLS */
    TRI_CLIENT_OPEN
};

/* A request that was begun on a connection. */
struct tri_pending {
    int64_t intended_ns; /* when the schedule wanted it sent */
    int64_t sent_ns;     /* when its first byte was handed to the kernel; 0: not yet */
    uint32_t request;    /* its number in the plan */
};

struct tri_client {
    struct tri_wire wire;
    enum tri_client_state state;
    enum tri_client_kind kind;
    bool is_settled;        /* its first attempt to connect has come to an end */
    uint32_t number;        /* among all connections of the run: its source address, its ramp */
    uint32_t answered;      /* responses on this connection */
    uint32_t first;         /* place of the oldest request in `ring` */
    uint32_t pending;       /* requests in `ring` */
    uint32_t unwritten;     /* the newest of them, which are not with the kernel as a whole */
    uint32_t written;       /* bytes of the oldest unwritten one that are */
    int64_t first_byte_ns;  /* of the response that is being read; 0: nothing came yet */
    int64_t since_ns;       /* it entered its state, or could take a request again */
    struct tri_link queue;  /* ring of those that can take a request, or wait for their turn to
                               connect */
    struct tri_entry entry; /* what it waits for, if it waits for a time */
    struct tri_reading reading;
    struct tri_pending ring[]; /* plan->pipeline */
};

struct tri_worker {
    const struct tri_plan *plan; /* borrowed, as the following three */
    struct tri_start *start;
    struct tri_box *box;
    SSL_CTX *tls;
    uint32_t index, count; /* which of how many */

    struct tri_tally *tally; /* where to count now; in the box */
    int epoll_fd;            /* owned */
    char *clients;           /* owned: client_count times client_bytes */
    size_t client_bytes;
    uint32_t client_count;
    struct tri_known *known; /* owned: one for each request of the plan */
    char *scratch;           /* owned: what was read last */
    int64_t arrived_ns;      /* when the last of it did; 0: not known */
    struct tri_stamps stamps;
    struct tri_agenda agenda;
    struct tri_link free_ring;  /* open loop: connections that can take a request */
    struct tri_link close_ring; /* connections that wait for their turn to connect */
    uint32_t connecting, connecting_most;
    bool is_connecting_next;
    uint32_t unsettled; /* connections that are neither open nor given up; 0: ready */

    struct tri_schedule schedule;
    int64_t next_ns;          /* the next arrival of the schedule */
    struct tri_waking waking; /* how long before it the waiting ends and the looking begins */
    int64_t timer_ns;         /* for which it waits so; 0: for something else, or it did not wait */
    int64_t awake_ns; /* --spin: until when answers in flight are looked for without waiting */
    uint32_t cycle_at;
    uint64_t quota; /* requests still to be begun */
    uint64_t in_flight;
    uint64_t random;
    uint32_t open;

    int64_t zero_ns, measure_ns, end_ns, tick_ns, sweep_ns; /* absolute; zero_ns 0: not begun */
    bool is_sending;
    bool is_ending; /* in the grace */
    int64_t last_response_ns;
};

static inline struct tri_client *tri_worker_client(const struct tri_worker *worker, uint32_t i)
{
    return (struct tri_client *)(worker->clients + (size_t)i * worker->client_bytes);
}

/* Make a worker and its share of the connections; false, with nothing kept, on failure. */
bool tri_worker_init(struct tri_worker *worker, const struct tri_plan *plan, uint32_t index,
                     uint32_t count, struct tri_error *error);
void tri_worker_deinit(struct tri_worker *worker);

/* Do everything from the first connect to the last publication. */
void tri_worker_run(struct tri_worker *worker);
