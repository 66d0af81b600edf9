/*
 * phases.c - a worker's opening, measuring and grace, and what its thread cost meanwhile.
 *
 *     opening    connections are made, as many at a time as a backlog takes; then "ready"
 *     measuring  from time zero, which all workers share, until the end
 *     grace      nothing is sent any more; what is in flight may come, up to a time
 *
 * Why a time zero that lies ahead: all workers begin together, with connections that are open, so
 * that neither the connecting nor the order of threads is in the times.
 *
 * Invariant: an arrival that was due before the end is answered, a fault, unfinished or unsent.
 */
#include "loadtest/phases.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "loadtest/client.h"
#include "server/base/clock.h"
#include "server/base/fd.h"

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

void tri_phases_open(struct tri_worker *worker)
{
    const struct tri_plan *plan = worker->plan;
    for (uint32_t i = 0; i < worker->client_count; i++) {
        struct tri_client *client = tri_worker_client(worker, i);
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
        double most = plan->rate > plan->rate_end ? plan->rate : plan->rate_end;
        tri_waking_init(&worker->waking, most / worker->count, plan->spin_ns);
    }
    account(worker, now_ns, -1);
    for (uint32_t i = 0; i < worker->client_count; i++) {
        struct tri_client *client = tri_worker_client(worker, i);
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
        worker->end_ns = now_ns;        /* stopped, or all requests are done */
    if (tri_plan_is_open(worker->plan)) /* due before the end, and it was us who woke up late */
        tri_worker_dispatch(worker, now_ns);
    account(worker, now_ns, 1);
    worker->is_sending = false;
    worker->is_ending = true;
    worker->box->end_ns = worker->last_response_ns;
    if (tri_plan_is_open(worker->plan) && worker->quota)
        worker->box->unsent = count_unsent(worker);
}

void tri_phases_close(struct tri_worker *worker, int64_t now_ns)
{
    for (uint32_t i = 0; i < worker->client_count; i++) {
        const struct tri_client *client = tri_worker_client(worker, i);
        if (client->kind != TRI_CLIENT_ASKS || client->pending == 0)
            continue;
        int64_t waited_ns = now_ns - client->ring[client->first].intended_ns;
        worker->box->unfinished += client->pending;
        if (waited_ns > worker->box->oldest_ns)
            worker->box->oldest_ns = waited_ns;
    }
}

bool tri_phases_pass(struct tri_worker *worker, int64_t now_ns)
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
