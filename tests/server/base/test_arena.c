/*
 * test_arena.c - memory of one exchange: alignment, the cap, and who gets chunks back.
 */
#include "server/base/arena.h"

#include <stdint.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define HEADER 16 /* bytes of a chunk that are not the caller's */
#define ROOM (TRI_CHUNK_BYTES - HEADER)

TestSuite(base_arena, .timeout = 5);

Test(base_arena, takes_nothing_before_the_first_allocation)
{
    struct tri_arena arena;
    tri_arena_init(&arena, NULL, 1 << 20);
    cr_assert(eq(sz, arena.total, 0));
    tri_arena_reset(&arena);
    cr_assert(eq(sz, arena.total, 0));
}

Test(base_arena, aligns_every_size_and_keeps_neighbours_apart)
{
    struct tri_arena arena;
    unsigned char *pieces[200];
    tri_arena_init(&arena, NULL, 1 << 20);
    for (size_t i = 0; i < 200; i++) {
        pieces[i] = tri_arena_alloc(&arena, i);
        cr_assert(ne(ptr, pieces[i], NULL), "%zu bytes", i);
        cr_assert(eq(sz, (uintptr_t)pieces[i] % 16, 0), "%zu bytes", i);
        memset(pieces[i], (int)i, i);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j < i; j++)
            cr_assert(eq(int, pieces[i][j], (int)i));
    tri_arena_reset(&arena);
}

Test(base_arena, fills_a_chunk_to_its_last_byte)
{
    struct tri_arena arena;
    tri_arena_init(&arena, NULL, 1 << 20);
    cr_assert(ne(ptr, tri_arena_alloc(&arena, ROOM), NULL));
    cr_assert(eq(sz, arena.total, TRI_CHUNK_BYTES));
    cr_assert(ne(ptr, tri_arena_alloc(&arena, 1), NULL));
    cr_assert(eq(sz, arena.total, 2 * TRI_CHUNK_BYTES));
    tri_arena_reset(&arena);
}

Test(base_arena, big_thing_does_not_waste_the_chunk_being_filled)
{
    struct tri_arena arena;
    tri_arena_init(&arena, NULL, 1 << 20);
    char *first = tri_arena_alloc(&arena, 16);
    char *big = tri_arena_alloc(&arena, ROOM + 1);
    memset(big, 'x', ROOM + 1);
    cr_assert(eq(sz, arena.total, TRI_CHUNK_BYTES + HEADER + ROOM + 16));
    cr_assert(eq(ptr, tri_arena_alloc(&arena, 16), first + 16));
    tri_arena_reset(&arena);
}

Test(base_arena, first_thing_may_be_big)
{
    struct tri_arena arena;
    struct tri_pool pool = {.keep = 4};
    tri_arena_init(&arena, &pool, 1 << 20);
    memset(tri_arena_alloc(&arena, 100001), 'x', 100001);
    memset(tri_arena_alloc(&arena, 100), 'y', 100);
    tri_arena_reset(&arena);
    cr_assert(eq(uint, pool.count, 1), "only the ordinary chunk is pooled");
    tri_pool_deinit(&pool);
}

Test(base_arena, cap_allows_n_chunks_and_not_one_more)
{
    struct tri_arena arena;
    tri_arena_init(&arena, NULL, 2 * TRI_CHUNK_BYTES);
    cr_assert(ne(ptr, tri_arena_alloc(&arena, ROOM), NULL));
    cr_assert(ne(ptr, tri_arena_alloc(&arena, ROOM), NULL));
    cr_assert(eq(ptr, tri_arena_alloc(&arena, 1), NULL));
    tri_arena_reset(&arena);
    cr_assert(ne(ptr, tri_arena_alloc(&arena, 1), NULL), "a reset arena is usable");
    tri_arena_reset(&arena);
}

Test(base_arena, cap_counts_big_things_to_the_byte)
{
    struct tri_arena arena;
    size_t bytes = 16 * 1024;
    tri_arena_init(&arena, NULL, bytes + HEADER - 1);
    cr_assert(eq(ptr, tri_arena_alloc(&arena, bytes), NULL));
    tri_arena_init(&arena, NULL, bytes + HEADER);
    cr_assert(ne(ptr, tri_arena_alloc(&arena, bytes), NULL));
    tri_arena_reset(&arena);
}

Test(base_arena, absurd_sizes_do_not_wrap)
{
    struct tri_arena arena;
    tri_arena_init(&arena, NULL, SIZE_MAX);
    cr_assert(eq(ptr, tri_arena_alloc(&arena, SIZE_MAX), NULL));
    cr_assert(eq(ptr, tri_arena_alloc(&arena, SIZE_MAX - 16), NULL));
    cr_assert(eq(sz, arena.total, 0));
}

Test(base_arena, pool_lends_the_same_chunk_again_and_keeps_at_most_keep)
{
    struct tri_arena arena;
    struct tri_pool pool = {.keep = 1};
    tri_arena_init(&arena, &pool, 1 << 20);
    tri_arena_alloc(&arena, ROOM);
    void *second = tri_arena_alloc(&arena, ROOM);
    tri_arena_reset(&arena);
    cr_assert(eq(uint, pool.count, 1));
    cr_assert(eq(ptr, tri_arena_alloc(&arena, 1), second), "newest first in, so first out");
    cr_assert(eq(uint, pool.count, 0));
    tri_arena_reset(&arena);
    tri_pool_deinit(&pool);
    cr_assert(eq(uint, pool.count, 0));
    cr_assert(eq(ptr, pool.free, NULL));
}

Test(base_arena, copy_ends_in_nul)
{
    struct tri_arena arena;
    tri_arena_init(&arena, NULL, 1 << 20);
    struct tri_slice copy = tri_arena_copy(&arena, (struct tri_slice){"abcdef", 3});
    cr_assert(eq(str, (char *)copy.at, "abc"));
    cr_assert(eq(sz, copy.len, 3));
    copy = tri_arena_copy(&arena, (struct tri_slice){0});
    cr_assert(eq(str, (char *)copy.at, ""));
    cr_assert(eq(sz, copy.len, 0));
    tri_arena_reset(&arena);
}

Test(base_arena, joined_texts_stand_one_behind_the_other)
{
    static const struct tri_slice texts[] = {TRI_SLICE("ab"), {0}, TRI_SLICE(""), TRI_SLICE("c")};
    struct tri_arena arena;
    tri_arena_init(&arena, NULL, 1 << 20);
    struct tri_slice joined = tri_arena_join(&arena, texts, 4);
    cr_assert(eq(str, (char *)joined.at, "abc"));
    cr_assert(eq(sz, joined.len, 3));
    joined = tri_arena_join(&arena, texts, 0);
    cr_assert(eq(str, (char *)joined.at, ""));
    cr_assert(eq(sz, joined.len, 0));
    tri_arena_reset(&arena);
}

/* Texts around the space that is left take the in-place path and the second-try path. */
Test(base_arena, printf_is_whole_wherever_a_chunk_ends)
{
    static char expected[2 * TRI_CHUNK_BYTES + 1];
    memset(expected, 'p', sizeof(expected) - 1);
    for (int left = 16; left <= 64; left += 16)
        for (int len = left - 2; len <= left + 2; len++) {
            struct tri_arena arena;
            tri_arena_init(&arena, NULL, 1 << 20);
            tri_arena_alloc(&arena, (size_t)(ROOM - left));
            struct tri_slice text = tri_arena_printf(&arena, "%.*s", len, expected);
            cr_assert(eq(sz, text.len, (size_t)len));
            cr_assert(eq(sz, strlen(text.at), (size_t)len));
            tri_arena_reset(&arena);
        }
    struct tri_arena arena;
    tri_arena_init(&arena, NULL, 1 << 20);
    struct tri_slice text = tri_arena_printf(&arena, "%s", expected);
    cr_assert(eq(str, (char *)text.at, expected));
    tri_arena_reset(&arena);
}

Test(base_arena, exhausted_copy_join_and_printf_say_so)
{
    struct tri_arena arena;
    tri_arena_init(&arena, NULL, TRI_CHUNK_BYTES - 1);
    cr_assert(eq(ptr, (void *)tri_arena_copy(&arena, TRI_SLICE("x")).at, NULL));
    cr_assert(eq(ptr, (void *)tri_arena_join(&arena, NULL, 0).at, NULL));
    cr_assert(eq(ptr, (void *)tri_arena_printf(&arena, "%d", 1).at, NULL));
}
