/*
 * test_method.c - methods by name and as lists.
 */
#include "server/http/method.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_method, .timeout = 5);

Test(http_method, name_and_bit_find_each_other)
{
#define X(bit, name)                                                                               \
    cr_assert(eq(int, tri_method_find(TRI_SLICE(#name)), TRI_METHOD_##name));                      \
    cr_assert(tri_slice_is(tri_method_name(TRI_METHOD_##name), TRI_SLICE(#name)));
    TRI_METHOD_MAP(X)
#undef X
}

Test(http_method, case_and_whole_token_matter) /* RFC 9110 9.1 */
{
    cr_assert(eq(int, tri_method_find(TRI_SLICE("get")), TRI_METHOD_NONE));
    cr_assert(eq(int, tri_method_find(TRI_SLICE("GE")), TRI_METHOD_NONE));
    cr_assert(eq(int, tri_method_find(TRI_SLICE("GETS")), TRI_METHOD_NONE));
    cr_assert(eq(int, tri_method_find(TRI_SLICE("")), TRI_METHOD_NONE));
}

Test(http_method, lists_follow_one_order)
{
    char text[64];
    cr_assert(eq(sz, tri_method_list(0, text), 0));
    cr_assert(eq(str, text, ""));
    tri_method_list(TRI_METHOD_OPTIONS | TRI_METHOD_GET | TRI_METHOD_HEAD, text);
    cr_assert(eq(str, text, "GET, HEAD, OPTIONS"));
    cr_assert(eq(sz, tri_method_list(~0u, text), strlen(text)));
    cr_assert(eq(str, text, "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS, CONNECT, TRACE"));
}
