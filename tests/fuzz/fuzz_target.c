/*
 * fuzz_target.c - libFuzzer's way to try to break tri_law_target: request targets.
 */
#include <stddef.h>
#include <stdint.h>

#include "laws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tri_law_target((struct tri_slice){(const char *)data, size});
    return 0;
}
