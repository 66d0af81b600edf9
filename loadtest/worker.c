/*
 * worker.c - one epoll loop: waits for answers and for the next send, whichever is first.
 *
 * Descriptors are registered once, edge-triggered, for reading and writing. The wait has the
 * precision of epoll_pwait2 (nanoseconds) and the thread a timer slack of 1 ns, so that a send is
 * late by the time it takes to wake up and not by a tick; by how much is measured (pacing).
 */
#include "loadtest/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loadtest/client.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/fd.h"

#define EVENTS 128
#define CONNECTING_MOST 256                 /* of all workers together */
#define WAIT_MOST_NS (20 * TRI_MILLISECOND) /* so that a stop is soon seen */

static struct tri_client *client_at(const struct tri_worker *worker, uint32_t i)
{
    return (struct tri_client *)(worker->clients + (size_t)i * worker->client_bytes);
}

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
        struct tri_client *client = client_at(worker, from + i);
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
        tri_wire_close(&client_at(worker, i)->wire);
    tri_fd_close(&worker->epoll_fd);
    tri_agenda_deinit(&worker->agenda);
    free(worker->clients);
    free(worker->known);
    free(worker->scratch);
    worker->clients = worker->scratch = NULL;
    worker->known = NULL;
}

/* --- what the thread itself costs --- */

static int64_t thread_cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * TRI_SECOND + now.tv_nsec;
}

/* How long this thread was ready to run and had no CPU; -1 when the kernel does not say. */
static int64_t run_delay_ns(void)
{
    char text[96];
    int64_t delay_ns = -1;
    int fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t got = read(fd, text, sizeof(text) - 1);
    tri_fd_close(&fd);
    if (got <= 0)
        return -1;
    text[got] = '\0';
    return sscanf(text, "%*d %" SCNd64, &delay_ns) == 1 ? delay_ns : -1;
}

/* Begin (sign -1) or end (sign 1) the account of the measured time. */
static void account(struct tri_worker *worker, int64_t now_ns, int64_t sign)
{
    struct tri_box *box = worker->box;
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    int64_t delay_ns = run_delay_ns();
    box->wall_ns += sign * now_ns;
    box->cpu_ns += sign * thread_cpu_ns();
    box->run_delay_ns = delay_ns < 0 ? -1 : box->run_delay_ns + sign * delay_ns;
    box->switches += (uint64_t)(sign * usage.ru_nivcsw);
}

/* --- the phases --- */

/* Queue all connections for opening; with --close they are opened request by request. */
static void begin_opening(struct tri_worker *worker)
{
    const struct tri_plan *plan = worker->plan;
    for (uint32_t i = 0; i < worker->client_count; i++) {
        struct tri_client *client = client_at(worker, i);
        bool is_later = client->kind == TRI_CLIENT_ASKS && (plan->close || plan->ramp_ns);
        client->is_settled = is_later;
        if (is_later)
            continue;
        worker->unsettled++;
        tri_list_add(&worker->close_ring, &client->queue);
    }
    tri_client_open_next(worker, tri_clock_now());
}

static void begin_measuring(struct tri_worker *worker, int64_t zero_ns, int64_t now_ns)
{
    const struct tri_plan *plan = worker->plan;
    struct tri_schedule_plan schedule = {
        plan->rate, plan->rate_end, plan->warmup_ns + plan->duration_ns, plan->poisson, plan->seed};
    worker->zero_ns = zero_ns;
    worker->measure_ns = zero_ns + plan->warmup_ns;
    worker->end_ns = plan->duration_ns ? worker->measure_ns + plan->duration_ns : TRI_NEVER;
    worker->tick_ns = worker->measure_ns;
    if (!plan->warmup_ns) { /* what was counted while connections were opened is apart */
        if (tri_box_publish(worker->box, worker->measure_ns))
            worker->tally = tri_box_tally(worker->box);
        worker->tick_ns += plan->interval_ns;
    }
    worker->is_sending = true;
    worker->next_ns = TRI_NEVER;
    if (tri_plan_is_open(plan)) {
        tri_schedule_init(&worker->schedule, &schedule, worker->index, worker->count);
        worker->next_ns = zero_ns + tri_schedule_next(&worker->schedule);
    }
    account(worker, now_ns, -1);
    for (uint32_t i = 0; i < worker->client_count; i++) {
        struct tri_client *client = client_at(worker, i);
        if (client->kind == TRI_CLIENT_ASKS && plan->ramp_ns)
            tri_agenda_set(
                &worker->agenda, &client->entry,
                zero_ns + (int64_t)((double)plan->ramp_ns * client->number / plan->connections));
        else if (client->state == TRI_CLIENT_OPEN || plan->close)
            tri_client_start(worker, client, tri_clock_now());
    }
}

/* Arrivals that were due before the end and found no connection. */
static uint64_t count_unsent(struct tri_worker *worker)
{
    uint64_t unsent = 0;
    while (worker->next_ns < worker->end_ns) {
        unsent++;
        worker->next_ns = worker->zero_ns + tri_schedule_next(&worker->schedule);
    }
    return unsent;
}

static void begin_ending(struct tri_worker *worker, int64_t now_ns)
{
    if (now_ns < worker->end_ns)
        worker->end_ns = now_ns; /* stopped, or all requests are done */
    account(worker, now_ns, 1);
    worker->is_sending = false;
    worker->is_ending = true;
    worker->box->end_ns = worker->last_response_ns;
    if (tri_plan_is_open(worker->plan) && worker->quota)
        worker->box->unsent = count_unsent(worker);
}

static void count_unfinished(struct tri_worker *worker, int64_t now_ns)
{
    for (uint32_t i = 0; i < worker->client_count; i++) {
        const struct tri_client *client = client_at(worker, i);
        if (client->kind != TRI_CLIENT_ASKS || client->pending == 0)
            continue;
        int64_t waited_ns = now_ns - client->ring[client->first].intended_ns;
        worker->box->unfinished += client->pending;
        if (waited_ns > worker->box->oldest_ns)
            worker->box->oldest_ns = waited_ns;
    }
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
        tri_client_check(worker, client_at(worker, i), now_ns);
}

/* Until when there is nothing to do unless a descriptor says so. */
static int64_t next_time(const struct tri_worker *worker, int64_t now_ns)
{
    int64_t until_ns = now_ns + WAIT_MOST_NS;
    int64_t times[] = {tri_agenda_next(&worker->agenda), worker->sweep_ns,
                       worker->zero_ns && !worker->is_ending ? worker->tick_ns : TRI_NEVER,
                       worker->zero_ns ? worker->end_ns : TRI_NEVER,
                       worker->is_sending && worker->quota && !tri_list_is_empty(&worker->free_ring)
                           ? worker->next_ns
                           : TRI_NEVER};
    for (unsigned i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        if (times[i] < until_ns && !(worker->is_ending && times[i] == worker->end_ns))
            until_ns = times[i];
    return until_ns;
}

static void wait_and_serve(struct tri_worker *worker, int64_t now_ns)
{
    struct epoll_event events[EVENTS];
    int64_t wait_ns = next_time(worker, now_ns) - now_ns;
    if (wait_ns < 0)
        wait_ns = 0;
    struct timespec wait = {wait_ns / TRI_SECOND, wait_ns % TRI_SECOND};
    int count = epoll_pwait2(worker->epoll_fd, events, EVENTS, &wait, NULL);
    if (count < 0 && errno == ENOSYS) /* before Linux 5.11: milliseconds, and pacing shows it */
        count = epoll_wait(worker->epoll_fd, events, EVENTS,
                           (int)((wait_ns + TRI_MILLISECOND - 1) / TRI_MILLISECOND));
    for (int i = 0; i < count; i++)
        tri_client_event(worker, events[i].data.ptr, events[i].events);
}

/* Time zero, the end, and what comes between; false when everything is over. */
static bool pass_phases(struct tri_worker *worker, int64_t now_ns)
{
    bool is_stopped = atomic_load_explicit(&worker->start->stop, memory_order_relaxed);
    if (worker->zero_ns == 0) {
        int64_t zero_ns = atomic_load_explicit(&worker->start->zero_ns, memory_order_acquire);
        if (is_stopped)
            return false;
        if (worker->unsettled == 0)
            atomic_store_explicit(&worker->box->ready, true, memory_order_release);
        if (zero_ns && now_ns >= zero_ns)
            begin_measuring(worker, zero_ns, now_ns);
        return true;
    }
    bool is_done = worker->quota == 0 && worker->in_flight == 0;
    if (!worker->is_ending && (is_stopped || is_done || now_ns >= worker->end_ns))
        begin_ending(worker, now_ns);
    if (!worker->is_ending)
        return true;
    return worker->in_flight && now_ns < worker->end_ns + worker->plan->grace_ns && !is_stopped;
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
    begin_opening(worker);
    for (;;) {
        int64_t now_ns = tri_clock_now();
        struct tri_entry *due;
        if (!pass_phases(worker, now_ns))
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
    count_unfinished(worker, tri_clock_now());
    publish_rest(worker);
    atomic_store_explicit(&worker->box->done, true, memory_order_release);
}
