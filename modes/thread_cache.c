/*
 * thread_cache.c - kernel threads that are kept for the next connection; see thread_cache.h.
 *
 * Invariant: a thread is in `all` from before it serves until it no longer touches the cache, so
 * whoever holds the lock may signal each thread found there. `idle` holds those without work.
 */
#include "modes/thread_cache.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

#include "server/base/clock.h"
#include "server/base/list.h"

#define KEEP_NS (10 * TRI_SECOND) /* how long a thread waits for its next connection */
#define WAKE SIGUSR1

struct tri_thread_cache {
    void (*serve)(void *context, int fd);
    void *context;         /* borrowed */
    sigset_t while_parked; /* lets WAKE through */
    pthread_attr_t attr;
    pthread_mutex_t lock;
    struct tri_link all;  /* of thread.all, under lock */
    struct tri_link idle; /* of thread.idle, latest first, under lock */
    unsigned count;       /* threads alive or being started, under lock */
    bool ending;          /* under lock */
};

struct thread { /* lives on its own stack */
    struct tri_thread_cache *cache;
    pthread_t id;
    struct tri_link all, idle;
    pthread_cond_t handed; /* work was handed to this idle thread */
    int fd;                /* it, or -1; under lock */
};

/* Wait for another connection, lock held; -1 when none came in time. */
static int next_fd(struct tri_thread_cache *cache, struct thread *self)
{
    int64_t until_ns = tri_clock_now() + KEEP_NS;
    struct timespec until = {until_ns / TRI_SECOND, until_ns % TRI_SECOND};
    int failed = 0;
    self->fd = -1;
    tri_list_add(cache->idle.next, &self->idle); /* before the first */
    while (self->fd < 0 && failed == 0 && !cache->ending)
        failed = pthread_cond_clockwait(&self->handed, &cache->lock, CLOCK_MONOTONIC, &until);
    tri_list_remove(&self->idle);
    return self->fd;
}

static void *run(void *arg)
{
    struct thread *started = arg;
    struct thread self = *started;
    struct tri_thread_cache *cache = self.cache;
    free(started);

    pthread_mutex_lock(&cache->lock);
    self.id = pthread_self();
    pthread_cond_init(&self.handed, NULL);
    tri_link_init(&self.idle);
    tri_link_init(&self.all);
    tri_list_add(&cache->all, &self.all);
    do {
        int fd = self.fd;
        pthread_mutex_unlock(&cache->lock);
        cache->serve(cache->context, fd);
        pthread_mutex_lock(&cache->lock);
    } while (next_fd(cache, &self) >= 0);
    tri_list_remove(&self.all);
    pthread_cond_destroy(&self.handed);
    cache->count--;
    pthread_mutex_unlock(&cache->lock);
    return NULL;
}

static void on_wake(int signal)
{
    (void)signal; /* being interrupted is all the message there is */
}

struct tri_thread_cache *tri_thread_cache_open(void (*serve)(void *context, int fd), void *context,
                                               uint32_t stack_bytes)
{
    const struct sigaction wake = {.sa_handler = on_wake};
    struct tri_thread_cache *cache = calloc(1, sizeof(*cache));
    size_t least = (size_t)PTHREAD_STACK_MIN;
    sigset_t only_wake;
    if (!cache)
        return NULL;
    cache->serve = serve;
    cache->context = context;
    tri_link_init(&cache->all);
    tri_link_init(&cache->idle);
    sigaction(WAKE, &wake, NULL);
    sigemptyset(&only_wake);
    sigaddset(&only_wake, WAKE);
    pthread_sigmask(SIG_BLOCK, &only_wake, &cache->while_parked);
    sigdelset(&cache->while_parked, WAKE);
    pthread_mutex_init(&cache->lock, NULL);
    pthread_attr_init(&cache->attr);
    pthread_attr_setdetachstate(&cache->attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&cache->attr, stack_bytes > least ? stack_bytes : least);
    return cache;
}

const sigset_t *tri_thread_cache_mask(const struct tri_thread_cache *cache)
{
    return &cache->while_parked;
}

/* Hand `fd` to the thread that became idle last, lock held. False: none is idle. */
static bool hand_over(struct tri_thread_cache *cache, int fd)
{
    if (tri_list_is_empty(&cache->idle))
        return false;
    struct thread *thread = TRI_CONTAINER(cache->idle.next, struct thread, idle);
    tri_list_remove(&thread->idle);
    thread->fd = fd;
    pthread_cond_signal(&thread->handed);
    return true;
}

bool tri_thread_cache_serve(struct tri_thread_cache *cache, int fd)
{
    pthread_t id;
    pthread_mutex_lock(&cache->lock);
    bool handed = hand_over(cache, fd);
    cache->count += !handed;
    pthread_mutex_unlock(&cache->lock);
    if (handed)
        return true;
    struct thread *thread = malloc(sizeof(*thread)); /* freed by the thread itself */
    if (thread) {
        *thread = (struct thread){.cache = cache, .fd = fd};
        if (pthread_create(&id, &cache->attr, run, thread) == 0)
            return true;
        free(thread);
    }
    pthread_mutex_lock(&cache->lock);
    cache->count--;
    pthread_mutex_unlock(&cache->lock);
    return false;
}

void tri_thread_cache_wake(struct tri_thread_cache *cache)
{
    pthread_mutex_lock(&cache->lock);
    cache->ending = true;
    for (struct tri_link *at = cache->all.next; at != &cache->all; at = at->next) {
        struct thread *thread = TRI_CONTAINER(at, struct thread, all);
        pthread_kill(thread->id, WAKE);
        pthread_cond_signal(&thread->handed);
    }
    pthread_mutex_unlock(&cache->lock);
}

void tri_thread_cache_wake_one(pthread_t thread)
{
    pthread_kill(thread, WAKE);
}

unsigned tri_thread_cache_count(struct tri_thread_cache *cache)
{
    pthread_mutex_lock(&cache->lock);
    unsigned count = cache->count;
    pthread_mutex_unlock(&cache->lock);
    return count;
}

void tri_thread_cache_free(struct tri_thread_cache *cache)
{
    pthread_attr_destroy(&cache->attr);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}
