/*
 * test_escape.c - JSON strings, percent-encoded paths and values of queries, text in HTML.
 */
#include "server/http/escape.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_escape, .timeout = 10);

#define BAD "\xef\xbf\xbd"

static const struct {
    struct tri_slice text;
    const char *json;
} strings[] = {
    {{"", 0}, "\"\""},
    {{"a/b'c\x7f", 6}, "\"a/b'c\x7f\""},
    {{"\"\\", 2}, "\"\\\"\\\\\""},
    {{"\0\x1f\t", 3}, "\"\\u0000\\u001f\\u0009\""},
    {{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9}, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
    {{"\xff"
      "a",
      2},
     "\"" BAD "a\""},
    {{"\xc3", 1}, "\"" BAD "\""},                         /* cut short             */
    {{"\xe2\x82", 2}, "\"" BAD BAD "\""},                 /* cut short             */
    {{"\xc0\xaf", 2}, "\"" BAD BAD "\""},                 /* overlong              */
    {{"\xe0\x80\xaf", 3}, "\"" BAD BAD BAD "\""},         /* overlong              */
    {{"\xf0\x80\x80\xaf", 4}, "\"" BAD BAD BAD BAD "\""}, /* overlong              */
    {{"\xed\xa0\x80", 3}, "\"" BAD BAD BAD "\""},         /* half a surrogate pair */
    {{"\xf4\x90\x80\x80", 4}, "\"" BAD BAD BAD BAD "\""}, /* above U+10FFFF        */
    {{"\xe2\"\xac", 3}, "\"" BAD "\\\"" BAD "\""},        /* hides no quote        */
};

Test(http_escape, json_strings_are_valid_whatever_the_bytes)
{
    struct tri_arena arena;
    tri_arena_init(&arena, NULL, 1 << 16);
    for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
        struct tri_slice json = tri_escape_json(&arena, strings[i].text);
        cr_assert(tri_slice_is(json, tri_slice_of(strings[i].json)), "case %zu: %.*s", i,
                  (int)json.len, json.at);
    }
    tri_arena_reset(&arena);
}

Test(http_escape, json_of_nothing_but_control_bytes_fits_its_memory)
{
    struct tri_arena arena;
    char text[5000];
    tri_arena_init(&arena, NULL, 1 << 16);
    memset(text, 1, sizeof(text));
    struct tri_slice json = tri_escape_json(&arena, (struct tri_slice){text, sizeof(text)});
    cr_assert(eq(sz, json.len, sizeof(text) * 6 + 2));
    tri_arena_reset(&arena);
}

Test(http_escape, paths_keep_what_a_path_may_hold_and_encode_the_rest)
{
    static const char *const paths[][2] = {
        {"/a-b._~!$&'()*+,;=:@/C9", "/a-b._~!$&'()*+,;=:@/C9"},
        {"/a b", "/a%20b"},
        {"/100%", "/100%25"},
        {"/a%2Fb", "/a%252Fb"},
        {"/\\evil", "/%5Cevil"},
        {"/a?b#c", "/a%3Fb%23c"},
        {"/\r\n\x7f\"<>", "/%0D%0A%7F%22%3C%3E"},
        {"/\xc3\xa9", "/%C3%A9"},
    };
    struct tri_arena arena;
    tri_arena_init(&arena, NULL, 1 << 16);
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        struct tri_slice path = tri_escape_path(&arena, tri_slice_of(paths[i][0]));
        cr_assert(tri_slice_is(path, tri_slice_of(paths[i][1])), "%s", paths[i][0]);
    }
    tri_arena_reset(&arena);
}

Test(http_escape, values_of_queries_hold_nothing_that_parts_or_ends_them)
{
    static const char *const values[][2] = {
        {"azAZ09-._~/", "azAZ09-._~/"},
        {"a&b=c+d;e#f?g", "a%26b%3Dc%2Bd%3Be%23f%3Fg"},
        {"!$'()*,:@", "%21%24%27%28%29%2A%2C%3A%40"},
        {"100% \\ \"", "100%25%20%5C%20%22"},
        {"\r\n\x7f\xc3\xa9", "%0D%0A%7F%C3%A9"},
    };
    struct tri_arena arena;
    tri_arena_init(&arena, NULL, 1 << 16);
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        struct tri_slice value = tri_escape_query(&arena, tri_slice_of(values[i][0]));
        cr_assert(tri_slice_is(value, tri_slice_of(values[i][1])), "%s: %.*s", values[i][0],
                  (int)value.len, value.at);
    }
    tri_arena_reset(&arena);
}

Test(http_escape, html_holds_no_markup_and_no_byte_that_is_not_text)
{
    static const struct {
        struct tri_slice text;
        const char *html;
    } texts[] = {
        {{"", 0}, ""},
        {{"a/b;c", 5}, "a/b;c"},
        {{"<&>\"'", 5}, "&#60;&#38;&#62;&#34;&#39;"},
        {{"\0\t\x7f ", 4}, BAD BAD BAD " "},
        {{"\xc3\xa9\xff\xc3", 4}, "\xc3\xa9" BAD BAD},
        {{"\xe2<\xac", 3}, BAD "&#60;" BAD}, /* hides no markup */
    };
    struct tri_arena arena;
    tri_arena_init(&arena, NULL, 1 << 16);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct tri_slice html = tri_escape_html(&arena, texts[i].text);
        cr_assert(ne(ptr, (void *)html.at, NULL));
        cr_assert(tri_slice_is(html, tri_slice_of(texts[i].html)), "case %zu: %.*s", i,
                  (int)html.len, html.at);
    }
    tri_arena_reset(&arena);
}
