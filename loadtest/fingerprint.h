/*
 * fingerprint.h - on what machine, with what software, something was measured.
 */
#pragma once

#include <stdint.h>

struct tri_fingerprint {
    char version[32], compiler[64], tls[64], parser[32];
    char kernel[192], machine[32], cpu[96], governor[32];
    unsigned cpus, cpus_usable;
    uint64_t memory_bytes;
};

void tri_fingerprint_take(struct tri_fingerprint *fingerprint);
