/*
 * slice.h - a borrowed run of bytes: where it starts and how long it is.
 *
 * Why: HTTP text is never NUL-terminated and never worth copying to make it so. A slice owns
 * nothing; whoever hands one out says how long the bytes live.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct tri_slice {
    const char *at; /* borrowed; may be NULL when len is 0 */
    size_t len;     /* bytes */
};

#define TRI_SLICE(literal) ((struct tri_slice){(literal), sizeof(literal) - 1})

static inline struct tri_slice tri_slice_of(const char *text)
{
    return (struct tri_slice){text, strlen(text)};
}

static inline bool tri_slice_is(struct tri_slice a, struct tri_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/*
 * ASCII case is ignored, as field names and options of HTTP want it. Nearly all are spelled alike,
 * and where `b` is a literal that takes no call to see.
 */
static inline bool tri_slice_is_nocase(struct tri_slice a, struct tri_slice b)
{
    return a.len == b.len &&
           (a.len == 0 || memcmp(a.at, b.at, b.len) == 0 || strncasecmp(a.at, b.at, a.len) == 0);
}

static inline struct tri_slice tri_slice_from(struct tri_slice s, size_t start)
{
    return (struct tri_slice){start ? s.at + start : s.at, s.len - start};
}
