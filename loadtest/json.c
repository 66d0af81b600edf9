/*
 * json.c - skipping through JSON; see json.h.
 */
#include "loadtest/json.h"

#include <stdio.h>
#include <stdlib.h>

static size_t skip_blanks(struct tri_slice json, size_t at)
{
    while (at < json.len && memchr(" \t\r\n", json.at[at], 4))
        at++;
    return at;
}

/* The end of the string that begins at `at`; past the text when it has none. */
static size_t skip_string(struct tri_slice json, size_t at)
{
    for (at++; at < json.len && json.at[at] != '"'; at++)
        if (json.at[at] == '\\')
            at++;
    return at + 1;
}

/* The end of the value that begins at `at`. Brackets are counted, not matched by kind. */
static size_t skip_value(struct tri_slice json, size_t at)
{
    size_t depth = 0;
    while (at < json.len) {
        char c = json.at[at];
        if (c == '"') {
            at = skip_string(json, at);
        } else if (c == '{' || c == '[') {
            depth++;
            at++;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                return at;
            depth--;
            at++;
        } else if (depth == 0 && (c == ',' || memchr(" \t\r\n", c, 4))) {
            return at;
        } else {
            at++;
            if (depth == 0)
                continue;
        }
        if (depth == 0 && (c == '"' || c == '}' || c == ']'))
            return at;
    }
    return json.len;
}

static bool find_member(struct tri_slice json, struct tri_slice name, struct tri_slice *ret_value)
{
    size_t at = skip_blanks(json, 0);
    if (at >= json.len || json.at[at] != '{')
        return false;
    for (at = skip_blanks(json, at + 1); at < json.len && json.at[at] == '"';) {
        size_t end = skip_string(json, at);
        if (end > json.len)
            return false;
        struct tri_slice key = {json.at + at + 1, end - at - 2};
        at = skip_blanks(json, end);
        if (at >= json.len || json.at[at] != ':')
            return false;
        at = skip_blanks(json, at + 1);
        end = skip_value(json, at);
        if (end > json.len)
            return false;
        if (tri_slice_is(key, name)) {
            *ret_value = (struct tri_slice){json.at + at, end - at};
            return true;
        }
        at = skip_blanks(json, end);
        if (at >= json.len || json.at[at] != ',')
            return false;
        at = skip_blanks(json, at + 1);
    }
    return false;
}

bool tri_json_find(struct tri_slice json, const char *path, struct tri_slice *ret_value)
{
    struct tri_slice value = json;
    while (*path) {
        size_t len = strcspn(path, "/");
        if (!find_member(value, (struct tri_slice){path, len}, &value))
            return false;
        path += len + (path[len] == '/');
    }
    *ret_value = value;
    return true;
}

bool tri_json_next(struct tri_slice array, size_t *at, struct tri_slice *ret_value)
{
    if (*at == 0) {
        *at = skip_blanks(array, 0);
        if (*at >= array.len || array.at[*at] != '[')
            return false;
        ++*at;
    }
    *at = skip_blanks(array, *at);
    if (*at < array.len && array.at[*at] == ',')
        *at = skip_blanks(array, *at + 1);
    if (*at >= array.len || array.at[*at] == ']')
        return false;
    size_t end = skip_value(array, *at);
    if (end > array.len || end == *at)
        return false;
    *ret_value = (struct tri_slice){array.at + *at, end - *at};
    *at = end;
    return true;
}

bool tri_json_number(struct tri_slice value, double *ret_number)
{
    char text[48], *end;
    if (value.len == 0 || value.len >= sizeof(text))
        return false;
    snprintf(text, sizeof(text), "%.*s", (int)value.len, value.at);
    *ret_number = strtod(text, &end);
    return *end == '\0';
}
