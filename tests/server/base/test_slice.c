/*
 * test_slice.c - comparing bytes that nobody NUL-terminated.
 */
#include "server/base/slice.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(base_slice, .timeout = 5);

Test(base_slice, compares_length_and_bytes)
{
    struct tri_slice nothing = {0};
    cr_assert(tri_slice_is(TRI_SLICE("abc"), (struct tri_slice){"abcdef", 3}));
    cr_assert(not(tri_slice_is(TRI_SLICE("abc"), TRI_SLICE("abcd"))));
    cr_assert(not(tri_slice_is(TRI_SLICE("abc"), TRI_SLICE("abC"))));
    cr_assert(tri_slice_is(nothing, TRI_SLICE("")));
    cr_assert(tri_slice_is_nocase(TRI_SLICE("Content-Length"), TRI_SLICE("content-LENGTH")));
    cr_assert(not(tri_slice_is_nocase(TRI_SLICE("a"), TRI_SLICE("b"))));
    cr_assert(tri_slice_is_nocase(nothing, TRI_SLICE("")));
}

Test(base_slice, embedded_nul_is_a_byte_like_any_other)
{
    cr_assert(not(tri_slice_is(TRI_SLICE("a\0b"), TRI_SLICE("a\0c"))));
    cr_assert(eq(sz, TRI_SLICE("a\0b").len, 3));
}

Test(base_slice, from_keeps_the_rest)
{
    struct tri_slice nothing = {0};
    cr_assert(tri_slice_is(tri_slice_from(TRI_SLICE("abcd"), 1), TRI_SLICE("bcd")));
    cr_assert(eq(sz, tri_slice_from(tri_slice_of("abcd"), 4).len, 0));
    cr_assert(eq(sz, tri_slice_from(nothing, 0).len, 0));
}
