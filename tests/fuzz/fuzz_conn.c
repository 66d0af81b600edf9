/*
 * fuzz_conn.c - libFuzzer's way to try to break tri_law_conn: a client, from first byte to last.
 */
#include <stddef.h>
#include <stdint.h>

#include "laws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tri_law_conn((struct tri_slice){(const char *)data, size});
    return 0;
}
