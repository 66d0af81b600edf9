/*
 * readiness.c - the transitions of the word; the argument for them is in readiness.h.
 */
#include "modes/mn/readiness.h"

#include "modes/mn/hook.h"

#define GENERATION_ONE (UINT64_C(1) << 32)

_Static_assert((int)TRI_WAIT_IN == TRI_READY_IN << 4 && (int)TRI_WAIT_OUT == TRI_READY_OUT << 4,
               "is_over() shifts one onto the other");

/* Whether a wait for `waits` ends, given the bits of `word`. */
static bool is_over(uint64_t word, uint32_t waits)
{
    uint32_t ready = (uint32_t)word & (TRI_READY_IN | TRI_READY_OUT);
    if (word & TRI_READY_HUP)
        ready |= TRI_READY_IN;
    return (word & TRI_READY_WAKE) || (ready << 4 & waits);
}

uint32_t tri_readiness_renew(struct tri_readiness *readiness)
{
    uint64_t old = atomic_load(&readiness->word);
    uint64_t renewed;
    do
        renewed = (old & ~(GENERATION_ONE - 1)) + GENERATION_ONE;
    while (!atomic_compare_exchange_weak(&readiness->word, &old, renewed));
    return (uint32_t)(renewed >> 32);
}

void tri_readiness_clear(struct tri_readiness *readiness)
{
    atomic_fetch_and(&readiness->word, ~(uint64_t)(TRI_READY_IN | TRI_READY_OUT | TRI_READY_WAKE));
}

bool tri_readiness_park(struct tri_readiness *readiness, uint32_t waits)
{
    uint64_t old = atomic_load(&readiness->word);
    do {
        tri_hook();
        if (is_over(old, waits))
            return false;
    } while (
        !atomic_compare_exchange_weak(&readiness->word, &old, old | waits | (uint64_t)TRI_PARKED));
    tri_hook();
    return true;
}

static bool notify(struct tri_readiness *readiness, uint64_t old, uint32_t ready)
{
    uint64_t generation = old >> 32, word;
    bool ends;
    do {
        tri_hook();
        if (old >> 32 != generation)
            return false;
        word = old | ready;
        ends = (old & TRI_PARKED) && is_over(word, (uint32_t)old & (TRI_WAIT_IN | TRI_WAIT_OUT));
        if (ends)
            word &= ~(uint64_t)(TRI_PARKED | TRI_WAIT_IN | TRI_WAIT_OUT);
    } while (!atomic_compare_exchange_weak(&readiness->word, &old, word));
    return ends;
}

bool tri_readiness_notify(struct tri_readiness *readiness, uint32_t generation, uint32_t ready)
{
    uint64_t old = atomic_load(&readiness->word);
    return old >> 32 == generation && notify(readiness, old, ready);
}

bool tri_readiness_wake(struct tri_readiness *readiness)
{
    return notify(readiness, atomic_load(&readiness->word), TRI_READY_WAKE);
}
