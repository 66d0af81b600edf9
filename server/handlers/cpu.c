/*
 * cpu.c - a calculation that keeps a CPU busy for as long as asked.
 *
 *     curl 'http://127.0.0.1:8080/cpu?ms=250'
 *
 * The time is the thread's own CPU time: beside other calculations it takes longer, but the work
 * is the same, which is what makes runs comparable. The sum is replied so that no compiler can
 * leave the work out.
 */
#include <time.h>

#include "server/base/clock.h"
#include "server/handlers/handlers.h"

#define ROUNDS 4096 /* between two looks at the clock, about 10 us */

/* A handler never changes threads while it runs, so this clock is one and the same throughout. */
static int64_t spent_ns(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return spent.tv_sec * TRI_SECOND + spent.tv_nsec;
}

static struct tri_next cpu(struct tri_exchange *x)
{
    int64_t ms;
    if (!tri_query_number(x, "ms", 0, 60000, 100, &ms))
        return tri_next_done();
    int64_t until_ns = spent_ns() + ms * TRI_MILLISECOND;
    uint32_t sum = 2463534242; /* Marsaglia's xorshift32 */
    do {
        for (int i = 0; i < ROUNDS; i++) {
            sum ^= sum << 13;
            sum ^= sum >> 17;
            sum ^= sum << 5;
        }
    } while (spent_ns() < until_ns);
    return tri_reply_printf(x, TRI_STATUS_OK, "computed for %lld ms: %08x\n", (long long)ms, sum);
}

const struct tri_handler tri_handler_cpu = {
    .name = "cpu",
    .handle = cpu,
    .flags = TRI_CPU,
    .methods = TRI_METHOD_GET,
    .summary = "computes for ms milliseconds of CPU time",
};
