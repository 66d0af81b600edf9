/*
 * relay.c - see relay.h. A teller first makes something available (bytes, room), then says so;
 * the waiter goes by the four steps of modes/mn/readiness.h. A semaphore stands for the queue.
 */
#include "tests/modes/mn/relay.h"

#include "modes/mn/hook.h"
#include "modes/mn/readiness.h"
#include "server/base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct supply { /* of bytes to read, or of room to write */
    struct relay *relay;
    unsigned events;
    uint32_t ready;      /* what the teller says                    */
    atomic_uint at_hand; /* made and not yet used: 0 or 1           */
};

struct relay {
    struct tri_readiness readiness;
    uint32_t generation;
    struct supply bytes, room;
    atomic_bool ended;    /* no more bytes will come */
    atomic_bool given_up; /* tellers: leave */
    sem_t queue;          /* its value: how often the waiter is queued */
};

static void tell(struct relay *relay, uint32_t ready)
{
    if (tri_readiness_notify(&relay->readiness, relay->generation, ready))
        sem_post(&relay->queue);
}

static void *supply_all(void *arg)
{
    struct supply *supply = arg;
    struct relay *relay = supply->relay;
    for (unsigned i = 0; i < supply->events; i++) {
        atomic_store_explicit(&supply->at_hand, 1, memory_order_relaxed);
        tell(relay, supply->ready);
        while (atomic_load_explicit(&supply->at_hand, memory_order_relaxed) > 0) {
            if (atomic_load(&relay->given_up))
                return NULL;
            sched_yield();
        }
        tri_hook();
    }
    if (supply == &relay->bytes) {
        atomic_store_explicit(&relay->ended, true, memory_order_relaxed);
        tell(relay, TRI_READY_HUP);
    }
    return NULL;
}

/* `until` is in real time: semaphores know no other. */
static bool await_queue(sem_t *queue, const struct timespec *until)
{
    int failed;
    while ((failed = sem_timedwait(queue, until)) != 0 && errno == EINTR)
        continue;
    return failed == 0;
}

static bool use_all(struct relay *relay, const struct timespec *until)
{
    unsigned room = 0;
    for (;;) {
        tri_readiness_clear(&relay->readiness);
        bool ended = atomic_load_explicit(&relay->ended, memory_order_relaxed);
        atomic_exchange_explicit(&relay->bytes.at_hand, 0, memory_order_relaxed);
        room += atomic_exchange_explicit(&relay->room.at_hand, 0, memory_order_relaxed);
        uint32_t waits = (ended ? 0 : (uint32_t)TRI_WAIT_IN) |
                         (room == relay->room.events ? 0 : (uint32_t)TRI_WAIT_OUT);
        if (waits == 0)
            return true;
        tri_hook();
        if (tri_readiness_park(&relay->readiness, waits) && !await_queue(&relay->queue, until)) {
            fprintf(stderr, "relay: stuck, word %llx\n",
                    (unsigned long long)atomic_load(&relay->readiness.word));
            return false;
        }
    }
}

bool relay_run(unsigned bytes, unsigned room, int64_t limit_ns)
{
    struct relay relay = {
        .bytes = {.relay = &relay, .events = bytes, .ready = TRI_READY_IN},
        .room = {.relay = &relay, .events = room, .ready = TRI_READY_OUT},
    };
    pthread_t tellers[2];
    struct timespec until;
    int queued = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += limit_ns / TRI_SECOND;
    relay.generation = tri_readiness_renew(&relay.readiness);
    sem_init(&relay.queue, 0, 0);
    if (pthread_create(&tellers[0], NULL, supply_all, &relay.bytes) != 0)
        return false;
    if (pthread_create(&tellers[1], NULL, supply_all, &relay.room) != 0)
        abort(); /* the first teller is using this stack */
    bool ok = use_all(&relay, &until);
    atomic_store(&relay.given_up, true);
    pthread_join(tellers[0], NULL);
    pthread_join(tellers[1], NULL);
    sem_getvalue(&relay.queue, &queued);
    if (queued != 0)
        fprintf(stderr, "relay: queued %d times more than parked\n", queued);
    sem_destroy(&relay.queue);
    return ok && queued == 0;
}
