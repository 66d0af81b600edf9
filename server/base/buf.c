/*
 * buf.c - how a byte queue gets room: by moving what is unread to the front, or by doubling.
 */
#include "server/base/buf.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_LEAST 256 /* bytes of the first allocation, unless the cap is smaller */

static bool grow(struct tri_buf *buf, size_t least, size_t cap)
{
    size_t room = buf->room ? 2 * (size_t)buf->room : ROOM_LEAST;
    if (room < least)
        room = least;
    if (room > cap)
        room = cap;
    char *bytes = realloc(buf->bytes, room);
    if (!bytes)
        return false;
    buf->bytes = bytes;
    buf->room = (uint32_t)room;
    return true;
}

bool tri_buf_reserve(struct tri_buf *buf, size_t space, size_t cap)
{
    size_t len = tri_buf_len(buf);
    if (cap > UINT32_MAX)
        cap = UINT32_MAX;
    if (space > cap || len > cap - space)
        return false;
    if (space <= tri_buf_space(buf))
        return true;
    if (len + space > buf->room && !grow(buf, len + space, cap))
        return false;
    if (buf->start > 0) {
        memmove(buf->bytes, buf->bytes + buf->start, len);
        buf->start = 0;
        buf->end = (uint32_t)len;
    }
    return true;
}

bool tri_buf_add(struct tri_buf *buf, struct tri_slice bytes, size_t cap)
{
    if (!tri_buf_reserve(buf, bytes.len, cap))
        return false;
    if (bytes.len > 0)
        memcpy(tri_buf_tail(buf), bytes.at, bytes.len);
    tri_buf_added(buf, bytes.len);
    return true;
}

void tri_buf_free(struct tri_buf *buf)
{
    free(buf->bytes);
    *buf = (struct tri_buf){0};
}
