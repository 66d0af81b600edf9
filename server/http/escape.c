/*
 * escape.c - JSON strings, percent-encoded paths and values of queries, text in HTML.
 */
#include "server/http/escape.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Length of the UTF-8 sequence that `text` begins with, 0 when it is none (RFC 3629 4). */
static size_t utf8_length(struct tri_slice text)
{
    const unsigned char *at = (const unsigned char *)text.at;
    if (at[0] < 0x80)
        return 1;
    size_t len = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || len > text.len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    bool is_overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool is_surrogate = at[0] == 0xed && at[1] > 0x9f;
    bool is_beyond = at[0] == 0xf4 && at[1] > 0x8f;
    return is_overlong || is_surrogate || is_beyond ? 0 : len;
}

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

#define JSON_GROWTH 6 /* "\u001f" for one byte */

struct tri_slice tri_escape_json(struct tri_arena *arena, struct tri_slice text)
{
    char *start = tri_arena_alloc(arena, text.len * JSON_GROWTH + 2 + 1);
    if (!start)
        return (struct tri_slice){0};
    char *to = start;
    *to++ = '"';
    for (size_t used; text.len > 0; text = tri_slice_from(text, used)) {
        unsigned char byte = (unsigned char)text.at[0];
        used = utf8_length(text);
        if (byte == '"' || byte == '\\') {
            *to++ = '\\';
            *to++ = (char)byte;
        } else if (byte < 0x20) {
            to += snprintf(to, JSON_GROWTH + 1, "\\u%04x", byte);
        } else if (used == 0) {
            memcpy(to, REPLACEMENT, 3);
            to += 3;
            used = 1;
        } else {
            memcpy(to, text.at, used);
            to += used;
        }
    }
    *to++ = '"';
    return (struct tri_slice){start, (size_t)(to - start)};
}

#define UNRESERVED "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"

/* Percent-encode all bytes but those of `plain`. */
static struct tri_slice escape_percent(struct tri_arena *arena, struct tri_slice text,
                                       struct tri_slice plain)
{
    static const char digits[] = "0123456789ABCDEF";
    char *start = tri_arena_alloc(arena, text.len * 3);
    if (!start)
        return (struct tri_slice){0};
    char *to = start;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        if (memchr(plain.at, byte, plain.len)) {
            *to++ = (char)byte;
            continue;
        }
        *to++ = '%';
        *to++ = digits[byte >> 4];
        *to++ = digits[byte & 15];
    }
    return (struct tri_slice){start, (size_t)(to - start)};
}

struct tri_slice tri_escape_path(struct tri_arena *arena, struct tri_slice path)
{
    return escape_percent(arena, path, TRI_SLICE(UNRESERVED "!$&'()*+,;=:@/"));
}

struct tri_slice tri_escape_query(struct tri_arena *arena, struct tri_slice value)
{
    return escape_percent(arena, value, TRI_SLICE(UNRESERVED "/"));
}

#define HTML_GROWTH 5 /* "&#38;" for one byte */

struct tri_slice tri_escape_html(struct tri_arena *arena, struct tri_slice text)
{
    char *start = tri_arena_alloc(arena, text.len * HTML_GROWTH + 1);
    if (!start)
        return (struct tri_slice){0};
    char *to = start;
    for (size_t used; text.len > 0; text = tri_slice_from(text, used)) {
        unsigned char byte = (unsigned char)text.at[0];
        used = utf8_length(text);
        if (memchr("&<>\"'", byte, 5)) {
            to += snprintf(to, HTML_GROWTH + 1, "&#%d;", byte);
        } else if (used == 0 || byte < 0x20 || byte == 0x7f) {
            memcpy(to, REPLACEMENT, 3);
            to += 3;
            used = 1;
        } else {
            memcpy(to, text.at, used);
            to += used;
        }
    }
    return (struct tri_slice){start, (size_t)(to - start)};
}
