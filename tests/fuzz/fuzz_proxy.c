/*
 * fuzz_proxy.c - libFuzzer's way to try to break tri_law_proxy: the start of a proxied connection.
 */
#include <stddef.h>
#include <stdint.h>

#include "laws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tri_law_proxy((struct tri_slice){(const char *)data, size});
    return 0;
}
