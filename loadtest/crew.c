/*
 * crew.c - see crew.h.
 *
 * A child is a fork that knows its number and goes when its parent goes. It ignores the signals
 * that end a run: Ctrl-C is for the whole group, and the parent says stop by `start.stop`, as it
 * does to threads. Whatever was started is waited for, also when the start itself failed half-way.
 */
#include "loadtest/crew.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/error.h"

struct tri_threads {
    uint32_t count, running;    /* made, and started */
    SSL_CTX *tls;               /* owned; NULL: no TLS */
    struct tri_worker *workers; /* owned */
    pthread_t *threads;         /* owned */
};

static void *run_worker(void *context)
{
    tri_worker_run(context);
    return NULL;
}

static void threads_free(struct tri_threads *own)
{
    if (!own)
        return;
    for (uint32_t i = 0; i < own->running; i++)
        pthread_join(own->threads[i], NULL);
    for (uint32_t i = 0; i < own->count; i++)
        tri_worker_deinit(&own->workers[i]);
    SSL_CTX_free(own->tls);
    free(own->workers);
    free(own->threads);
    free(own);
}

/* Start the workers of one process; `first` is the number of the first one. */
static struct tri_threads *threads_start(const struct tri_crew *crew, uint32_t first,
                                         struct tri_error *error)
{
    const struct tri_plan *plan = crew->plan;
    struct tri_shared *shared = crew->shared;
    uint32_t threads = crew->threads;
    struct tri_threads *own = calloc(1, sizeof(*own));
    if (own) {
        own->workers = calloc(threads, sizeof(*own->workers));
        own->threads = calloc(threads, sizeof(*own->threads));
    }
    if (!own || !own->workers || !own->threads) {
        tri_error_os(error, "%u threads", threads);
        goto failed;
    }
    if (plan->target.is_tls && !(own->tls = tri_wire_context(plan, error)))
        goto failed;
    for (; own->count < threads; own->count++) {
        struct tri_worker *worker = &own->workers[own->count];
        if (!tri_worker_init(worker, plan, first + own->count, crew->workers, error))
            goto failed;
        worker->start = &shared->start;
        worker->box = &shared->boxes[first + own->count];
        worker->tls = own->tls;
    }
    for (; own->running < threads; own->running++) {
        errno = pthread_create(&own->threads[own->running], NULL, run_worker,
                               &own->workers[own->running]);
        if (errno) {
            tri_error_os(error, "thread %u", own->running);
            goto failed;
        }
    }
    return own;
failed:
    atomic_store(&shared->start.stop, true); /* those that run already leave */
    threads_free(own);
    return NULL;
}

/* --- processes --- */

_Noreturn static void be_child(struct tri_crew *crew, uint32_t number)
{
    struct tri_error error = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* it goes with us */
    signal(SIGINT, SIG_IGN);          /* Ctrl-C is for the whole group; the parent says stop */
    signal(SIGTERM, SIG_IGN);
    struct tri_threads *own = threads_start(crew, number * crew->threads, &error);
    if (!own)
        snprintf(crew->shared->fault, sizeof(crew->shared->fault), "%.150s", error.text);
    threads_free(own);
    _exit(own ? 0 : 1);
}

bool tri_crew_start(struct tri_crew *crew, struct tri_error *error)
{
    if (crew->processes == 1) {
        crew->own = threads_start(crew, 0, error);
        return crew->own != NULL;
    }
    fflush(NULL);
    for (uint32_t i = 0; i < crew->processes; i++) {
        crew->children[i] = fork();
        if (crew->children[i] == 0)
            be_child(crew, i);
        if (crew->children[i] < 0) {
            crew->children[i] = 0;
            tri_error_os(error, "process %u", i);
            return false;
        }
    }
    return true;
}

bool tri_crew_has_lost(struct tri_crew *crew, struct tri_error *error)
{
    for (uint32_t i = 0; crew->processes > 1 && i < crew->processes; i++) {
        int status;
        if (!crew->children[i] || waitpid(crew->children[i], &status, WNOHANG) <= 0)
            continue;
        crew->children[i] = 0;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            continue;
        tri_error_set(error, "process %u of %u ended early: %s", i + 1, crew->processes,
                      crew->shared->fault[0] ? crew->shared->fault : "killed");
        return true;
    }
    return false;
}

void tri_crew_end(struct tri_crew *crew)
{
    atomic_store(&crew->shared->start.stop, true);
    threads_free(crew->own);
    crew->own = NULL;
    for (uint32_t i = 0; crew->children && i < crew->processes; i++)
        if (crew->children[i])
            waitpid(crew->children[i], NULL, 0);
}

bool tri_crew_init(struct tri_crew *crew, const struct tri_plan *plan, uint32_t processes,
                   uint32_t threads, struct tri_error *error)
{
    *crew = (struct tri_crew){.plan = plan, .processes = processes, .threads = threads};
    crew->workers = processes * threads;
    if (crew->workers > TRI_WORKERS_MAX) {
        tri_error_set(error, "%u processes of %u threads are more than %d", processes, threads,
                      TRI_WORKERS_MAX);
        return false;
    }
    crew->shared_bytes = sizeof(struct tri_shared) + crew->workers * sizeof(struct tri_box);
    crew->shared = mmap(NULL, crew->shared_bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    crew->children = calloc(crew->processes, sizeof(*crew->children));
    if (crew->shared == MAP_FAILED || !crew->children) {
        crew->shared = crew->shared == MAP_FAILED ? NULL : crew->shared;
        tri_error_os(error, "memory for %u workers", crew->workers);
        return false;
    }
    for (uint32_t i = 0; i < crew->workers; i++)
        tri_box_init(&crew->shared->boxes[i]);
    return true;
}

void tri_crew_deinit(struct tri_crew *crew)
{
    if (crew->shared)
        munmap(crew->shared, crew->shared_bytes);
    free(crew->children);
    *crew = (struct tri_crew){0};
}
