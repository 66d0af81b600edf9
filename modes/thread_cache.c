/*
 * thread_cache.c - a kernel thread for each connection, kept for the next when it is done.
 *
 * Why a cache: a new thread for every connection costs a quarter more CPU than one that waits for
 * its next. The thread that became idle last is used first, since its stack is warm; one that
 * nobody wants for ten seconds ends. A cache that keeps nothing is the other kind, `fresh`.
 *
 * Invariant: a thread is in `all` from before it serves until it no longer touches the cache, so
 * whoever holds the lock may signal each thread found there. `idle` holds those without work.
 *
 * A connection is handed over by a futex, outside of the lock. With a condition variable, which
 * wakes a thread into the lock that its waker holds, a connection cost 4.6 calls of futex(2); now
 * two.
 *
 * A thread neither allocates nor frees on its way to serving: the C library would give each that
 * does a cache of its own, some 700 resident bytes.
 */
#include "modes/spawn.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "modes/wake.h"
#include "server/base/clock.h"
#include "server/base/list.h"

#define KEEP_NS (10 * TRI_SECOND) /* how long a thread waits for its next connection */

struct thread_cache {
    struct tri_spawner spawner;
    struct tri_spawn_plan plan;
    pthread_attr_t attr;
    pthread_mutex_t lock;
    struct tri_link all;  /* of thread.all, under lock */
    struct tri_link idle; /* of thread.idle, latest first, under lock */
    struct start *spare;  /* owned, under lock */
    unsigned count;       /* threads alive or being started, under lock */
    bool keeps;           /* threads that have nothing to do; false from the drain on, under lock */
};

struct start { /* what a new thread is told */
    struct thread_cache *cache;
    struct tri_visitor visitor;
    struct start *next_spare;
};

enum { NOTHING, VISITOR, END };

struct thread { /* lives on its own stack */
    struct thread_cache *cache;
    pthread_t id;
    struct tri_link all, idle;
    _Atomic int handed; /* a futex: one of the above; changed under lock */
    struct tri_visitor visitor;
};

static struct thread_cache *of(struct tri_spawner *spawner)
{
    return TRI_CONTAINER(spawner, struct thread_cache, spawner);
}

/* --- a thread's side --- */

/* Sleep while nothing is handed, until a time. */
static int await_handed(struct thread *self, int64_t until_ns)
{
    struct timespec until = {until_ns / TRI_SECOND, until_ns % TRI_SECOND};
    int handed;
    while ((handed = atomic_load(&self->handed)) == NOTHING && tri_clock_now() < until_ns)
        syscall(SYS_futex, &self->handed, FUTEX_WAIT_BITSET_PRIVATE, NOTHING, &until, NULL,
                FUTEX_BITSET_MATCH_ANY);
    return handed;
}

/* Whether another connection has come, in time. */
static bool has_next(struct thread_cache *cache, struct thread *self)
{
    pthread_mutex_lock(&cache->lock);
    atomic_store(&self->handed, cache->keeps ? NOTHING : END);
    if (cache->keeps)
        tri_list_add(cache->idle.next, &self->idle); /* before the first */
    pthread_mutex_unlock(&cache->lock);
    int handed = await_handed(self, tri_clock_now() + KEEP_NS);
    if (handed != NOTHING)
        return handed == VISITOR;
    pthread_mutex_lock(&cache->lock); /* too late, unless it comes this moment */
    handed = atomic_load(&self->handed);
    tri_list_remove(&self->idle);
    pthread_mutex_unlock(&cache->lock);
    return handed == VISITOR;
}

static void *run(void *arg)
{
    struct start *start = arg;
    struct thread_cache *cache = start->cache;
    struct thread self = {.cache = cache, .id = pthread_self(), .visitor = start->visitor};
    tri_link_init(&self.idle);
    tri_link_init(&self.all);

    pthread_mutex_lock(&cache->lock);
    start->next_spare = cache->spare;
    cache->spare = start;
    tri_list_add(&cache->all, &self.all);
    pthread_mutex_unlock(&cache->lock);
    do {
        cache->plan.serve(cache->plan.context, &self.visitor);
        atomic_fetch_sub_explicit(&cache->spawner.serving, 1, memory_order_release);
    } while (has_next(cache, &self));
    pthread_mutex_lock(&cache->lock);
    tri_list_remove(&self.idle);
    tri_list_remove(&self.all);
    cache->count--;
    pthread_mutex_unlock(&cache->lock);
    return NULL;
}

/* --- the accepting thread's side --- */

/* Hand it to the thread that became idle last, lock held; NULL: none is idle. */
static struct thread *hand_over(struct thread_cache *cache, const struct tri_visitor *visitor)
{
    if (tri_list_is_empty(&cache->idle))
        return NULL;
    struct thread *thread = TRI_CONTAINER(cache->idle.next, struct thread, idle);
    tri_list_remove(&thread->idle);
    thread->visitor = *visitor;
    atomic_store(&thread->handed, VISITOR);
    return thread;
}

/*
 * Not under the lock, which the thread would only run into. It may have seen what was handed by
 * itself, and be gone: a futex that nobody waits for may be any address.
 */
static void rouse(struct thread *thread)
{
    syscall(SYS_futex, &thread->handed, FUTEX_WAKE_PRIVATE, 1);
}

/* Lock held; NULL when out of memory. */
static struct start *take_start(struct thread_cache *cache)
{
    struct start *start = cache->spare;
    if (start)
        cache->spare = start->next_spare;
    else
        start = malloc(sizeof(*start));
    return start;
}

static bool start_thread(struct thread_cache *cache, struct start *start)
{
    pthread_t id;
    if (pthread_create(&id, &cache->attr, run, start) == 0)
        return true;
    free(start);
    return false;
}

static bool serve(struct tri_spawner *spawner, const struct tri_visitor *visitor)
{
    struct thread_cache *cache = of(spawner);
    atomic_fetch_add_explicit(&spawner->serving, 1, memory_order_relaxed);
    pthread_mutex_lock(&cache->lock);
    struct thread *thread = hand_over(cache, visitor);
    struct start *start = thread ? NULL : take_start(cache);
    unsigned started = start != NULL;
    cache->count += started;
    pthread_mutex_unlock(&cache->lock);
    if (thread) {
        rouse(thread);
        return true;
    }
    if (start) {
        *start = (struct start){.cache = cache, .visitor = *visitor};
        if (start_thread(cache, start))
            return true;
    }
    pthread_mutex_lock(&cache->lock);
    cache->count -= started;
    pthread_mutex_unlock(&cache->lock);
    atomic_fetch_sub_explicit(&spawner->serving, 1, memory_order_relaxed);
    return false;
}

static void tend(struct tri_spawner *spawner)
{
    (void)spawner; /* a thread that has ended leaves nothing behind */
}

static void wake(struct tri_spawner *spawner)
{
    struct thread_cache *cache = of(spawner);
    pthread_mutex_lock(&cache->lock);
    cache->keeps = false; /* nobody falls idle from now on */
    for (struct tri_link *at = cache->all.next; at != &cache->all; at = at->next) {
        struct thread *thread = TRI_CONTAINER(at, struct thread, all);
        int nothing = NOTHING;
        tri_wake_thread(thread->id);
        if (atomic_compare_exchange_strong(&thread->handed, &nothing, END))
            rouse(thread);
    }
    pthread_mutex_unlock(&cache->lock);
}

static unsigned count(struct tri_spawner *spawner)
{
    struct thread_cache *cache = of(spawner);
    pthread_mutex_lock(&cache->lock);
    unsigned count = cache->count;
    pthread_mutex_unlock(&cache->lock);
    return count;
}

static bool close_cache(struct tri_spawner *spawner)
{
    struct thread_cache *cache = of(spawner);
    if (count(spawner) > 0)
        return false;
    for (struct start *start; (start = cache->spare);) {
        cache->spare = start->next_spare;
        free(start);
    }
    pthread_attr_destroy(&cache->attr);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
    return true;
}

struct tri_spawner *tri_thread_cache_open(const struct tri_spawn_plan *plan, bool keeps)
{
    static const struct tri_spawn_verbs verbs = {serve, tend, wake, count, close_cache};
    struct thread_cache *cache = calloc(1, sizeof(*cache));
    size_t least = (size_t)PTHREAD_STACK_MIN, wanted = plan->server->stack_bytes;
    if (!cache)
        return NULL;
    cache->spawner.verbs = &verbs;
    cache->plan = *plan;
    cache->keeps = keeps;
    tri_link_init(&cache->all);
    tri_link_init(&cache->idle);
    pthread_mutex_init(&cache->lock, NULL);
    pthread_attr_init(&cache->attr);
    pthread_attr_setdetachstate(&cache->attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&cache->attr, wanted > least ? wanted : least);
    return &cache->spawner;
}
