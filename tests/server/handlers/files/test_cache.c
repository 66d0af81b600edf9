/*
 * test_cache.c - what is kept of files, and for how long.
 */
#include "kept.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(handlers_cache, .init = kept_make, .fini = kept_remove, .timeout = 20);

static int get_coded(const struct tri_file *file, enum tri_coding coding, int64_t now_ns,
                     const struct tri_file **ret_file)
{
    struct tri_arena arena;
    tri_arena_init(&arena, NULL, 1 << 16);
    int result = tri_file_get_coded(file, coding, &arena, now_ns, ret_file);
    tri_arena_reset(&arena);
    return result;
}

Test(handlers_cache, keeps_type_and_validators_and_bytes_or_a_descriptor)
{
    kept_open(8, 1 << 20, VALID_NS);
    const struct tri_file *file = kept_get("a.txt", START_NS);
    cr_assert(eq(i64, file->bytes, 4));
    cr_assert(file->memory && memcmp(file->memory, "text", 4) == 0);
    cr_assert(tri_slice_is(file->type, TRI_SLICE("text/plain; charset=utf-8")));
    cr_assert(file->etag[0] == '"' && file->etag[strlen(file->etag) - 1] == '"');
    cr_assert(eq(sz, strlen(file->modified), 29));
    cr_assert(le(i64, file->modified_s, time(NULL)));
    cr_assert(eq(int, file->fd, -1), "its bytes are all that is sent of it");
    const struct tri_file *again = kept_get("a.txt", START_NS + 1);
    cr_assert(again == file, "the second request opens nothing");
    tri_file_drop(file);
    tri_file_drop(again);

    file = kept_get("b.css", START_NS);
    cr_assert(file->bytes == 0 && file->memory != NULL);
    tri_file_drop(file);
    file = kept_get("small", START_NS);
    cr_assert(file->memory && file->memory[TRI_FILE_SMALL_BYTES - 1] == '3');
    tri_file_drop(file);
    file = kept_get("big", START_NS);
    cr_assert(file->memory == NULL && file->bytes == TRI_FILE_SMALL_BYTES + 1);
    cr_assert(fcntl(file->fd, F_GETFD) == FD_CLOEXEC);
    tri_file_drop(file);
}

Test(handlers_cache, what_is_no_file_is_an_error_and_not_remembered)
{
    kept_open(8, 1 << 20, VALID_NS);
    int before = folder_fd_count();
    cr_assert(eq(int, kept_fail("sub", START_NS), EISDIR));
    cr_assert(eq(int, kept_fail("fifo", START_NS), ENOENT));
    cr_assert(eq(int, kept_fail("new.txt", START_NS), ENOENT));
    cr_assert(eq(int, folder_fd_count(), before));
    folder_file("root/new.txt", "new");
    tri_file_drop(kept_get("new.txt", START_NS));
}

Test(handlers_cache, works_without_a_cache)
{
    static const struct tri_files_options options = {.cache = NULL};
    folder_open(&kept, &options);
    int before = folder_fd_count();
    const struct tri_file *one = kept_get("a.txt", START_NS);
    const struct tri_file *other = kept_get("a.txt", START_NS);
    cr_assert(one != other && one->memory == NULL && one->fd != other->fd);
    cr_assert(eq(str, (char *)one->etag, (char *)other->etag));
    const struct tri_file *coded = NULL;
    cr_assert(eq(int, get_coded(one, TRI_CODING_GZIP, START_NS, &coded), -ENOENT));
    tri_file_put(tri_file_hold(one).of);
    tri_file_drop(other);
    cr_assert(eq(int, folder_fd_count(), before));
}

/* Ways in which a file stops being the one that was looked at. */
static void rewrite(void)
{
    folder_file("root/a.txt", "TEXT");
}

static void grow(void)
{
    folder_file("root/a.txt", "text and more");
}

static void replace(void)
{
    folder_file("root/tmp", "TEXT");
    cr_assert(rename(folder_path("root/tmp"), folder_path("root/a.txt")) == 0);
}

/* In place, and mtime set back: only ctime tells. */
static void forge(void)
{
    struct stat about;
    cr_assert(stat(folder_path("root/a.txt"), &about) == 0);
    const struct timespec times[2] = {about.st_mtim, about.st_mtim};
    folder_file("root/a.txt", "TEXT");
    cr_assert(utimensat(AT_FDCWD, folder_path("root/a.txt"), times, 0) == 0);
}

static const struct {
    void (*change)(void);
    const char *after;
    bool has_new_tag;
} changes[] = {
    {rewrite, "TEXT", true},
    {grow, "text and more", true},
    {replace, "TEXT", true},
    {forge, "TEXT", false}, /* as documented in entry.c */
};

Test(handlers_cache, a_change_shows_when_the_time_is_up_and_not_before)
{
    for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
        folder_file("root/a.txt", "text");
        folder_settle();
        kept_open(8, 1 << 20, VALID_NS);
        const struct tri_file *old = kept_get("a.txt", START_NS);
        changes[i].change();
        const struct tri_file *still = kept_get("a.txt", START_NS + VALID_NS * 3 / 4 - 1);
        cr_assert(still == old, "%zu", i);
        const struct tri_file *now = kept_get("a.txt", START_NS + VALID_NS);
        cr_assert(now != old && now->memory, "%zu", i);
        cr_assert(tri_slice_is((struct tri_slice){now->memory, (size_t)now->bytes},
                               tri_slice_of(changes[i].after)));
        cr_assert(eq(int, strcmp(now->etag, old->etag) != 0, changes[i].has_new_tag), "%zu", i);
        cr_assert(memcmp(old->memory, "text", 4) == 0, "who sends the old one keeps it");
        tri_file_drop(old);
        tri_file_drop(still);
        tri_file_drop(now);
        tri_file_cache_free(kept.options.cache);
        tri_files_close(&kept);
    }
    kept_open(1, 0, 0);
}

Test(handlers_cache, an_unchanged_file_is_confirmed_and_stays)
{
    kept_open(8, 1 << 20, VALID_NS);
    const struct tri_file *file = kept_get("a.txt", START_NS);
    int64_t now_ns = START_NS;
    int before = folder_fd_count();
    for (int i = 0; i < 5; i++) {
        now_ns += VALID_NS;
        const struct tri_file *again = kept_get("a.txt", now_ns);
        cr_assert(again == file);
        tri_file_drop(again);
    }
    cr_assert(eq(int, folder_fd_count(), before));
    /* the last look counts: a change after it may go unseen for as long again */
    folder_file("root/a.txt", "TEXT");
    const struct tri_file *again = kept_get("a.txt", now_ns + VALID_NS / 2);
    cr_assert(again == file);
    tri_file_drop(again);
    tri_file_drop(file);
}

Test(handlers_cache, one_looks_ahead_of_time_and_all_do_past_it)
{
    kept_open(8, 1 << 20, VALID_NS);
    struct tri_file_cache *cache = kept.options.cache;
    const struct tri_file_key key = tri_table_key(&kept, "a.txt");
    static const struct {
        int64_t age_ns;
        bool is_due;
    } borrowers[] = {
        {VALID_NS * 3 / 4 - 1, false}, {VALID_NS * 3 / 4, true}, {VALID_NS * 3 / 4, false},
        {VALID_NS - 1, false},         {VALID_NS, true},         {VALID_NS, true},
    };
    tri_file_drop(kept_get("a.txt", START_NS));
    struct tri_file_entry *entry = NULL;
    for (size_t i = 0; i < sizeof(borrowers) / sizeof(*borrowers); i++) {
        bool is_due = false;
        entry = tri_table_borrow(cache, &key, START_NS + borrowers[i].age_ns, &is_due);
        cr_assert(eq(int, is_due, borrowers[i].is_due), "%zu", i);
        tri_entry_release(entry);
    }
    tri_table_confirm(cache, entry, START_NS + VALID_NS);
    bool is_due = true;
    tri_entry_release(tri_table_borrow(cache, &key, START_NS + VALID_NS, &is_due));
    cr_assert(is_due == false);
    tri_entry_release(tri_table_borrow(cache, &key, START_NS + 2 * VALID_NS - 1, &is_due));
    cr_assert(is_due, "the next time somebody looks ahead again");
}

Test(handlers_cache, a_file_that_changes_between_look_and_read_is_the_new_one)
{
    kept_open(8, 1 << 20, VALID_NS);
    static const char *const contents[] = {"TEXT", "longer than it was", "x"};
    for (size_t i = 0; i < sizeof(contents) / sizeof(*contents); i++) {
        struct stat about;
        struct tri_file_entry *entry = NULL;
        int fd = tri_entry_look(&kept, "a.txt", &about);
        folder_settle();
        folder_file("root/a.txt", contents[i]); /* in place */
        cr_assert(eq(int, tri_entry_new(&kept, "a.txt", fd, &about, 100, &entry), 0));
        const struct tri_file *now = kept_get("a.txt", START_NS + (int64_t)i * VALID_NS);
        cr_assert(tri_slice_is((struct tri_slice){entry->file.memory, (size_t)entry->file.bytes},
                               tri_slice_of(contents[i])));
        cr_assert(eq(str, entry->file.etag, (char *)now->etag));
        tri_file_drop(now);
        tri_entry_release(entry);
    }
}

Test(handlers_cache, who_looked_later_is_right)
{
    kept_open(8, 1 << 20, VALID_NS);
    struct tri_file_cache *cache = kept.options.cache;
    const struct tri_file_key key = tri_table_key(&kept, "a.txt");
    struct stat about;
    struct tri_file_entry *early = NULL;
    int fd = tri_entry_look(&kept, "a.txt", &about);
    cr_assert(eq(int, tri_entry_new(&kept, "a.txt", fd, &about, 100, &early), 0));
    const struct tri_file *late = kept_get("a.txt", START_NS + 1);
    struct tri_file_entry *served = tri_table_keep(cache, &key, early, START_NS);
    cr_assert(served == late->entry);
    tri_entry_release(served);
    tri_file_drop(late);
}

Test(handlers_cache, what_vanished_is_gone_when_the_time_is_up)
{
    kept_open(8, 1 << 20, VALID_NS);
    int before = folder_fd_count();
    const struct tri_file *file = kept_get("a.txt", START_NS);
    const struct tri_file *big = kept_get("big", START_NS);
    cr_assert(unlink(folder_path("root/a.txt")) == 0 && unlink(folder_path("root/big")) == 0);
    cr_assert(eq(int, kept_fail("a.txt", START_NS + VALID_NS), ENOENT));
    cr_assert(eq(int, kept_fail("big", START_NS + VALID_NS), ENOENT));
    cr_assert(memcmp(file->memory, "text", 4) == 0);
    char text[4];
    cr_assert(pread(big->fd, text, 4, 0) == 4 && memcmp(text, "0123", 4) == 0);
    tri_file_drop(file);
    tri_file_drop(big);
    cr_assert(eq(int, folder_fd_count(), before), "a descriptor is closed with the last of it");
    folder_dir("root/a.txt");
    cr_assert(eq(int, kept_fail("a.txt", START_NS + VALID_NS), EISDIR));
}

Test(handlers_cache, a_file_swapped_for_a_way_out_is_gone_when_the_time_is_up)
{
    kept_open(8, 1 << 20, VALID_NS);
    folder_file("root/sub/secret.txt", "public");
    tri_file_drop(kept_get("sub/secret.txt", START_NS));
    cr_assert(rename(folder_path("root/sub"), folder_path("root/gone")) == 0);
    folder_link("root/sub", "../outside");
    int os = kept_fail("sub/secret.txt", START_NS + VALID_NS);
    cr_assert(os == EXDEV || os == ENOTDIR || os == ELOOP, "%d", os);
}

Test(handlers_cache, a_file_that_changed_just_now_is_read_again)
{
    kept_open(8, 1 << 20, VALID_NS);
    const struct tri_file *first = NULL;
    for (int i = 0; i < 100 && (!first || first->entry->settled);
         i++) { /* a busy machine is late */
        if (first)
            tri_file_drop(first);
        folder_file("root/a.txt", "just now");
        first = kept_get("a.txt", START_NS + i * VALID_NS);
    }
    folder_settle();
    const struct tri_file *second = kept_get("a.txt", START_NS + 200 * VALID_NS);
    cr_assert(second != first);
    const struct tri_file *third = kept_get("a.txt", START_NS + 201 * VALID_NS);
    cr_assert(third == second);
    tri_file_drop(first);
    tri_file_drop(second);
    tri_file_drop(third);
}

Test(handlers_cache, zero_validity_looks_every_time)
{
    kept_open(8, 1 << 20, 0);
    const struct tri_file *old = kept_get("a.txt", START_NS);
    folder_file("root/a.txt", "TEXT");
    const struct tri_file *now = kept_get("a.txt", START_NS);
    cr_assert(memcmp(now->memory, "TEXT", 4) == 0);
    tri_file_drop(old);
    tri_file_drop(now);
}

Test(handlers_cache, folders_do_not_see_each_others_entries)
{
    kept_open(8, 1 << 20, VALID_NS);
    struct tri_files other = kept;
    const struct tri_file *mine = kept_get("a.txt", START_NS);
    const struct tri_file *theirs = NULL;
    cr_assert(eq(int, tri_file_get(&other, "a.txt", START_NS, &theirs), 0));
    cr_assert(theirs != mine);
    tri_file_drop(mine);
    tri_file_drop(theirs);
}

Test(handlers_cache, a_missing_variant_is_remembered_for_the_same_time)
{
    kept_open(8, 1 << 20, VALID_NS);
    const struct tri_file *file = kept_get("a.txt", START_NS);
    const struct tri_file *coded = NULL;
    cr_assert(eq(int, get_coded(file, TRI_CODING_BROTLI, START_NS, &coded), -ENOENT));
    folder_file("root/a.txt.br", "br");
    folder_file("root/a.txt.zst", "zst");
    folder_file("root/a.txt.gz", "gz");
    int64_t late_ns = START_NS + VALID_NS;
    cr_assert(eq(int, get_coded(file, TRI_CODING_BROTLI, late_ns - 1, &coded), -ENOENT));
    static const struct {
        enum tri_coding coding;
        const char *content;
    } codings[] = {{TRI_CODING_BROTLI, "br"}, {TRI_CODING_ZSTD, "zst"}, {TRI_CODING_GZIP, "gz"}};
    for (size_t i = 0; i < 3; i++) {
        cr_assert(eq(int, get_coded(file, codings[i].coding, late_ns, &coded), 0));
        cr_assert(memcmp(coded->memory, codings[i].content, (size_t)coded->bytes) == 0);
        tri_file_drop(coded);
    }
    tri_file_drop(file);
}

static const struct {
    int64_t seconds;
    const char *date; /* NULL: now */
} times[] = {
    {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
    {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
    {-1, ""},
    {4000000000, NULL},
};

Test(handlers_cache, last_modified_is_the_files_time_but_never_the_future)
{
    kept_open(8, 1 << 20, 0);
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
        const struct timespec both[2] = {{.tv_sec = times[i].seconds},
                                         {.tv_sec = times[i].seconds}};
        cr_assert(eq(int, utimensat(AT_FDCWD, folder_path("root/a.txt"), both, 0), 0));
        int64_t before_s = time(NULL) - 1;
        const struct tri_file *file = kept_get("a.txt", START_NS);
        if (times[i].date) {
            cr_assert(eq(str, (char *)file->modified, (char *)times[i].date));
            cr_assert(eq(i64, file->modified_s, times[i].seconds));
        } else {
            cr_assert(file->modified_s >= before_s && file->modified_s <= time(NULL));
        }
        tri_file_drop(file);
    }
}

Test(handlers_cache, each_process_of_a_fork_has_its_own)
{
    kept_open(8, 1 << 20, VALID_NS);
    pid_t child = fork();
    cr_assert(child >= 0);
    const struct tri_file *file = kept_get("a.txt", START_NS);
    bool is_right = memcmp(file->memory, "text", 4) == 0;
    tri_file_drop(file);
    if (child == 0)
        _exit(is_right ? 0 : 1);
    int status = -1;
    waitpid(child, &status, 0);
    cr_assert(is_right && status == 0);
}
