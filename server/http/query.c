/*
 * query.c - names and values in a query; see query.h.
 */
#include "server/http/query.h"

#include "server/http/scan.h"

/*
 * One byte of a query's name or value, decoded.
 *   *i       moves behind it
 *   returns  0-255, or -1 at a broken escape
 */
static int query_byte(struct tri_slice text, size_t *i)
{
    int byte = (unsigned char)text.at[*i];
    if (byte == '%') {
        byte = tri_scan_escape(text, *i);
        *i += 2;
    } else if (byte == '+') {
        byte = ' ';
    }
    *i += 1;
    return byte;
}

static bool query_is(struct tri_slice text, struct tri_slice name)
{
    size_t i = 0, known = 0;
    while (i < text.len && known < name.len)
        if (query_byte(text, &i) != (unsigned char)name.at[known++])
            return false;
    return i >= text.len && known == name.len;
}

static bool query_decode(struct tri_slice text, struct tri_arena *arena, struct tri_slice *value)
{
    if (text.len == 0 || (!memchr(text.at, '%', text.len) && !memchr(text.at, '+', text.len))) {
        *value = text;
        return true;
    }
    char *at = tri_arena_alloc(arena, text.len);
    if (!at)
        return false;
    size_t len = 0;
    for (size_t i = 0; i < text.len;) {
        int byte = query_byte(text, &i);
        if (byte < 0)
            return false;
        at[len++] = (char)byte;
    }
    *value = (struct tri_slice){at, len};
    return true;
}

bool tri_query_find(struct tri_slice query, struct tri_slice name, struct tri_arena *arena,
                    struct tri_slice *ret_value)
{
    while (query.len > 0) {
        const char *end = memchr(query.at, '&', query.len);
        struct tri_slice pair = {query.at, end ? (size_t)(end - query.at) : query.len};
        const char *sign = pair.len > 0 ? memchr(pair.at, '=', pair.len) : NULL;
        size_t len = sign ? (size_t)(sign - pair.at) : pair.len;

        if (query_is((struct tri_slice){pair.at, len}, name))
            return query_decode(tri_slice_from(pair, sign ? len + 1 : len), arena, ret_value);
        query = tri_slice_from(query, end ? pair.len + 1 : pair.len);
    }
    return false;
}
