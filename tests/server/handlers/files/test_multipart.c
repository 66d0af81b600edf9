/*
 * test_multipart.c - several ranges of a file as one body.
 */
#include "server/handlers/files/multipart.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(handlers_multipart, .timeout = 10);

static const char digits[] = "0123456789";
static const struct tri_file small = {.fd = -1, .bytes = 10, .memory = digits};
static const struct tri_file big = {.fd = 5, .bytes = 5000000000};
static const struct tri_range ranges[] = {{0, 1}, {4, 6}, {9, 9}};

/* All parts of memory in a row; a part of the file as "<offset,length>". */
static size_t join(const struct tri_multipart *multipart, char *text, size_t room)
{
    size_t len = 0;
    for (uint32_t i = 0; i < multipart->count; i++) {
        const struct tri_part *part = &multipart->parts[i];
        if (part->memory)
            len +=
                (size_t)snprintf(text + len, room - len, "%.*s", (int)part->length, part->memory);
        else
            len += (size_t)snprintf(text + len, room - len, "<%" PRId64 ",%" PRId64 ">",
                                    part->offset, part->length);
    }
    return len;
}

Test(handlers_multipart, is_exactly_what_rfc_9110_14_6_shows)
{
    struct tri_arena arena;
    struct tri_multipart multipart;
    char body[2048], expected[2048];
    tri_arena_init(&arena, NULL, 65536);
    cr_assert(tri_multipart_make(&arena, &small, TRI_SLICE("text/plain"), ranges, 3, &multipart));
    static const char start[] = "multipart/byteranges; boundary=";
    cr_assert(memcmp(multipart.type.at, start, sizeof(start) - 1) == 0);
    const char *b = multipart.type.at + sizeof(start) - 1;
    cr_assert(eq(sz, strlen(b), 32));
    snprintf(expected, sizeof(expected),
             "--%s\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01"
             "\r\n--%s\r\nContent-Type: text/plain\r\nContent-Range: bytes 4-6/10\r\n\r\n456"
             "\r\n--%s\r\nContent-Type: text/plain\r\nContent-Range: bytes 9-9/10\r\n\r\n9"
             "\r\n--%s--\r\n",
             b, b, b, b);
    size_t len = join(&multipart, body, sizeof(body));
    cr_assert(eq(str, body, expected));
    cr_assert(eq(i64, multipart.bytes, (int64_t)len));
    tri_arena_reset(&arena);
}

Test(handlers_multipart, parts_of_a_big_file_come_from_its_descriptor)
{
    struct tri_arena arena;
    struct tri_multipart multipart;
    char body[2048];
    static const struct tri_range far[] = {{4000000000, 4999999999}, {7, 7}};
    tri_arena_init(&arena, NULL, 65536);
    cr_assert(tri_multipart_make(&arena, &big, TRI_SLICE("video/mp4"), far, 2, &multipart));
    join(&multipart, body, sizeof(body));
    cr_assert(strstr(body, "bytes 4000000000-4999999999/5000000000\r\n\r\n"
                           "<4000000000,1000000000>\r\n--") != NULL);
    cr_assert(strstr(body, "bytes 7-7/5000000000\r\n\r\n<7,1>\r\n--") != NULL);
    int64_t bytes = 0;
    for (uint32_t i = 0; i < multipart.count; i++)
        bytes += multipart.parts[i].length;
    cr_assert(eq(i64, multipart.bytes, bytes));
    tri_arena_reset(&arena);
}

Test(handlers_multipart, no_two_boundaries_are_the_same)
{
    struct tri_arena arena;
    struct tri_multipart one, other;
    tri_arena_init(&arena, NULL, 65536);
    cr_assert(tri_multipart_make(&arena, &small, TRI_SLICE("a/b"), ranges, 2, &one));
    cr_assert(tri_multipart_make(&arena, &small, TRI_SLICE("a/b"), ranges, 2, &other));
    cr_assert(tri_slice_is(one.type, other.type) == false);
    tri_arena_reset(&arena);
}

Test(handlers_multipart, without_memory_is_none)
{
    struct tri_arena arena;
    struct tri_multipart multipart;
    bool made = false;
    for (size_t cap = 0; !made && cap <= 16384; cap += 64) {
        tri_arena_init(&arena, NULL, cap);
        made = tri_multipart_make(&arena, &small, TRI_SLICE("a/b"), ranges, 3, &multipart);
        cr_assert(cap > 0 || !made);
        tri_arena_reset(&arena);
    }
    cr_assert(made);
}
