/*
 * request.c - looking things up in a parsed request.
 */
#include "server/http/request.h"

const struct tri_slice *tri_fields_find(const struct tri_fields *fields, struct tri_slice name)
{
    for (uint32_t i = 0; i < fields->count; i++)
        if (tri_slice_is_nocase(fields->at[i].name, name))
            return &fields->at[i].value;
    return NULL;
}

struct tri_slice tri_request_param(const struct tri_request *request, const char *name)
{
    for (uint32_t i = 0; i < request->param_count; i++)
        if (tri_slice_is(request->params[i].name, tri_slice_of(name)))
            return request->params[i].value;
    return (struct tri_slice){"", 0};
}
