/*
 * pingpong.h - many pairs of tasks that throw bytes at each other until they have had enough.
 *
 * Nobody has a deadline: a single lost wake-up leaves a pair waiting for ever, and is seen as a
 * game that does not end in time. modes/mn/hook.h delays threads at random where it hurts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pingpong {
    unsigned workers;
    unsigned pairs;
    unsigned rounds;   /* messages that each pair exchanges */
    unsigned leave_of; /* one message in so many blocks away from the processor; 0: none */
    uint32_t seed;
    int64_t limit_ns; /* the game must be over by then */
};

/* Play. False when it did not end or bytes went astray; the reason is on standard error. */
bool pingpong_play(const struct pingpong *game);
