/*
 * engine.c - starts workers, gives them time zero, gathers what they counted.
 *
 *     crew starts -> all connected, or given up -> time zero -> [warm-up] -> measuring -> the end
 *                                                    |  20 times a second: gather, look, tell  |
 *
 * Why apart from the workers: this thread sends nothing, so whatever reporting costs is not in the
 * times. Time zero is one number that everybody gets, a moment before it comes.
 */
#include "loadtest/engine.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loadtest/audit.h"
#include "loadtest/crew.h"
#include "loadtest/merge.h"
#include "loadtest/stamps.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/fd.h"

#define LOOK_NS (50 * TRI_MILLISECOND)
#define OPENING_LOOK_NS (2 * TRI_MILLISECOND) /* how long opening took is told */
#define HEAD_START_NS (5 * TRI_MILLISECOND)   /* for all workers to see time zero before it comes */
#define DESCRIPTORS_KEPT 64                   /* for what is not a connection */
#define INTERRUPTED 130
#define ENOUGH UINT64_MAX /* samples of the server */

struct engine {
    const struct tri_plan *plan;
    const struct tri_watch *watch;
    const struct tri_observer *observer;
    struct tri_result *result;
    struct tri_crew crew;
    struct tri_merge merge;
    int64_t zero_ns, measure_ns;
    double in_flight_sum;
    uint64_t next_sample; /* number of the next interval whose end is sampled */
    struct tri_audit_clocks clocks;
    int stamps_fd; /* owned; -1: no time stamps */
};

unsigned tri_engine_processes(const struct tri_plan *plan, unsigned descriptors)
{
    unsigned all = plan->connections + plan->idle + plan->slow;
    unsigned each = descriptors > 2 * DESCRIPTORS_KEPT ? descriptors - DESCRIPTORS_KEPT : 1;
    unsigned wanted = (all + each - 1) / each;
    return wanted ? wanted : 1;
}

/* --- looking --- */

static bool all_boxes(const struct engine *engine, bool is_done)
{
    for (uint32_t i = 0; i < engine->crew.workers; i++) {
        const struct tri_box *box = &engine->crew.shared->boxes[i];
        if (!atomic_load_explicit(is_done ? &box->done : &box->ready, memory_order_acquire))
            return false;
    }
    return true;
}

static void gather(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->crew.workers; i++) {
        struct tri_box *box = &engine->crew.shared->boxes[i];
        struct tri_tally *tally;
        while ((tally = tri_box_take(box))) {
            tri_merge_add(&engine->merge, i, tally, tally->until_ns - engine->measure_ns);
            tri_box_return(box);
        }
    }
}

static void look(struct engine *engine, int64_t now_ns)
{
    struct tri_result *result = engine->result;
    const struct tri_plan *plan = engine->plan;
    struct tri_progress progress = {
        .elapsed_ns = engine->zero_ns ? now_ns - engine->zero_ns : 0,
        .whole_ns = plan->duration_ns ? plan->warmup_ns + plan->duration_ns : 0,
        .is_opening = engine->zero_ns == 0 || now_ns < engine->zero_ns,
        .is_warming = now_ns < engine->measure_ns,
        .wanted = plan->connections + plan->idle + plan->slow,
        .result = result,
    };
    for (uint32_t i = 0; i < engine->crew.workers; i++) {
        const struct tri_box *box = &engine->crew.shared->boxes[i];
        progress.open += atomic_load_explicit(&box->open, memory_order_relaxed);
        progress.in_flight += atomic_load_explicit(&box->in_flight, memory_order_relaxed);
    }
    engine->merge.connections = progress.open;
    if (progress.open > result->open_most)
        result->open_most = progress.open;
    bool is_within = plan->duration_ns == 0 || now_ns < engine->measure_ns + plan->duration_ns;
    if (!progress.is_opening && !progress.is_warming && is_within) {
        engine->in_flight_sum += progress.in_flight;
        result->looks++;
    }
    if (engine->observer && engine->observer->progress)
        engine->observer->progress(engine->observer->context, &progress);
}

/* Sample the server at the begin of the measuring and at each end of an interval; `finally`: now.
 */
static void watch_server(struct engine *engine, int64_t now_ns, bool finally)
{
    struct tri_result *result = engine->result;
    struct tri_watch_sample sample;
    const struct tri_plan *plan = engine->plan;
    if (!engine->watch || !engine->zero_ns || engine->next_sample == ENOUGH)
        return;
    int64_t due_ns = engine->measure_ns + (int64_t)engine->next_sample * plan->interval_ns;
    int64_t end_ns = engine->measure_ns + plan->duration_ns;
    bool is_end = finally || (plan->duration_ns && due_ns >= end_ns);
    if (is_end && !finally)
        due_ns = end_ns;
    bool is_first = engine->next_sample == 0;
    if (now_ns < due_ns && !finally)
        return;
    if (!tri_watch_sample(engine->watch, &sample, is_first || is_end))
        return;
    if (is_first)
        result->server_first = sample;
    result->server_last = sample;
    tri_watch_peak(&result->server_peak, &sample);
    result->has_server = true;
    engine->merge.sample = sample;
    engine->merge.has_sample = true;
    engine->next_sample =
        is_end ? ENOUGH : (uint64_t)((now_ns - engine->measure_ns) / plan->interval_ns) + 1;
}

/* --- a run --- */

static void set_zero(struct engine *engine, int64_t now_ns)
{
    struct timespec wall;
    engine->result->opening_ns = now_ns - engine->clocks.monotonic_ns;
    engine->zero_ns = now_ns + HEAD_START_NS;
    engine->measure_ns = engine->zero_ns + engine->plan->warmup_ns;
    clock_gettime(CLOCK_REALTIME, &wall);
    engine->result->began_unix_ns = wall.tv_sec * TRI_SECOND + wall.tv_nsec;
    atomic_store_explicit(&engine->crew.shared->start.zero_ns, engine->zero_ns,
                          memory_order_release);
}

/* Everybody has tried: is there anybody to measure? */
static bool can_begin(struct engine *engine, struct tri_error *error)
{
    const struct tri_plan *plan = engine->plan;
    if (plan->close || plan->ramp_ns || engine->merge.connections > 0)
        return true;
    const char *why = "";
    for (uint32_t i = 0; i < engine->crew.workers && !*why; i++)
        why = engine->crew.shared->boxes[i].first_fault;
    tri_error_set(error, "%s: no connection could be made (%s)", plan->target.text,
                  *why                  ? why
                  : plan->target.is_tls ? "is that TLS?"
                                        : "no answer in time");
    return false;
}

/* Wait a moment; true when a signal wants the end. */
static bool is_interrupted(int64_t wait_ns)
{
    sigset_t ending;
    struct timespec wait = {0, wait_ns};
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    return sigtimedwait(&ending, NULL, &wait) > 0;
}

static bool conduct(struct engine *engine, struct tri_error *error)
{
    int64_t patience_ns = tri_clock_now() + engine->plan->timeout_ns + 60 * TRI_SECOND;
    while (!all_boxes(engine, true)) {
        if (is_interrupted(engine->zero_ns ? LOOK_NS : OPENING_LOOK_NS)) {
            if (engine->result->was_interrupted || engine->zero_ns == 0)
                _exit(INTERRUPTED);
            engine->result->was_interrupted = true;
            atomic_store(&engine->crew.shared->start.stop, true);
        }
        int64_t now_ns = tri_clock_now();
        look(engine, now_ns);
        watch_server(engine, now_ns, false);
        if (tri_crew_has_lost(&engine->crew, error))
            return false;
        if (engine->zero_ns == 0) {
            if (!all_boxes(engine, false) && now_ns < patience_ns)
                continue;
            if (!can_begin(engine, error))
                return false;
            set_zero(engine, now_ns);
        }
        gather(engine);
        tri_merge_close(&engine->merge, false, engine->observer);
    }
    watch_server(engine, tri_clock_now(), true);
    gather(engine);
    tri_merge_close(&engine->merge, true, engine->observer);
    return true;
}

static void conclude(struct engine *engine)
{
    struct tri_result *result = engine->result;
    int64_t end_ns = 0;
    for (uint32_t i = 0; i < engine->crew.workers; i++) {
        const struct tri_box *box = &engine->crew.shared->boxes[i];
        result->unfinished += box->unfinished;
        result->unsent += box->unsent;
        if (box->oldest_ns > result->oldest_ns)
            result->oldest_ns = box->oldest_ns;
        result->costs[i] =
            (struct tri_worker_cost){box->wall_ns, box->cpu_ns, box->run_delay_ns, box->switches};
        if (box->end_ns > end_ns)
            end_ns = box->end_ns;
        if (!result->first_fault[0])
            memcpy(result->first_fault, box->first_fault, sizeof(result->first_fault));
    }
    for (uint32_t i = 0; i < engine->crew.workers; i++)
        if (engine->merge.passed_ns[i] > result->measured_ns)
            result->measured_ns = engine->merge.passed_ns[i];
    if (engine->plan->requests && end_ns > engine->measure_ns && !result->unfinished &&
        end_ns - engine->measure_ns < result->measured_ns)
        result->measured_ns = end_ns - engine->measure_ns;
    if (result->looks)
        result->concurrency = engine->in_flight_sum / result->looks;
    if (engine->watch)
        result->server_cpus_shared = tri_watch_shared_cpus(engine->watch);
    tri_audit_clocks_end(&engine->clocks, result);
    tri_audit(engine->plan, result);
}

static bool prepare(struct engine *engine, struct tri_error *error)
{
    const struct tri_plan *plan = engine->plan;
    unsigned descriptors = tri_fd_raise_limit();
    unsigned wanted = tri_engine_processes(plan, descriptors);
    struct tri_result *result = engine->result;
    if (!plan->processes && wanted > 1)
        tri_result_note(result, "%u processes: one may open %u descriptors only", wanted,
                        descriptors);
    else if (plan->processes && plan->processes < wanted)
        tri_result_note(result, "%u connections need %u processes (one may open %u descriptors)",
                        plan->connections + plan->idle + plan->slow, wanted, descriptors);
    result->processes = plan->processes ? plan->processes : wanted;
    result->threads = plan->threads;
    result->is_open_loop = tri_plan_is_open(plan);
    engine->stamps_fd = tri_stamps_open(plan, &result->why_unstamped);
    if (!tri_crew_init(&engine->crew, plan, result->processes, result->threads, error))
        return false;
    if (!tri_merge_init(&engine->merge, plan, engine->crew.workers, result)) {
        tri_error_os(error, "memory for intervals");
        return false;
    }
    return true;
}

struct tri_result *tri_engine_run(const struct tri_plan *plan, const struct tri_watch *watch,
                                  const struct tri_observer *observer, struct tri_error *error)
{
    struct engine engine = {.plan = plan, .watch = watch, .observer = observer, .stamps_fd = -1};
    sigset_t ending, before;
    bool ok = false;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ending, &before);
    engine.result = tri_result_new();
    if (!engine.result) {
        tri_error_os(error, "memory for a result");
        goto done;
    }
    tri_audit_clocks_begin(&engine.clocks);
    if (!prepare(&engine, error))
        goto done;
    ok = tri_crew_start(&engine.crew, error) && conduct(&engine, error);
    tri_crew_end(&engine.crew);
    if (ok)
        conclude(&engine);
done:
    tri_crew_deinit(&engine.crew);
    tri_merge_deinit(&engine.merge);
    tri_fd_close(&engine.stamps_fd);
    if (!ok) {
        tri_result_free(engine.result);
        engine.result = NULL;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return engine.result;
}
