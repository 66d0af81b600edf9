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

Test(http_chunk, blanks_are_borne_around_signs_only) /* RFC 9112 7.1.1, RFC 9110 5.6.3 */
{
    static const struct {
        const char *line;
        bool valid;
    } cases[] = {
        {"1 ;a", true},       {"1\t; a", true}, {"1;a =b", true}, {"1;a= b;c", true},
        {"1; a\t=\tb", true}, {" 1", false},    {"1 ", false},    {"1 \t", false},
        {"1;", false},        {"1 ; ", false},  {"1;a ", false},  {"1;a= ", false},
        {"1;a=b ", false},    {"1 a", false},   {"1;a b", false}, {"1;a=b c", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tri_chunk_line chunk = {0};
        struct tri_refusal refusal;
        struct tri_slice line = tri_slice_of(cases[i].line);
        cr_expect(eq(int, tri_chunk_parse(&chunk, line, &refusal), cases[i].valid), "\"%s\"",
                  cases[i].line);
        if (cases[i].valid)
            cr_expect(chunk.size == 1 && chunk.extension_bytes == line.len - 1);
    }
}
