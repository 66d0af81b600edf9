/*
 * test_query.c - names and values in a query.
 */
#include "server/http/query.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_query, .timeout = 5);

static struct tri_arena arena;

static bool is(struct tri_slice slice, const char *text)
{
    return tri_slice_is(slice, tri_slice_of(text));
}

static void setup(void)
{
    tri_arena_init(&arena, NULL, 1 << 16);
}

static void teardown(void)
{
    tri_arena_reset(&arena);
}

Test(http_query, queries_are_found_decoded, .init = setup, .fini = teardown)
{
    static const struct {
        const char *query, *name, *value; /* value NULL: not found */
    } cases[] = {
        {"a=1&b=2", "a", "1"},
        {"a=1&b=2", "b", "2"},
        {"a=1&b=2", "c", NULL},
        {"", "a", NULL},
        {"a", "a", ""},
        {"a=", "a", ""},
        {"a=b=c", "a", "b=c"},
        {"&&a=1&", "a", "1"},
        {"a=1&a=2", "a", "1"},
        {"ab=1&a=2", "a", "2"},
        {"a=x+y%20z%2B", "a", "x y z+"},
        {"%61=1", "a", "1"},
        {"x+y=1", "x y", "1"},
        {"%6=1&a=2", "a", "2"},
        {"a=%4", "a", NULL},
        {"a=%zz", "a", NULL},
        {"A=1", "a", NULL},
        {"a%", "a", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tri_slice value = {"untouched", 9};
        bool found = tri_query_find(tri_slice_of(cases[i].query), tri_slice_of(cases[i].name),
                                    &arena, &value);
        cr_expect(eq(int, found, cases[i].value != NULL), "%s", cases[i].query);
        cr_expect(is(value, cases[i].value ? cases[i].value : "untouched"), "%s", cases[i].query);
    }
}
