/*
 * test_bounds.c - how much is kept of files, and what becomes of it when something runs out.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "kept.h"

TestSuite(handlers_bounds, .init = kept_make, .fini = kept_remove, .timeout = 20);

/* Leave the process `count` descriptors, or give it back what it had. */
static void ration(int count)
{
    static struct rlimit whole;
    if (count < 0) {
        setrlimit(RLIMIT_NOFILE, &whole);
        return;
    }
    cr_assert(getrlimit(RLIMIT_NOFILE, &whole) == 0);
    const struct rlimit none = {(rlim_t)(folder_next_fd() + count), whole.rlim_max};
    cr_assert(setrlimit(RLIMIT_NOFILE, &none) == 0);
}

static const int64_t sizes[] = {SMALL_BYTES, LARGE_BYTES};

Test(handlers_bounds, holds_no_more_entries_than_it_may_and_drops_the_oldest)
{
    for (size_t size = 0; size < 2; size++) {
        kept_make_many(10, sizes[size]);
        kept_open(4, 1 << 20, VALID_NS);
        int before = folder_fd_count();
        for (int i = 0; i < 10; i++) {
            char name[32];
            snprintf(name, sizeof(name), "root/%d.txt", i);
            tri_file_drop(kept_get_many(i));
            cr_assert(unlink(folder_path(name)) == 0); /* from here on only the cache has it */
            tri_file_drop(kept_get_many(0));           /* always in use, so it stays */
        }
        cr_assert(eq(u32, kept.options.cache->entries, 4));
        cr_assert(eq(int, folder_fd_count(), before + (size ? 4 : 0)));
        for (int i = 0; i < 10; i++) {
            char name[32];
            snprintf(name, sizeof(name), "%d.txt", i);
            if (i == 0 || i > 6)
                tri_file_drop(kept_get_many(i));
            else
                cr_assert(eq(int, kept_fail(name, START_NS), ENOENT));
        }
        tri_file_cache_free(kept.options.cache);
        tri_files_close(&kept);
    }
    kept_open(0, 0, 0);
}

Test(handlers_bounds, holds_no_more_bytes_than_it_may)
{
    kept_make_many(10, SMALL_BYTES);
    kept_open(100, 4500, VALID_NS);
    for (int i = 0; i < 10; i++)
        tri_file_drop(kept_get_many(i));
    cr_assert(eq(u32, kept.options.cache->entries, 4));
    cr_assert(eq(u64, kept.options.cache->bytes, 4 * SMALL_BYTES));

    /* what alone is more than all of it is kept without its bytes */
    const struct tri_file *small = kept_get("small", START_NS);
    cr_assert(small->memory == NULL && small->fd >= 0);
    const struct tri_file *again = kept_get("small", START_NS);
    cr_assert(again == small);
    tri_file_drop(again);
    tri_file_drop(small);
    cr_assert(eq(u32, kept.options.cache->entries, 5));
}

Test(handlers_bounds, small_files_keep_no_descriptor)
{
    kept_make_many(20, SMALL_BYTES);
    kept_open(100, 1 << 20, VALID_NS);
    int before = folder_fd_count();
    for (int i = 0; i < 20; i++)
        tri_file_drop(kept_get_many(i));
    cr_assert(eq(u32, kept.options.cache->entries, 20));
    cr_assert(eq(int, folder_fd_count(), before));
}

Test(handlers_bounds, holds_no_more_descriptors_than_it_may_whatever_else_it_holds)
{
    kept_make_many(10, LARGE_BYTES);
    kept_open(100, 1 << 20, VALID_NS);
    tri_file_cache_limit_fds(kept.options.cache, 3);
    int before = folder_fd_count();
    const struct tri_file *small = kept_get("a.txt", START_NS); /* the least recently used */
    const struct tri_file *last[2] = {NULL, NULL};
    tri_file_drop(small);
    for (int i = 0; i < 10; i++) {
        const struct tri_file *file = kept_get_many(i);
        if (i >= 8)
            last[i - 8] = file;
        tri_file_drop(file);
        cr_assert(le(int, folder_fd_count(), before + 3));
    }
    cr_assert(eq(int, folder_fd_count(), before + 3));
    for (int i = 8; i < 10; i++) {
        const struct tri_file *file = kept_get_many(i);
        cr_assert(file == last[i - 8], "%d", i);
        tri_file_drop(file);
    }
    const struct tri_file *again = kept_get("a.txt", START_NS);
    cr_assert(again == small, "it had no descriptor to give up");
    tri_file_drop(again);
}

Test(handlers_bounds, without_a_share_of_descriptors_large_files_are_opened_for_each_request)
{
    kept_open(100, 1 << 20, VALID_NS);
    tri_file_cache_limit_fds(kept.options.cache, 0);
    int before = folder_fd_count();
    for (int i = 0; i < 3; i++)
        tri_file_drop(kept_get("big", START_NS));
    tri_file_drop(kept_get("a.txt", START_NS));
    cr_assert(eq(int, folder_fd_count(), before));
    cr_assert(eq(u32, kept.options.cache->entries, 1));
}

Test(handlers_bounds, of_small_and_large_the_least_recently_used_goes)
{
    kept_open(2, 1 << 20, VALID_NS);
    const struct tri_file *big = kept_get("big", START_NS);
    tri_file_drop(big);
    tri_file_drop(kept_get("a.txt", START_NS));
    tri_file_drop(kept_get("big", START_NS));
    tri_file_drop(kept_get("b.css", START_NS)); /* in the place of a.txt */
    const struct tri_file *again = kept_get("big", START_NS);
    cr_assert(again == big);
    tri_file_drop(again);
    int before = folder_fd_count();
    tri_file_drop(kept_get("b.css", START_NS));
    tri_file_drop(kept_get("a.txt", START_NS)); /* in the place of big */
    cr_assert(eq(int, folder_fd_count(), before - 1));
}

Test(handlers_bounds, what_is_being_sent_is_not_dropped)
{
    for (size_t size = 0; size < 2; size++) {
        kept_make_many(4, sizes[size]);
        kept_open(2, 1 << 20, VALID_NS);
        const struct tri_file *sent[4];
        for (int i = 0; i < 4; i++)
            sent[i] = kept_get_many(i);
        for (int i = 0; i < 4; i++) {
            const struct tri_file *again = kept_get_many(i);
            cr_assert(eq(int, again == sent[i], i < 2), "%d", i);
            tri_file_drop(again);
        }
        for (int i = 0; i < 4; i++)
            tri_file_drop(sent[i]);
        cr_assert(eq(u32, kept.options.cache->entries, 2));
        tri_file_cache_free(kept.options.cache);
        tri_files_close(&kept);
    }
    kept_open(0, 0, 0);
}

Test(handlers_bounds, an_empty_cache_serves_uncached)
{
    kept_open(0, 0, VALID_NS);
    int before = folder_fd_count();
    const struct tri_file *file = kept_get("a.txt", START_NS);
    const struct tri_file *other = kept_get("a.txt", START_NS);
    cr_assert(file != other);
    tri_file_drop(file);
    tri_file_drop(other);
    cr_assert(eq(int, folder_fd_count(), before));
}

/* --- shortages --- */

Test(handlers_bounds, gives_descriptors_back_when_there_are_none_left)
{
    kept_make_many(6, LARGE_BYTES);
    kept_open(100, 1 << 20, VALID_NS);
    for (int i = 0; i < 5; i++)
        tri_file_drop(kept_get_many(i));
    const struct tri_file *file = NULL;
    ration(0);
    int os = tri_file_get(&kept, "5.txt", START_NS, &file);
    ration(-1);
    cr_assert(eq(int, os, 0));
    tri_file_drop(file);
}

Test(handlers_bounds, what_cannot_be_looked_at_is_served_on_for_some_time)
{
    int64_t due_ns = START_NS + VALID_NS;
    kept_open(8, 1 << 20, VALID_NS);
    const struct tri_file *file = kept_get("a.txt", START_NS), *again = NULL, *other = NULL;
    folder_file("root/a.txt", "TEXT");
    ration(0);
    int first = tri_file_get(&kept, "a.txt", due_ns, &again);
    int last = tri_file_get(&kept, "a.txt", due_ns + TRI_FILE_GRACE_NS - 1, &other);
    ration(-1);
    cr_assert(eq(int, first, 0));
    cr_assert(eq(int, last, 0));
    cr_assert(again == file && other == file);
    tri_file_drop(again);
    tri_file_drop(other);

    const struct tri_file *now = kept_get("a.txt", due_ns); /* it is still due */
    cr_assert(memcmp(now->memory, "TEXT", 4) == 0);
    tri_file_drop(now);
    ration(0);
    first = tri_file_get(&kept, "a.txt", due_ns + VALID_NS + TRI_FILE_GRACE_NS, &again);
    ration(-1);
    cr_assert(eq(int, first, -EMFILE), "some time is over");
    tri_file_drop(file);
}

Test(handlers_bounds, a_variant_that_cannot_be_opened_is_not_taken_for_absent)
{
    struct tri_arena arena;
    const struct tri_file *coded = NULL;
    tri_arena_init(&arena, NULL, 1 << 16);
    folder_file("root/a.txt.gz", "gz");
    kept_open(8, 1 << 20, VALID_NS);
    const struct tri_file *file = kept_get("a.txt", START_NS);
    ration(0);
    int os = tri_file_get_coded(file, TRI_CODING_GZIP, &arena, START_NS, &coded);
    ration(-1);
    cr_assert(eq(int, os, -EMFILE));
    tri_arena_reset(&arena);
    tri_arena_init(&arena, NULL, 0);
    os = tri_file_get_coded(file, TRI_CODING_GZIP, &arena, START_NS, &coded);
    cr_assert(eq(int, os, -ENOMEM));
    tri_arena_init(&arena, NULL, 1 << 16);
    cr_assert(eq(int, tri_file_get_coded(file, TRI_CODING_GZIP, &arena, START_NS, &coded), 0));
    tri_file_drop(coded);
    tri_file_drop(file);
    tri_arena_reset(&arena);
}
