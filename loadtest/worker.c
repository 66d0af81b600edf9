/*
 * worker.c - one epoll loop: waits for answers and for the next send, whichever is first.
 *
 * Descriptors are registered once, edge-triggered, for reading and writing. The wait has the
 * precision of epoll_pwait2 (nanoseconds) and the thread a timer slack of 1 ns. Even so a thread is
 * running again only 50 to 200 us after its timer fired, and in an open loop that would be in every
 * response time. So it wakes up early (waking.h) and looks at its descriptors without waiting until
 * the send is due: never before. What lateness is left is measured (pacing). With --spin it also
 * goes on looking for that long after each event while an answer is out, so that a CPU of its own
 * can be spent on seeing answers when they come.
 */
#include "loadtest/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "loadtest/client.h"
#include "loadtest/phases.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/fd.h"

#define EVENTS 128
#define CONNECTING_MOST 256                 /* of all workers together */
#define WAIT_MOST_NS (20 * TRI_MILLISECOND) /* so that a stop is soon seen */

/* The share of `all` that a worker has, and the number of its first one. */
static uint64_t share(uint64_t all, uint32_t index, uint32_t count, uint64_t *first)
{
    uint64_t least = all / count, more = all % count;
    *first = least * index + (index < more ? index : more);
    return least + (index < more);
}

static void init_clients(struct tri_worker *worker, enum tri_client_kind kind, uint32_t from,
                         uint32_t count, uint64_t first)
{
    for (uint32_t i = 0; i < count; i++) {
        struct tri_client *client = tri_worker_client(worker, from + i);
        client->wire.fd = -1;
        client->kind = kind;
        client->number = (uint32_t)(first + i);
        tri_link_init(&client->queue);
    }
}

bool tri_worker_init(struct tri_worker *worker, const struct tri_plan *plan, uint32_t index,
                     uint32_t count, struct tri_error *error)
{
    uint64_t first_asks, first_idles, first_drips, first_quota;
    uint32_t asks = (uint32_t)share(plan->connections, index, count, &first_asks);
    uint32_t idles = (uint32_t)share(plan->idle, index, count, &first_idles);
    uint32_t drips = (uint32_t)share(plan->slow, index, count, &first_drips);
    *worker = (struct tri_worker){.plan = plan, .index = index, .count = count, .epoll_fd = -1};
    worker->client_count = asks + idles + drips;
    worker->client_bytes = sizeof(struct tri_client) + plan->pipeline * sizeof(struct tri_pending);
    worker->client_bytes = (worker->client_bytes + 63) / 64 * 64;
    worker->connecting_most = CONNECTING_MOST / count ? CONNECTING_MOST / count : 1;
    worker->quota = plan->requests ? share(plan->requests, index, count, &first_quota) : UINT64_MAX;
    worker->cycle_at = (uint32_t)(index * (uint64_t)plan->cycle_length / count);
    worker->stamps.are_wanted = !tri_stamps_refusal(plan);
    worker->random = tri_random_seed(plan->seed, index + TRI_WORKERS_MAX);
    tri_link_init(&worker->free_ring);
    tri_link_init(&worker->close_ring);
    worker->clients = calloc(worker->client_count ? worker->client_count : 1, worker->client_bytes);
    worker->known = calloc(plan->request_count, sizeof(*worker->known));
    worker->scratch = malloc(TRI_SCRATCH_BYTES);
    worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (!worker->clients || !worker->known || !worker->scratch || worker->epoll_fd < 0 ||
        !tri_agenda_init(&worker->agenda, worker->client_count)) {
        tri_error_os(error, "worker %u with %u connections", index, worker->client_count);
        tri_worker_deinit(worker);
        return false;
    }
    init_clients(worker, TRI_CLIENT_ASKS, 0, asks, first_asks);
    init_clients(worker, TRI_CLIENT_IDLES, asks, idles, plan->connections + first_idles);
    init_clients(worker, TRI_CLIENT_DRIPS, asks + idles, drips,
                 (uint64_t)plan->connections + plan->idle + first_drips);
    return true;
}

void tri_worker_deinit(struct tri_worker *worker)
{
    for (uint32_t i = 0; worker->clients && i < worker->client_count; i++)
        tri_wire_close(&tri_worker_client(worker, i)->wire);
    tri_fd_close(&worker->epoll_fd);
    tri_agenda_deinit(&worker->agenda);
    free(worker->clients);
    free(worker->known);
    free(worker->scratch);
    worker->clients = worker->scratch = NULL;
    worker->known = NULL;
}

/* --- the loop --- */

static void show(struct tri_worker *worker)
{
    atomic_store_explicit(&worker->box->in_flight, (uint32_t)worker->in_flight,
                          memory_order_relaxed);
    atomic_store_explicit(&worker->box->open, worker->open, memory_order_relaxed);
    atomic_store_explicit(&worker->box->live_responses, worker->tally->counts.responses,
                          memory_order_relaxed);
}

/* Hand over an interval that is over. */
static void tick(struct tri_worker *worker, int64_t now_ns)
{
    if (now_ns < worker->tick_ns)
        return;
    if (tri_box_publish(worker->box, worker->tick_ns))
        worker->tally = tri_box_tally(worker->box);
    while (worker->tick_ns <= now_ns)
        worker->tick_ns += worker->plan->interval_ns;
}

/* Look through all connections for some that wait too long: a few times in each timeout. */
static void sweep(struct tri_worker *worker, int64_t now_ns)
{
    if (now_ns < worker->sweep_ns)
        return;
    int64_t every_ns = worker->plan->timeout_ns / 20;
    if (every_ns > 250 * TRI_MILLISECOND)
        every_ns = 250 * TRI_MILLISECOND;
    worker->sweep_ns = now_ns + (every_ns > TRI_MILLISECOND ? every_ns : TRI_MILLISECOND);
    for (uint32_t i = 0; i < worker->client_count; i++)
        tri_client_check(worker, tri_worker_client(worker, i), now_ns);
}

/* Until when there is nothing to do unless a descriptor says so; past: look, and do not wait. */
static int64_t next_time(const struct tri_worker *worker, int64_t now_ns)
{
    int64_t until_ns = now_ns + WAIT_MOST_NS;
    int64_t times[] = {tri_agenda_next(&worker->agenda), worker->sweep_ns,
                       worker->zero_ns && !worker->is_ending ? worker->tick_ns : TRI_NEVER,
                       worker->zero_ns ? worker->end_ns : TRI_NEVER,
                       worker->is_sending && worker->quota && !tri_list_is_empty(&worker->free_ring)
                           ? worker->next_ns - worker->waking.early_ns
                           : TRI_NEVER};
    for (unsigned i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        if (times[i] < until_ns && !(worker->is_ending && times[i] == worker->end_ns))
            until_ns = times[i];
    return until_ns;
}

static void wait_and_serve(struct tri_worker *worker, int64_t now_ns)
{
    struct epoll_event events[EVENTS];
    int64_t until_ns = next_time(worker, now_ns), wait_ns = until_ns - now_ns;
    if (wait_ns < 0 || (worker->in_flight && now_ns < worker->awake_ns))
        wait_ns = 0;
    struct timespec wait = {wait_ns / TRI_SECOND, wait_ns % TRI_SECOND};
    int count = epoll_pwait2(worker->epoll_fd, events, EVENTS, &wait, NULL);
    if (count < 0 && errno == ENOSYS) /* before Linux 5.11: milliseconds, and pacing shows it */
        count = epoll_wait(worker->epoll_fd, events, EVENTS,
                           (int)((wait_ns + TRI_MILLISECOND - 1) / TRI_MILLISECOND));
    if (count > 0 && worker->plan->spin_ns > 0)
        worker->awake_ns = now_ns + worker->plan->spin_ns;
    bool was_for_send = until_ns == worker->next_ns - worker->waking.early_ns;
    worker->timer_ns = was_for_send && wait_ns > 0 && count == 0 ? until_ns : 0;
    if (count > 0)
        tri_stamps_look(&worker->stamps);
    for (int i = 0; i < count; i++)
        tri_client_event(worker, events[i].data.ptr, events[i].events);
}

static void publish_rest(struct tri_worker *worker)
{
    int64_t patience_ns = tri_clock_now() + 5 * TRI_SECOND; /* with a reporter that is stuck */
    int64_t until_ns = worker->zero_ns ? worker->end_ns : 1;
    while (!tri_box_publish(worker->box, until_ns) && tri_clock_now() < patience_ns)
        usleep(500);
}

void tri_worker_run(struct tri_worker *worker)
{
    prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
    worker->tally = tri_box_tally(worker->box);
    tri_phases_open(worker);
    for (;;) {
        int64_t now_ns = tri_clock_now();
        struct tri_entry *due;
        if (worker->timer_ns)
            tri_waking_learn(&worker->waking, now_ns - worker->timer_ns);
        if (!tri_phases_pass(worker, now_ns))
            break;
        if (worker->zero_ns && !worker->is_ending)
            tick(worker, now_ns);
        sweep(worker, now_ns);
        for (unsigned turns = 0; turns < EVENTS && (due = tri_agenda_take(&worker->agenda, now_ns));
             turns++)
            tri_client_due(worker, TRI_CONTAINER(due, struct tri_client, entry), now_ns);
        if (worker->next_ns <= now_ns)
            tri_worker_dispatch(worker, now_ns);
        show(worker);
        wait_and_serve(worker, now_ns);
    }
    tri_phases_close(worker, tri_clock_now());
    publish_rest(worker);
    atomic_store_explicit(&worker->box->done, true, memory_order_release);
}
