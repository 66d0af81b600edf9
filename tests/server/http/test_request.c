/*
 * test_request.c - finding fields and route parameters.
 */
#include "server/http/request.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_request, .timeout = 5);

Test(http_request, finds_the_first_field_without_case)
{
    struct tri_field at[] = {
        {{"Accept", 6}, {"a", 1}}, {{"X-Y", 3}, {"b", 1}}, {{"x-y", 3}, {"c", 1}}};
    struct tri_fields fields = {at, 3, 3};
    cr_assert(eq(ptr, (void *)tri_fields_find(&fields, TRI_SLICE("x-Y")), &at[1].value));
    cr_assert(eq(ptr, (void *)tri_fields_find(&fields, TRI_SLICE("x")), NULL));
    fields.count = 1;
    cr_assert(eq(ptr, (void *)tri_fields_find(&fields, TRI_SLICE("x-y")), NULL));
}

Test(http_request, a_parameter_that_the_route_lacks_is_empty)
{
    struct tri_request request = {.params = {{{"id", 2}, {"42", 2}}}, .param_count = 1};
    cr_assert(tri_slice_is(tri_request_param(&request, "id"), TRI_SLICE("42")));
    cr_assert(eq(sz, tri_request_param(&request, "path").len, 0));
}
