/*
 * test_json.c - figures are found in JSON, and what is none does not lead astray.
 */
#include "loadtest/json.h"

#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(loadtest_json, .timeout = 10);

static const char text[] =
    "{\"a\": {\"p99.9\": 12.5, \"x\":[[1,2], [3,4]]},\n \"b\":\"}{\\\"]\",\"c\":-7}";

Test(loadtest_json, values_are_found_by_path)
{
    struct tri_slice value, pair, part;
    double number;
    size_t at = 0, inner = 0;
    cr_assert(tri_json_find(TRI_SLICE(text), "a/p99.9", &value) && tri_json_number(value, &number));
    cr_assert(epsilon_eq(dbl, number, 12.5, 1e-9));
    cr_assert(tri_json_find(TRI_SLICE(text), "c", &value) && tri_json_number(value, &number));
    cr_assert(epsilon_eq(dbl, number, -7, 1e-9));
    cr_assert(not(tri_json_find(TRI_SLICE(text), "a/q", &value)));
    cr_assert(tri_json_find(TRI_SLICE(text), "a/x", &value));
    cr_assert(tri_json_next(value, &at, &pair) && tri_json_next(value, &at, &pair));
    cr_assert(tri_json_next(pair, &inner, &part) && tri_json_number(part, &number));
    cr_assert(epsilon_eq(dbl, number, 3, 1e-9));
    cr_assert(not(tri_json_next(value, &at, &pair)));
}

Test(loadtest_json, every_cut_ends_the_search)
{
    struct tri_slice value, element;
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        struct tri_slice cut = {text, len};
        if (tri_json_find(cut, "a/x", &value))
            for (size_t at = 0, count = 0; tri_json_next(value, &at, &element); count++)
                cr_assert(lt(sz, count, 100));
        cr_assert(not(tri_json_find(cut, "nothing", &value)));
    }
}
