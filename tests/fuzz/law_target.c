/*
 * law_target.c - the path of a target against a slow and obvious reading of the same bytes.
 */
#include "laws.h"

#include "server/base/assert.h"
#include "server/http/query.h"
#include "server/http/target.h"

enum { MOST = 512 }; /* bytes and segments of a path that the plain reading takes */

static int hex(char digit)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *found = memchr(digits, digit, 32);
    tri_assert(found);
    return (int)(found - digits) % 16;
}

/* RFC 3986 2.1, 5.2.4: split at slashes, decode each segment, keep a stack of them. */
static size_t read_plainly(struct tri_slice raw, char path[static 2 * MOST])
{
    size_t starts[MOST], depth = 0, len = 0;
    size_t i = 0;

    while (i < raw.len) {
        tri_assert(raw.at[i] == '/');
        starts[depth++] = len;
        path[len++] = '/';
        size_t segment = len;
        for (i++; i < raw.len && raw.at[i] != '/'; i++) {
            char byte = raw.at[i];
            if (byte == '%') {
                byte = (char)(hex(raw.at[i + 1]) * 16 + hex(raw.at[i + 2]));
                i += 2;
            }
            tri_assert(byte != '/'); /* escaped, or the segment would have ended */
            path[len++] = byte;
        }
        struct tri_slice text = {path + segment, len - segment};
        bool up = tri_slice_is(text, TRI_SLICE(".."));
        if (!up && !tri_slice_is(text, TRI_SLICE(".")))
            continue;
        len = starts[--depth];
        if (up && depth > 0)
            len = starts[--depth];
        if (i == raw.len)
            path[len++] = '/';
    }
    return len;
}

static void check_path(struct tri_slice path)
{
    tri_assert(path.len > 0 && path.at[0] == '/');
    for (size_t i = 0; i < path.len; i++)
        tri_assert((unsigned char)path.at[i] >= ' ' && path.at[i] != 0x7f);
    for (size_t start = 1, i = 1; i <= path.len; i++) {
        if (i < path.len && path.at[i] != '/')
            continue;
        struct tri_slice segment = {path.at + start, i - start};
        tri_assert(!tri_slice_is(segment, TRI_SLICE(".")));
        tri_assert(!tri_slice_is(segment, TRI_SLICE("..")));
        start = i + 1;
    }
}

static void check(struct tri_slice raw, enum tri_method method)
{
    struct tri_arena arena;
    struct tri_target target;
    struct tri_refusal refusal = {0};
    struct tri_slice value;

    tri_arena_init(&arena, NULL, 1 << 16);
    if (!tri_target_parse(&target, raw, method, &arena, &refusal)) {
        tri_assert(refusal.status == 400 || refusal.status == 421);
        tri_arena_reset(&arena);
        return;
    }
    tri_assert(tri_slice_is(target.raw, raw));
    if (target.form == TRI_TARGET_ABSOLUTE || target.form == TRI_TARGET_AUTHORITY) {
        tri_assert(tri_authority_is_valid(target.authority));
        tri_assert(tri_authority_host(target.authority).len > 0);
        tri_assert(!memchr(target.authority.at, '@', target.authority.len));
    }
    if (target.form == TRI_TARGET_ORIGIN || target.form == TRI_TARGET_ABSOLUTE) {
        const char *mark = memchr(raw.at, '?', raw.len);
        const char *start =
            target.form == TRI_TARGET_ORIGIN ? raw.at : target.authority.at + target.authority.len;
        struct tri_slice path = {start, (size_t)((mark ? mark : raw.at + raw.len) - start)};
        char plain[2 * MOST] = "/";
        size_t len = path.len == 0 ? 1 : read_plainly(path, plain);
        check_path(target.path);
        tri_assert(tri_slice_is(target.path, (struct tri_slice){plain, len}));
        if (tri_query_find(target.query, TRI_SLICE("a"), &arena, &value))
            tri_assert(value.len <= target.query.len);
    }
    tri_arena_reset(&arena);
}

void tri_law_target(struct tri_slice input)
{
    if (input.len > MOST)
        return;
    check(input, TRI_METHOD_GET);
    check(input, TRI_METHOD_OPTIONS);
    check(input, TRI_METHOD_CONNECT);
}
