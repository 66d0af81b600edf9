/*
 * fuzz_hello.c - libFuzzer's way to try to break tri_law_hello: the first bytes of a client.
 */
#include <stddef.h>
#include <stdint.h>

#include "laws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tri_law_hello((struct tri_slice){(const char *)data, size});
    return 0;
}
