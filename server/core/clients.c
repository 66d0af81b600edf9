/*
 * clients.c - the table of clients; see clients.h.
 *
 * A client's hash names its set, 16 places next to each other, and it sits in one of them or
 * nowhere, so every call costs one lock and at most one look at 16 places. Sets are dealt out to
 * the locks in turn. The hash is SipHash-1-3 under a key of the process's own: with a /48 an
 * attacker owns 65,536 households and could fill the set of a chosen victim, but cannot tell which
 * of them sit there. While half of the places are needed, one client in a thousand finds none.
 *
 * A bucket is kept as what it lacks, in billionths of a request: so a zeroed place is a full
 * bucket, a nanosecond pays back `rate` of them, and nothing is ever rounded.
 */
#include "server/core/clients.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "server/base/assert.h"

enum { WAYS = 16, LOCKS = 16 };

#define REQUEST UINT64_C(1000000000) /* billionths of one */

struct place {
    struct tri_ip household; /* not known: the place is free */
    uint64_t lacking;        /* billionths of requests at since_ns, at most those of a burst */
    int64_t since_ns;
    uint32_t open; /* connections */
};

union lock {
    pthread_mutex_t mutex; /* guards the sets whose number is its own, modulo LOCKS */
    char apart[128];       /* no cache line holds two, wherever the table begins */
};

struct tri_clients {
    union lock locks[LOCKS];
    struct tri_client_limits limits;
    uint64_t key[2];
    uint32_t sets;
    struct place *places; /* owned; WAYS for each set */
};

struct tri_clients *tri_clients_new(const struct tri_client_limits *limits, uint32_t places)
{
    tri_assert(limits->rate == 0 || limits->burst > 0);
    struct tri_clients *clients = calloc(1, sizeof(*clients));
    if (!clients)
        return NULL;
    clients->limits = *limits;
    clients->sets = places / WAYS + (places % WAYS > 0 || places == 0);
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_init(&clients->locks[i].mutex, NULL);
    clients->places = calloc(clients->sets, WAYS * sizeof(*clients->places));
    if (!clients->places)
        goto failed;
    while (getrandom(clients->key, sizeof(clients->key), 0) != sizeof(clients->key))
        if (errno != EINTR)
            goto failed;
    return clients;
failed:
    tri_clients_free(clients);
    return NULL;
}

void tri_clients_free(struct tri_clients *clients)
{
    if (!clients)
        return;
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&clients->locks[i].mutex);
    free(clients->places);
    free(clients);
}

static uint64_t rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static void sip_round(uint64_t v[static 4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32) + v[3];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 of the 16 bytes, but for the byte order of a big-endian machine. */
static uint64_t hash(const uint64_t key[static 2], const struct tri_ip *ip)
{
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
                     key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
    uint64_t words[3] = {[2] = UINT64_C(16) << 56};
    memcpy(words, ip->bytes, sizeof(ip->bytes));
    for (int i = 0; i < 3; i++) {
        v[3] ^= words[i];
        sip_round(v);
        v[0] ^= words[i];
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Lock a household's set; returns the first of its places. */
static struct place *lock_set(struct tri_clients *clients, const struct tri_ip *household,
                              pthread_mutex_t **ret_lock)
{
    uint64_t set = (hash(clients->key, household) >> 32) * clients->sets >> 32;
    *ret_lock = &clients->locks[set % LOCKS].mutex;
    pthread_mutex_lock(*ret_lock);
    return clients->places + set * WAYS;
}

/* Which of the places is the household's; WAYS: none. */
static int find(const struct place *set, const struct tri_ip *household)
{
    int at = 0;
    while (at < WAYS && !tri_ip_is_equal(&set[at].household, household))
        at++;
    return at;
}

/* Pay back what the time since the last look is worth. Threads may bring their clocks late. */
static void refill(const struct tri_clients *clients, struct place *place, int64_t now_ns)
{
    if (now_ns <= place->since_ns)
        return;
    uint64_t passed_ns = (uint64_t)now_ns - (uint64_t)place->since_ns;
    uint64_t rate = clients->limits.rate;
    place->since_ns = now_ns;
    if (place->lacking == 0)
        return;
    if (passed_ns > place->lacking / rate)
        place->lacking = 0;
    else
        place->lacking -= passed_ns * rate;
}

/* The household's place, or one that nobody needs any more; NULL: all are needed. */
static struct place *settle(const struct tri_clients *clients, struct place *set,
                            const struct tri_ip *household, int64_t now_ns)
{
    int at = find(set, household);
    if (at < WAYS)
        return &set[at];
    for (at = 0; at < WAYS; at++) {
        refill(clients, &set[at], now_ns);
        if (set[at].open > 0 || set[at].lacking > 0)
            continue;
        set[at] = (struct place){.household = *household, .since_ns = now_ns};
        return &set[at];
    }
    return NULL;
}

bool tri_clients_enter(struct tri_clients *clients, const struct tri_ip *ip, int64_t now_ns)
{
    if (clients->limits.connections == 0 || !tri_ip_is_known(ip))
        return true;
    struct tri_ip household = tri_ip_household(ip);
    pthread_mutex_t *lock;
    struct place *set = lock_set(clients, &household, &lock);
    struct place *place = settle(clients, set, &household, now_ns);
    bool may = !place || place->open < clients->limits.connections;
    if (place && may)
        place->open++;
    pthread_mutex_unlock(lock);
    return may;
}

void tri_clients_leave(struct tri_clients *clients, const struct tri_ip *ip)
{
    if (clients->limits.connections == 0 || !tri_ip_is_known(ip))
        return;
    struct tri_ip household = tri_ip_household(ip);
    pthread_mutex_t *lock;
    struct place *set = lock_set(clients, &household, &lock);
    int at = find(set, &household);
    if (at < WAYS && set[at].open > 0) /* else it came in uncounted */
        set[at].open--;
    pthread_mutex_unlock(lock);
}

bool tri_clients_ask(struct tri_clients *clients, const struct tri_ip *ip, int64_t now_ns,
                     uint32_t *ret_retry_s)
{
    if (clients->limits.rate == 0 || !tri_ip_is_known(ip))
        return true;
    struct tri_ip household = tri_ip_household(ip);
    uint64_t burst = clients->limits.burst * REQUEST;
    pthread_mutex_t *lock;
    struct place *set = lock_set(clients, &household, &lock);
    struct place *place = settle(clients, set, &household, now_ns);
    bool may = true;
    if (place) {
        refill(clients, place, now_ns);
        may = place->lacking + REQUEST <= burst;
        if (may)
            place->lacking += REQUEST;
    }
    pthread_mutex_unlock(lock);
    if (!may)
        *ret_retry_s = 1; /* a second pays back at least one request */
    return may;
}
