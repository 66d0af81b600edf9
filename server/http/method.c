/*
 * method.c - names of methods to bits and back.
 */
#include "server/http/method.h"

#include <assert.h>

#include "server/base/assert.h"

static const struct {
    enum tri_method method;
    struct tri_slice name;
} methods[] = {
#define X(bit, name) {TRI_METHOD_##name, {#name, sizeof(#name) - 1}},
    TRI_METHOD_MAP(X)
#undef X
};

#define X(bit, name) static_assert(sizeof(#name) - 1 <= TRI_METHOD_BYTES, #name);
TRI_METHOD_MAP(X)
#undef X

enum { METHODS = sizeof(methods) / sizeof(methods[0]) };

enum tri_method tri_method_find(struct tri_slice token)
{
    for (int i = 0; i < METHODS; i++)
        if (tri_slice_is(methods[i].name, token))
            return methods[i].method;
    return TRI_METHOD_NONE;
}

struct tri_slice tri_method_name(enum tri_method method)
{
    int i = 0;
    while (i < METHODS && methods[i].method != method)
        i++;
    tri_assert(i < METHODS);
    return methods[i].name;
}

size_t tri_method_list(unsigned mask, char text[static 64])
{
    size_t len = 0;
    for (int i = 0; i < METHODS; i++) {
        if (!(mask & methods[i].method))
            continue;
        if (len > 0) {
            text[len++] = ',';
            text[len++] = ' ';
        }
        memcpy(text + len, methods[i].name.at, methods[i].name.len);
        len += methods[i].name.len;
    }
    tri_assert(len < 64);
    text[len] = '\0';
    return len;
}
