/*
 * kept.c - see kept.h.
 */
#include "kept.h"

#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

struct tri_files kept;

void kept_make(void)
{
    folder_make();
    folder_file("root/a.txt", "text");
    folder_file("root/b.css", "");
    folder_bytes("root/small", TRI_FILE_SMALL_BYTES);
    folder_bytes("root/big", TRI_FILE_SMALL_BYTES + 1);
    folder_dir("root/sub");
    folder_fifo("root/fifo");
    folder_settle();
}

void kept_open(uint32_t entries, uint64_t bytes, int64_t valid_ns)
{
    const struct tri_files_options options = {
        .cache = tri_file_cache_new(entries, bytes, valid_ns),
    };
    cr_assert(options.cache != NULL);
    folder_open(&kept, &options);
}

void kept_remove(void)
{
    tri_file_cache_free(kept.options.cache);
    tri_files_close(&kept);
    folder_remove();
}

const struct tri_file *kept_get(const char *path, int64_t now_ns)
{
    const struct tri_file *file = NULL;
    cr_assert(eq(int, tri_file_get(&kept, path, now_ns, &file), 0), "%s", path);
    return file;
}

int kept_fail(const char *path, int64_t now_ns)
{
    const struct tri_file *file = NULL;
    int os = tri_file_get(&kept, path, now_ns, &file);
    cr_assert(lt(int, os, 0), "%s", path);
    cr_assert(file == NULL);
    return -os;
}

void kept_make_many(int count, int64_t bytes)
{
    for (int i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof(name), "root/%d.txt", i);
        folder_bytes(name, bytes);
    }
    folder_settle();
}

const struct tri_file *kept_get_many(int i)
{
    char name[32];
    snprintf(name, sizeof(name), "%d.txt", i);
    return kept_get(name, START_NS);
}
