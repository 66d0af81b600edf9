/*
 * test_buf.c - the byte queue: order is kept, the cap holds, memory is reused.
 */
#include "server/base/buf.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(base_buf, .timeout = 5);

static void expect(const struct tri_buf *buf, const char *text)
{
    cr_assert(tri_slice_is(tri_buf_unread(buf), tri_slice_of(text)), "found \"%.*s\", not \"%s\"",
              (int)tri_buf_len(buf), tri_buf_unread(buf).at, text);
}

Test(base_buf, zero_initialised_is_empty)
{
    struct tri_buf buf = {0};
    cr_assert(eq(sz, tri_buf_len(&buf), 0));
    cr_assert(eq(sz, tri_buf_space(&buf), 0));
    tri_buf_drop(&buf, 0);
    cr_assert(tri_buf_add(&buf, (struct tri_slice){0}, 0));
    tri_buf_free(&buf);
}

Test(base_buf, first_in_is_first_out)
{
    struct tri_buf buf = {0};
    cr_assert(tri_buf_add(&buf, TRI_SLICE("hello "), 64));
    cr_assert(tri_buf_add(&buf, TRI_SLICE("world"), 64));
    tri_buf_drop(&buf, 4);
    expect(&buf, "o world");
    tri_buf_drop(&buf, 7);
    expect(&buf, "");
    cr_assert(eq(u32, buf.start, 0));
    cr_assert(eq(u32, buf.end, 0));
    tri_buf_free(&buf);
    cr_assert(eq(ptr, buf.bytes, NULL));
}

Test(base_buf, cap_is_exact)
{
    struct tri_buf buf = {0};
    cr_assert(tri_buf_add(&buf, TRI_SLICE("123"), 4));
    cr_assert(not(tri_buf_add(&buf, TRI_SLICE("45"), 4)));
    expect(&buf, "123");
    cr_assert(tri_buf_add(&buf, TRI_SLICE("4"), 4));
    cr_assert(not(tri_buf_add(&buf, TRI_SLICE("5"), 4)));
    cr_assert(eq(u32, buf.room, 4));
    expect(&buf, "1234");
    tri_buf_free(&buf);
}

Test(base_buf, absurd_reservations_are_refused)
{
    struct tri_buf buf = {0};
    cr_assert(not(tri_buf_reserve(&buf, SIZE_MAX, SIZE_MAX)));
    cr_assert(not(tri_buf_reserve(&buf, (size_t)UINT32_MAX + 1, SIZE_MAX)));
    cr_assert(tri_buf_add(&buf, TRI_SLICE("x"), 8));
    cr_assert(not(tri_buf_reserve(&buf, SIZE_MAX, SIZE_MAX)));
    expect(&buf, "x");
    tri_buf_free(&buf);
}

Test(base_buf, dropped_bytes_make_room_before_memory_is_asked_for)
{
    struct tri_buf buf = {0};
    cr_assert(tri_buf_add(&buf, TRI_SLICE("12345678"), 8));
    tri_buf_drop(&buf, 6);
    cr_assert(tri_buf_reserve(&buf, 6, 8));
    cr_assert(eq(u32, buf.room, 8));
    cr_assert(eq(u32, buf.start, 0));
    cr_assert(ge(sz, tri_buf_space(&buf), 6));
    expect(&buf, "78");
    tri_buf_free(&buf);
}

/* One byte leaves for ten that come, so memory grows with start in the middle. */
Test(base_buf, keeps_order_while_growing_and_dropping)
{
    struct tri_buf buf = {0};
    unsigned char added = 0;
    unsigned char dropped = 0;
    for (int i = 0; i < 1000; i++) {
        char ten[10];
        for (int j = 0; j < 10; j++)
            ten[j] = (char)added++;
        cr_assert(tri_buf_add(&buf, (struct tri_slice){ten, 10}, 10000));
        cr_assert(eq(int, (unsigned char)*tri_buf_unread(&buf).at, dropped));
        tri_buf_drop(&buf, 1);
        dropped++;
    }
    struct tri_slice rest = tri_buf_unread(&buf);
    cr_assert(eq(sz, rest.len, 9000));
    for (size_t i = 0; i < rest.len; i++)
        cr_assert(eq(int, (unsigned char)rest.at[i], (unsigned char)(dropped + i)));
    tri_buf_free(&buf);
}

Test(base_buf, bytes_written_at_the_tail_count_when_added)
{
    struct tri_buf buf = {0};
    cr_assert(tri_buf_reserve(&buf, 3, 100));
    memcpy(tri_buf_tail(&buf), "abc", 3);
    expect(&buf, "");
    tri_buf_added(&buf, 3);
    expect(&buf, "abc");
    tri_buf_free(&buf);
}
