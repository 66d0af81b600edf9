/*
 * stress_clients.c - many threads at one table of clients, for ThreadSanitizer and for long runs.
 *
 *     stress_clients [rounds]      exit code 1, or an assertion, on failure
 *
 * Regulars fit in their table: none may ever have more than its share, and in the end no
 * connection and no request may have been lost or won. Meanwhile a crowd that does not fit comes
 * and goes at a crammed table, where nobody may be turned away.
 */
#include "server/core/clients.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/base/assert.h"
#include "server/base/clock.h"

enum { THREADS = 4, TURNS = 20000, REGULARS = 8, CROWD = 4096, SHARE = 3, BURST = 5000 };

static struct tri_clients *regulars, *crowd;
static atomic_int inside[REGULARS], granted[REGULARS];

static struct tri_ip numbered(unsigned number)
{
    struct tri_ip ip = {{0x20, 0x01, 0x0d, 0xb8, (uint8_t)(number >> 8), (uint8_t)number}};
    return ip;
}

static unsigned draw(unsigned *seed, unsigned below)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % below;
}

static bool enter(unsigned who)
{
    struct tri_ip regular = numbered(who);
    if (!tri_clients_enter(regulars, &regular, 0))
        return false;
    tri_assert(atomic_fetch_add(&inside[who], 1) < SHARE);
    return true;
}

static void leave(unsigned who)
{
    struct tri_ip regular = numbered(who);
    tri_assert(atomic_fetch_sub(&inside[who], 1) > 0);
    tri_clients_leave(regulars, &regular);
}

static void visit(unsigned who, int64_t now_ns)
{
    struct tri_ip visitor = numbered(who);
    uint32_t retry_s;
    tri_assert(tri_clients_enter(crowd, &visitor, now_ns));
    (void)tri_clients_ask(crowd, &visitor, now_ns, &retry_s);
    tri_clients_leave(crowd, &visitor);
}

static void *come_and_go(void *argument)
{
    unsigned seed = *(const unsigned *)argument;
    bool holds[REGULARS] = {false};
    for (int turn = 0; turn < TURNS; turn++) {
        unsigned who = draw(&seed, REGULARS);
        struct tri_ip regular = numbered(who);
        uint32_t retry_s;
        if (holds[who])
            leave(who);
        holds[who] = !holds[who] && enter(who);
        if (tri_clients_ask(regulars, &regular, 0, &retry_s))
            atomic_fetch_add(&granted[who], 1);
        visit(draw(&seed, CROWD), turn * TRI_MILLISECOND);
    }
    for (unsigned who = 0; who < REGULARS; who++)
        if (holds[who])
            leave(who);
    return NULL;
}

static void play(unsigned round)
{
    struct tri_client_limits few = {SHARE, 1, BURST}, many = {THREADS, 100, 2};
    pthread_t threads[THREADS];
    unsigned seeds[THREADS];
    regulars = tri_clients_new(&few, 64);
    crowd = tri_clients_new(&many, 128);
    tri_assert(regulars && crowd);
    for (unsigned i = 0; i < THREADS; i++) {
        seeds[i] = round * THREADS + i;
        tri_assert(pthread_create(&threads[i], NULL, come_and_go, &seeds[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned who = 0; who < REGULARS; who++) {
        tri_assert(atomic_exchange(&inside[who], 0) == 0);
        tri_assert(atomic_exchange(&granted[who], 0) == BURST); /* time stood still for them */
        for (int i = 0; i < SHARE; i++)
            tri_assert(enter(who));
        tri_assert(!enter(who));
        atomic_store(&inside[who], 0);
    }
    tri_clients_free(regulars);
    tri_clients_free(crowd);
}

int main(int argc, char *argv[])
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    for (unsigned round = 1; round <= rounds; round++) {
        int64_t began_ns = tri_clock_now();
        play(round);
        printf("%d threads, %d turns, round %u: %lld ms\n", THREADS, TURNS, round,
               (long long)((tri_clock_now() - began_ns) / TRI_MILLISECOND));
    }
    return 0;
}
