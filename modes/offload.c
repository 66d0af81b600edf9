/*
 * offload.c - a pool of threads for blocking handlers; see offload.h.
 *
 * One mutex guards the queue and the counters; a job costs two lock pairs and a wake-up, which
 * is nothing beside the milliseconds that make a handler "blocking".
 *
 * A thread is started when a job finds none idle, not before: until the first blocking request the
 * process has one thread, for which the kernel's and libc's locks are cheaper.
 */
#include "modes/offload.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "modes/park.h"
#include "server/base/clock.h"
#include "server/base/fd.h"
#include "server/core/conn.h"

#define STACK_BYTES (256 * 1024)

struct worker {
    struct tri_straight straight;
    struct tri_offload *offload;
    pthread_t thread;
    const struct tri_job *job; /* at work on it, or NULL; under lock */
    int bell;                  /* owned eventfd; ends its waiting */
    struct tri_workspace workspace;
    bool has_workspace; /* made when its first handler waits */
};

struct tri_offload {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct tri_link queue;  /* of tri_job.link, under lock */
    unsigned waiting, most; /* jobs in queue, under lock   */
    unsigned busy;          /* threads in a handler, under lock */
    bool closing;           /* under lock */
    struct tri_conn *(*conn_of)(struct tri_job *job);
    void (*done)(struct tri_job *job);
    unsigned started; /* threads, changed by the loop's thread under lock */
    unsigned threads; /* threads at most */
    struct worker workers[];
};

/* The first of a ring, taken out; NULL when empty. */
static struct tri_job *take(struct tri_link *ring)
{
    struct tri_link *first = ring->next;
    if (first == ring)
        return NULL;
    tri_list_remove(first);
    return TRI_CONTAINER(first, struct tri_job, link);
}

/* While a handler waits: step the connection here, on the thread that it has anyway. */
static void pump(struct tri_straight *straight, struct tri_conn *conn)
{
    struct worker *worker = TRI_CONTAINER(straight, struct worker, straight);
    uint64_t rung;
    if (!worker->has_workspace)
        worker->has_workspace = tri_workspace_init(&worker->workspace, &conn->service->limits);
    while (worker->has_workspace) {
        struct tri_wish wish = tri_conn_step(conn, &worker->workspace, tri_clock_now());
        if (wish.bits & (TRI_WISH_RUN | TRI_WISH_CLOSE))
            break;
        tri_park(conn->stream.fd, wish, worker->bell, NULL);
        ssize_t was_rung = read(worker->bell, &rung, sizeof(rung));
        (void)was_rung; /* the next step sees what for */
    }
}

static void *work(void *arg)
{
    struct worker *worker = arg;
    struct tri_offload *offload = worker->offload;
    pthread_mutex_lock(&offload->lock);
    for (;;) {
        while (!offload->closing && tri_list_is_empty(&offload->queue))
            pthread_cond_wait(&offload->work, &offload->lock);
        if (offload->closing)
            break;
        struct tri_job *job = take(&offload->queue);
        offload->waiting--;
        offload->busy++;
        worker->job = job;
        pthread_mutex_unlock(&offload->lock);
        tri_conn_run(offload->conn_of(job), &worker->straight);
        pthread_mutex_lock(&offload->lock);
        worker->job = NULL;
        offload->busy--;
        offload->done(job);
    }
    pthread_mutex_unlock(&offload->lock);
    if (worker->has_workspace)
        tri_workspace_deinit(&worker->workspace);
    return NULL;
}

struct tri_offload *tri_offload_open(unsigned threads, unsigned most,
                                     struct tri_conn *(*conn_of)(struct tri_job *job),
                                     void (*done)(struct tri_job *job))
{
    struct tri_offload *offload = calloc(1, sizeof(*offload) + threads * sizeof(struct worker));
    if (!offload)
        return NULL;
    pthread_mutex_init(&offload->lock, NULL);
    pthread_cond_init(&offload->work, NULL);
    tri_link_init(&offload->queue);
    offload->threads = threads;
    offload->most = most;
    offload->conn_of = conn_of;
    offload->done = done;
    return offload;
}

/* One thread more, unless there are enough. */
static void start_thread(struct tri_offload *offload)
{
    pthread_attr_t attr;
    if (offload->started == offload->threads)
        return;
    struct worker *worker = &offload->workers[offload->started];
    *worker = (struct worker){
        .straight = {pump},
        .offload = offload,
        .bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
    };
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    if (worker->bell >= 0 && pthread_create(&worker->thread, &attr, work, worker) == 0) {
        pthread_mutex_lock(&offload->lock);
        offload->started++;
        pthread_mutex_unlock(&offload->lock);
    } else {
        tri_fd_close(&worker->bell);
    }
    pthread_attr_destroy(&attr);
}

bool tri_offload_submit(struct tri_offload *offload, struct tri_job *job)
{
    pthread_mutex_lock(&offload->lock);
    bool wanting = offload->waiting + offload->busy >= offload->started;
    pthread_mutex_unlock(&offload->lock);
    if (wanting)
        start_thread(offload);
    if (offload->started == 0)
        return false;
    pthread_mutex_lock(&offload->lock);
    bool room = offload->waiting < offload->most;
    if (room) {
        tri_list_add(&offload->queue, &job->link);
        offload->waiting++;
        pthread_cond_signal(&offload->work);
    }
    pthread_mutex_unlock(&offload->lock);
    return room;
}

void tri_offload_wake(struct tri_offload *offload, const struct tri_job *job)
{
    pthread_mutex_lock(&offload->lock);
    for (unsigned i = 0; i < offload->started; i++) {
        const struct worker *worker = &offload->workers[i];
        if (worker->job && (!job || worker->job == job)) {
            ssize_t rung = write(worker->bell, &(uint64_t){1}, sizeof(uint64_t));
            (void)rung; /* it can only fail when it has been rung enough */
        }
    }
    pthread_mutex_unlock(&offload->lock);
}

bool tri_offload_close(struct tri_offload *offload)
{
    pthread_mutex_lock(&offload->lock);
    bool idle = offload->busy == 0;
    offload->closing = true;
    pthread_cond_broadcast(&offload->work);
    pthread_mutex_unlock(&offload->lock);
    for (unsigned i = 0; i < offload->started; i++) {
        if (idle)
            pthread_join(offload->workers[i].thread, NULL);
        else
            pthread_detach(offload->workers[i].thread);
    }
    if (!idle)
        return false;
    for (unsigned i = 0; i < offload->started; i++)
        tri_fd_close(&offload->workers[i].bell);
    pthread_cond_destroy(&offload->work);
    pthread_mutex_destroy(&offload->lock);
    free(offload);
    return true;
}
