/*
 * replies.c - replies cut out of what the wire has taken; see replies.h.
 */
#include "replies.h"

#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

/* Bytes of a chunked body at the front of `bytes`; 0 when it is not whole. */
static size_t chunked_bytes(struct tri_slice bytes)
{
    size_t at = 0;
    for (;;) {
        char *behind;
        const char *line = bytes.at + at;
        if (!memmem(line, bytes.len - at, "\r\n", 2))
            return 0;
        size_t size = strtoul(line, &behind, 16);
        at += (size_t)(behind - line) + 2 + size + 2;
        if (at > bytes.len)
            return 0;
        if (size == 0)
            return at;
    }
}

bool has_field(const struct reply *reply, const char *line)
{
    char whole[256];
    snprintf(whole, sizeof(whole), "\r\n%s\r\n", line);
    return memmem(reply->head.at, reply->head.len, whole, strlen(whole)) != NULL;
}

bool wire_reply(struct reply *reply)
{
    static const char length[] = "\r\nContent-Length: ";
    const char *at = wire.out + wire.out_at;
    size_t len = wire.out_len - wire.out_at;
    const char *end_of_head = memmem(at, len, "\r\n\r\n", 4);
    if (!end_of_head)
        return false;
    *reply = (struct reply){.head = {at, (size_t)(end_of_head - at) + 4}};
    cr_assert(memcmp(at, "HTTP/1.1 ", 9) == 0, "no reply begins here: %.40s", at);
    reply->status = (int)strtol(at + 9, NULL, 10);
    reply->body = (struct tri_slice){end_of_head + 4, len - reply->head.len};
    const char *found = memmem(at, reply->head.len, length, sizeof(length) - 1);
    size_t body = found ? strtoul(found + sizeof(length) - 1, NULL, 10) : 0;
    reply->whole = body <= reply->body.len;
    if (has_field(reply, "Transfer-Encoding: chunked")) {
        body = chunked_bytes(reply->body);
        reply->whole = body > 0;
    }
    if (reply->whole)
        reply->body.len = body;
    wire.out_at += reply->head.len + reply->body.len;
    return true;
}

struct reply wire_expect(int status)
{
    struct reply reply;
    cr_assert(wire_reply(&reply), "no reply where a %d was expected", status);
    cr_assert(reply.status == status, "%d instead of %d: %.*s", reply.status, status,
              (int)reply.head.len, reply.head.at);
    cr_assert(reply.whole, "the %d is cut short", status);
    return reply;
}

void wire_expect_end(void)
{
    cr_assert(wire.out_at == wire.out_len, "more was sent: %.*s", 200, wire.out + wire.out_at);
}
