/*
 * tally.c - counting, and handing counts over; see tally.h.
 */
#include "loadtest/tally.h"

#include <string.h>

static const struct {
    const char *word, *meaning;
} faults[TRI_FAULT_COUNT] = {
#define X(name, word, meaning) {word, meaning},
    TRI_FAULT_MAP(X)
#undef X
};

const char *tri_fault_word(enum tri_fault fault)
{
    return faults[fault].word;
}

const char *tri_fault_meaning(enum tri_fault fault)
{
    return faults[fault].meaning;
}

void tri_counts_add(struct tri_counts *into, const struct tri_counts *from)
{
    into->sent += from->sent;
    into->responses += from->responses;
    into->late += from->late;
    into->bytes_in += from->bytes_in;
    into->bytes_out += from->bytes_out;
    into->connects += from->connects;
    into->unstamped += from->unstamped;
    into->parsed += from->parsed;
    into->slow_responses += from->slow_responses;
    into->slow_closed += from->slow_closed;
    for (int i = 0; i < 6; i++)
        into->statuses[i] += from->statuses[i];
    for (int i = 0; i < TRI_FAULT_COUNT; i++)
        into->faults[i] += from->faults[i];
}

uint64_t tri_counts_faults(const struct tri_counts *counts)
{
    uint64_t all = 0;
    for (int i = 0; i < TRI_FAULT_COUNT; i++)
        all += counts->faults[i];
    return all;
}

void tri_tally_init(struct tri_tally *tally)
{
    memset(&tally->counts, 0, sizeof(tally->counts));
    tally->until_ns = 0;
    tri_histogram_init(&tally->response);
    tri_histogram_init(&tally->service);
    tri_histogram_init(&tally->first);
    tri_histogram_init(&tally->connect);
    tri_histogram_init(&tally->handshake);
    tri_histogram_init(&tally->pacing);
    tri_histogram_init(&tally->own);
}

void tri_tally_reset(struct tri_tally *tally)
{
    memset(&tally->counts, 0, sizeof(tally->counts));
    tri_histogram_reset(&tally->response);
    tri_histogram_reset(&tally->service);
    tri_histogram_reset(&tally->first);
    tri_histogram_reset(&tally->connect);
    tri_histogram_reset(&tally->handshake);
    tri_histogram_reset(&tally->pacing);
    tri_histogram_reset(&tally->own);
}

void tri_tally_merge(struct tri_tally *into, const struct tri_tally *from)
{
    tri_counts_add(&into->counts, &from->counts);
    tri_histogram_merge(&into->response, &from->response);
    tri_histogram_merge(&into->service, &from->service);
    tri_histogram_merge(&into->first, &from->first);
    tri_histogram_merge(&into->connect, &from->connect);
    tri_histogram_merge(&into->handshake, &from->handshake);
    tri_histogram_merge(&into->pacing, &from->pacing);
    tri_histogram_merge(&into->own, &from->own);
}

/* Fresh shared memory is zero: only what is not zero when empty is written. */
static void init_fresh(struct tri_tally *tally)
{
    struct tri_histogram *all[] = {&tally->response, &tally->service,   &tally->first,
                                   &tally->connect,  &tally->handshake, &tally->pacing,
                                   &tally->own};
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        all[i]->lowest = TRI_HISTOGRAM_SLOTS;
}

void tri_box_init(struct tri_box *box)
{
    init_fresh(&box->tallies[0]);
    init_fresh(&box->tallies[1]);
}

bool tri_box_publish(struct tri_box *box, int64_t until_ns)
{
    uint32_t published = atomic_load_explicit(&box->published, memory_order_relaxed);
    if (atomic_load_explicit(&box->consumed, memory_order_acquire) != published)
        return false;
    box->tallies[published % 2].until_ns = until_ns;
    atomic_store_explicit(&box->published, published + 1, memory_order_release);
    return true;
}

struct tri_tally *tri_box_take(struct tri_box *box)
{
    uint32_t consumed = atomic_load_explicit(&box->consumed, memory_order_relaxed);
    if (atomic_load_explicit(&box->published, memory_order_acquire) == consumed)
        return NULL;
    return &box->tallies[consumed % 2];
}

void tri_box_return(struct tri_box *box)
{
    uint32_t consumed = atomic_load_explicit(&box->consumed, memory_order_relaxed);
    tri_tally_reset(&box->tallies[consumed % 2]);
    atomic_store_explicit(&box->consumed, consumed + 1, memory_order_release);
}
