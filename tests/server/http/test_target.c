/*
 * test_target.c - targets and authorities.
 */
#include "server/http/target.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_target, .timeout = 5);

static struct tri_arena arena;

static bool is(struct tri_slice slice, const char *text)
{
    return tri_slice_is(slice, tri_slice_of(text));
}

static bool parse(struct tri_target *target, struct tri_slice raw, enum tri_method method)
{
    struct tri_refusal refusal = {0};
    bool ok = tri_target_parse(target, raw, method, &arena, &refusal);
    cr_assert(eq(int, refusal.status, ok ? 0 : 400));
    return ok;
}

static void setup(void)
{
    tri_arena_init(&arena, NULL, 1 << 16);
}

static void teardown(void)
{
    tri_arena_reset(&arena);
}

Test(http_target, paths_are_decoded_before_dots_are_removed, .init = setup, .fini = teardown)
{
    static const char *const cases[][2] = {
        /* RFC 3986 5.2.4 */
        {"/", "/"},
        {"/a", "/a"},
        {"/a/", "/a/"},
        {"/.", "/"},
        {"/..", "/"},
        {"/a/.", "/a/"},
        {"/a/..", "/"},
        {"/a/b/..", "/a/"},
        {"/a/./b", "/a/b"},
        {"/a/../b", "/b"},
        {"/../../b", "/b"},
        {"/a/b/c/./../../g", "/a/g"},
        {"/a/b/../../../c", "/c"},
        {"//", "//"},
        {"//a//../b", "//a/b"},
        {"/a/..//b", "//b"},
        {"/...", "/..."},
        {"/.a/..b/c.", "/.a/..b/c."},
        /* RFC 3986 6.2.2: spellings that hide */
        {"/%2e%2e/a", "/a"},
        {"/a/%2E/b", "/a/b"},
        {"/a/.%2e/b", "/b"},
        {"/%61%20b", "/a b"},
        {"/a%252fb", "/a%2fb"},
        {"/%252e%252e/", "/%2e%2e/"},
        {"/%5c..%5C", "/\\..\\"},
        {"/%C3%A4", "/\xc3\xa4"},
        {"/a;b=c,d@e:f!$&'()*+", "/a;b=c,d@e:f!$&'()*+"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tri_target target;
        cr_expect(parse(&target, tri_slice_of(cases[i][0]), TRI_METHOD_GET), "%s", cases[i][0]);
        cr_expect(is(target.path, cases[i][1]), "%s gives %.*s", cases[i][0], (int)target.path.len,
                  target.path.at);
    }
}

Test(http_target, a_plain_path_is_not_copied, .init = setup, .fini = teardown)
{
    struct tri_target target;
    struct tri_slice raw = TRI_SLICE("/static/app.min.js?v=1.2");
    cr_assert(parse(&target, raw, TRI_METHOD_GET));
    cr_assert(eq(ptr, (void *)target.path.at, (void *)raw.at));
    cr_assert(eq(sz, arena.total, 0));
}

Test(http_target, forms_are_told_apart, .init = setup, .fini = teardown) /* RFC 9112 3.2 */
{
    struct tri_target target;
    cr_assert(parse(&target, TRI_SLICE("/a?b?c=/d"), TRI_METHOD_GET));
    cr_assert(eq(int, target.form, TRI_TARGET_ORIGIN));
    cr_assert(is(target.query, "b?c=/d"));
    cr_assert(is(target.authority, ""));
    cr_assert(parse(&target, TRI_SLICE("HTTP://[::1]:443/a/%2e./b?q=%0a%2F"), TRI_METHOD_GET));
    cr_assert(eq(int, target.form, TRI_TARGET_ABSOLUTE));
    cr_assert(is(target.authority, "[::1]:443"));
    cr_assert(is(target.path, "/b"));
    cr_assert(is(target.query, "q=%0a%2F"));
    cr_assert(parse(&target, TRI_SLICE("http://a"), TRI_METHOD_GET));
    cr_assert(is(target.path, "/"));
    cr_assert(parse(&target, TRI_SLICE("a:443"), TRI_METHOD_CONNECT));
    cr_assert(eq(int, target.form, TRI_TARGET_AUTHORITY));
    cr_assert(is(target.authority, "a:443"));
    cr_assert(is(target.path, ""));
    cr_assert(parse(&target, TRI_SLICE("*"), TRI_METHOD_OPTIONS));
    cr_assert(eq(int, target.form, TRI_TARGET_ASTERISK));
    cr_assert(is(target.path, "*"));
}

Test(http_target, tells_https_from_http, .init = setup, .fini = teardown) /* RFC 9110 7.4 */
{
    static const char *const cases[] = {"https://a/b", "HTTPS://a", "https://a:443/?q"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tri_target target;
        cr_expect(parse(&target, tri_slice_of(cases[i]), TRI_METHOD_GET), "%s", cases[i]);
        cr_expect(target.is_https, "%s", cases[i]);
    }
    struct tri_target plain;
    cr_assert(parse(&plain, TRI_SLICE("http://a/https://b"), TRI_METHOD_GET));
    cr_assert(not(plain.is_https));
}

Test(http_target, refuses_what_rfc_3986_does_not_allow, .init = setup, .fini = teardown)
{
    static const struct tri_slice cases[] = {
        {"", 0},
        {"a", 1},
        {"*", 1},
        {"**", 2},
        {"/%", 2},
        {"/%4", 3},
        {"/%4g", 4},
        {"/%00", 4},
        {"/?%00", 5},
        {"/%0a", 4},
        {"/%1F", 4},
        {"/%7f", 4},
        {"/a%2fb", 6},
        {"/..%2F..", 8},
        {"http://a%00/", 12},
        {"http://a%0a/", 12},
        {"http://a,b/", 11},
        {"/a#b", 4},
        {"/?#", 3},
        {"/a b", 4},
        {"/a\\b", 4},
        {"/\"", 2},
        {"/<", 2},
        {"/>", 2},
        {"/^", 2},
        {"/`", 2},
        {"/{", 2},
        {"/|", 2},
        {"/}", 2},
        {"/[", 2},
        {"/?[", 3},
        {"/?%", 3},
        {"/\x7f", 2},
        {"/\x80", 2},
        {"/\0", 2},
        {"http:/a", 7},
        {"http://", 7},
        {"http:///", 8},
        {"http://a b/", 11},
        {"http://u@a/", 11},
        {"http://a:b/", 11},
        {"http://[/", 9},
        {"ftp://a/", 8},
        {"httpx://a/", 10},
        {"http://a/%", 10},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tri_target target;
        cr_expect(not(parse(&target, cases[i], TRI_METHOD_GET)), "%s", cases[i].at);
    }
}

Test(http_target, connect_takes_host_and_port_only, .init = setup, .fini = teardown)
{
    static const char *const cases[] = {"a", "a:", "/", "*", "http://a:1/", "a:1/", "u@a:1", ":1"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tri_target target;
        cr_expect(not(parse(&target, tri_slice_of(cases[i]), TRI_METHOD_CONNECT)), "%s", cases[i]);
    }
}

Test(http_target, a_path_beyond_the_arena_is_431)
{
    struct tri_target target;
    struct tri_refusal refusal = {0};
    tri_arena_init(&arena, NULL, 0);
    cr_assert(not(tri_target_parse(&target, TRI_SLICE("/%41"), TRI_METHOD_GET, &arena, &refusal)));
    cr_assert(eq(int, refusal.status, 431));
}

Test(http_target, authorities_are_host_and_optional_port) /* RFC 3986 3.2.2, 3.2.3 */
{
    static const struct {
        const char *text, *host; /* host NULL: malformed */
    } cases[] = {
        {"a", "a"},
        {"a:", "a"},
        {"a.b-c_d~e", "a.b-c_d~e"},
        {"a:0", "a"},
        {"a:65535", "a"},
        {"a:65536", NULL},
        {"a:99999999999999999999", NULL},
        {"127.0.0.1:80", "127.0.0.1"},
        {"[::]", "[::]"},
        {"[2001:db8::1]:443", "[2001:db8::1]"},
        {"[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]"},
        {"[::1", NULL},
        {"[]", NULL},
        {"[::1]x", NULL},
        {"[fe80::1%25eth0]", NULL},
        {"[v1.x]", NULL},
        {"[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]", NULL},
        {"a%41", "a%41"},
        {"a%4", NULL},
        {"", NULL},
        {":80", NULL},
        {"a b", NULL},
        {"a/b", NULL},
        {"u@a", NULL},
        {"a:+1", NULL},
        {"a:1:2", NULL},
        {"::1", NULL},
        {"\xc3\xa4", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tri_slice text = tri_slice_of(cases[i].text);
        cr_expect(eq(int, tri_authority_is_valid(text), cases[i].host != NULL), "%s", text.at);
        if (cases[i].host)
            cr_expect(is(tri_authority_host(text), cases[i].host), "%s", text.at);
    }
}
