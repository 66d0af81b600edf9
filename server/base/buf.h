/*
 * buf.h - a queue of bytes in one piece of memory: appended at the end, dropped from the front.
 *
 *     bytes            bytes + start        bytes + end           bytes + room
 *       |  dropped          |   unread            |   free             |
 *
 * Invariants: start <= end <= room; an empty queue has start == end == 0; `room` never exceeds
 * the cap given to tri_buf_reserve, so a peer cannot make it grow without bound.
 * Ownership: `bytes` belongs to the buf (heap). Zero-initialised is a valid empty buf.
 */
#pragma once

#include "server/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tri_buf {
    char *bytes;    /* owned; NULL when room is 0 */
    uint32_t start; /* first unread byte */
    uint32_t end;   /* one past the last unread byte */
    uint32_t room;  /* bytes allocated */
};

/* The unread bytes; valid until the buf is changed. */
static inline struct tri_slice tri_buf_unread(const struct tri_buf *buf)
{
    return (struct tri_slice){buf->start ? buf->bytes + buf->start : buf->bytes,
                              buf->end - buf->start};
}

static inline size_t tri_buf_len(const struct tri_buf *buf)
{
    return buf->end - buf->start;
}

/* Bytes that can be written at tri_buf_tail() without reserving. */
static inline size_t tri_buf_space(const struct tri_buf *buf)
{
    return buf->room - buf->end;
}

static inline char *tri_buf_tail(struct tri_buf *buf)
{
    return buf->end ? buf->bytes + buf->end : buf->bytes; /* no arithmetic on NULL */
}

/* `bytes` were written at the tail. */
static inline void tri_buf_added(struct tri_buf *buf, size_t bytes)
{
    buf->end += (uint32_t)bytes;
}

/* Drop `bytes` from the front. */
static inline void tri_buf_drop(struct tri_buf *buf, size_t bytes)
{
    buf->start += (uint32_t)bytes;
    if (buf->start == buf->end)
        buf->start = buf->end = 0;
}

/*
 * Make at least `space` bytes free at the tail, moving unread bytes to the front or growing.
 *   cap      the most bytes the buf may hold in all
 *   returns  false, with nothing changed, when the cap or memory does not allow it
 */
bool tri_buf_reserve(struct tri_buf *buf, size_t space, size_t cap);

/* Append a copy; false, with nothing appended, when the cap or memory does not allow it. */
bool tri_buf_add(struct tri_buf *buf, struct tri_slice bytes, size_t cap);

/* Give the memory back; the buf is empty and usable afterwards. */
void tri_buf_free(struct tri_buf *buf);
