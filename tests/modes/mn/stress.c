/*
 * stress.c - relay.h and pingpong.h as a program, for ThreadSanitizer and for long runs.
 *
 *     stress_mn [rounds]      prints a line for each game; exit code 1 on failure
 */
#include "tests/modes/mn/pingpong.h"
#include "tests/modes/mn/relay.h"

#include "server/base/clock.h"

#include <stdio.h>
#include <stdlib.h>

enum { RELAYS = 20 };

static bool play(unsigned workers, unsigned pairs, unsigned rounds, unsigned leave_of,
                 uint32_t seed)
{
    const struct pingpong game = {
        .workers = workers,
        .pairs = pairs,
        .rounds = rounds,
        .leave_of = leave_of,
        .seed = seed,
        .limit_ns = 60 * TRI_SECOND,
    };
    int64_t began_ns = tri_clock_now();
    bool ok = pingpong_play(&game);
    printf("%u workers, %u pairs, seed %u: %lld ms%s\n", workers, pairs, seed,
           (long long)((tri_clock_now() - began_ns) / TRI_MILLISECOND), ok ? "" : " FAILED");
    return ok;
}

int main(int argc, char *argv[])
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    for (uint32_t seed = 1; seed <= rounds; seed++) {
        for (int i = 0; i < RELAYS; i++)
            if (!relay_run(200, 0, 60 * TRI_SECOND) || !relay_run(200, 200, 60 * TRI_SECOND))
                return 1;
        for (unsigned workers = 1; workers <= 4; workers++)
            if (!play(workers, 100, 20, 64, seed) || !play(workers, 1, 100, 2, seed))
                return 1;
    }
    return 0;
}
