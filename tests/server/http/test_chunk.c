/*
 * test_chunk.c - chunk lines by themselves; test_parser.c has them in messages.
 */
#include "server/http/chunk.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_chunk, .timeout = 5);

Test(http_chunk, size_and_extensions_are_told_apart) /* RFC 9112 7.1 */
{
    struct tri_chunk_line chunk;
    struct tri_refusal refusal;
    cr_assert(tri_chunk_parse(&chunk, TRI_SLICE("1aF;a=\"x;\\\"\";b"), &refusal));
    cr_assert(eq(u64, chunk.size, 0x1af));
    cr_assert(eq(sz, chunk.extension_bytes, 11));
    cr_assert(tri_chunk_parse(&chunk, TRI_SLICE("ffffffffffffffff"), &refusal));
    cr_assert(eq(u64, chunk.size, UINT64_MAX));
    cr_assert(eq(sz, chunk.extension_bytes, 0));
}

Test(http_chunk, sixteen_digits_are_the_most)
{
    struct tri_chunk_line chunk;
    struct tri_refusal refusal;
    cr_assert(tri_chunk_parse(&chunk, TRI_SLICE("000000000000001"), &refusal));
    cr_assert(tri_chunk_parse(&chunk, TRI_SLICE("0000000000000001"), &refusal));
    cr_assert(not(tri_chunk_parse(&chunk, TRI_SLICE("00000000000000001"), &refusal)));
    cr_assert(eq(int, refusal.status, 400));
}
