/*
 * test_confine.c - what can be opened beneath a root, by each policy, with and without openat2.
 */
#include "server/handlers/files/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "folder.h"
#include "server/base/fd.h"

static struct tri_files files;

static void make(void)
{
    static const struct tri_files_options options = {.symlinks = TRI_SYMLINKS_INSIDE};
    folder_make();
    folder_file("root/a.txt", "text");
    folder_file("root/...", "three dots");
    folder_file("root/..a", "two dots");
    folder_dir("root/sub");
    folder_dir("root/sub/deep");
    folder_file("root/sub/b.txt", "text");
    folder_link("root/link.txt", "a.txt");
    folder_link("root/sub/up.txt", "../a.txt");
    folder_link("root/dir", "sub");
    folder_link("root/chain", "dir/up.txt");
    folder_link("root/dangling", "nowhere");
    folder_link("root/loop", "loop");
    folder_link("root/out.txt", "../secret.txt");
    folder_link("root/out", "../outside");
    folder_link("root/around", "../root/a.txt");
    folder_link("root/sub/deep/far", "../../../secret.txt");
    folder_link("root/absolute.txt", folder_path("secret.txt"));
    folder_link("root/inner.txt", folder_path("root/a.txt")); /* absolute, though inside */
    folder_link("root/here", ".");
    folder_link("root/null", "/dev/null");
    folder_link("root/self", "/proc/self/cwd");
    folder_fifo("root/fifo");
    folder_socket("root/socket");
    folder_open(&files, &options);
}

static void unmake(void)
{
    tri_files_close(&files);
    folder_remove();
}

TestSuite(handlers_confine, .init = make, .fini = unmake, .timeout = 20);

/* 's': opens and says "secret"; 'o': opens; '-': does not. */
static const struct {
    const char *path;
    const char *allowed; /* inside, none, inside walked, none walked, any */
} paths[] = {
    {"a.txt", "ooooo"},
    {"...", "ooooo"},
    {"..a", "ooooo"},
    {".", "ooooo"},
    {"sub", "ooooo"},
    {"sub/", "ooooo"},
    {"sub/b.txt", "ooooo"},
    {"fifo", "ooooo"}, /* without waiting for a writer; whoever asked must look what it is */
    {"socket", "-----"},
    {"missing", "-----"},
    {"missing/", "-----"},
    {"a.txt/", "-----"},
    {"a.txt/x", "-----"},
    /* no path at all */
    {"", "-----"},
    {"/", "-----"},
    {"/a.txt", "-----"},
    {"//a.txt", "-----"},
    {"/etc/passwd", "-----"},
    {"sub//b.txt", "-----"},
    {"./a.txt", "-----"},
    {"sub/.", "-----"},
    {"sub/./b.txt", "-----"},
    {"..", "-----"},
    {"../", "-----"},
    {"../secret.txt", "-----"},
    {"sub/..", "-----"},
    {"sub/../a.txt", "-----"},
    {"sub/../../secret.txt", "-----"},
    {"dir/../a.txt", "-----"},
    {"out/../secret.txt", "-----"},
    /* links that stay inside */
    {"link.txt", "o---o"},
    {"sub/up.txt", "o---o"},
    {"dir", "o---o"},
    {"dir/b.txt", "o---o"},
    {"dir/up.txt", "o---o"},
    {"chain", "o---o"},
    {"here/a.txt", "o---o"},
    {"here/here/sub/b.txt", "o---o"},
    /* and links that do not */
    {"dangling", "-----"},
    {"loop", "-----"},
    {"out.txt", "----s"},
    {"out", "----o"},
    {"out/secret.txt", "----s"},
    {"around", "----o"}, /* on its way it is outside */
    {"sub/deep/far", "----s"},
    {"absolute.txt", "----s"},
    {"inner.txt", "----o"},
    {"null", "----o"},
    {"self", "----o"},
};

static char try_open(const char *path)
{
    int fd = tri_confine_open(&files, path, 0);
    char text[16] = "";
    if (fd < 0)
        return '-';
    ssize_t len = read(fd, text, sizeof(text) - 1);
    close(fd);
    return len == 6 && strcmp(text, "secret") == 0 ? 's' : 'o';
}

Test(handlers_confine, each_policy_opens_what_it_says_and_nothing_else)
{
    static const enum tri_symlinks policies[] = {TRI_SYMLINKS_INSIDE, TRI_SYMLINKS_NONE,
                                                 TRI_SYMLINKS_INSIDE, TRI_SYMLINKS_NONE,
                                                 TRI_SYMLINKS_ANY};
    bool has_resolve = files.has_resolve;
    for (int way = has_resolve ? 0 : 2; way < 5; way++) {
        files.has_resolve = has_resolve && way < 2;
        files.options.symlinks = policies[way];
        int before = folder_fd_count();
        for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
            cr_assert(try_open(paths[i].path) == paths[i].allowed[way], "way %d: %s", way,
                      paths[i].path);
        cr_assert(eq(int, folder_fd_count(), before), "way %d leaks", way);
    }
}

Test(handlers_confine, a_folder_is_all_that_o_directory_opens)
{
    for (int way = 0; way < 2; way++) {
        files.has_resolve = files.has_resolve && way == 0;
        int fd = tri_confine_open(&files, "sub/", O_DIRECTORY);
        cr_assert(fd >= 0);
        close(fd);
        cr_assert(eq(int, tri_confine_open(&files, "a.txt", O_DIRECTORY), -ENOTDIR));
    }
}

Test(handlers_confine, long_names_say_so)
{
    static char path[8192];
    for (int way = 0; way < 2; way++) {
        files.has_resolve = files.has_resolve && way == 0;
        memset(path, 'x', 300);
        for (size_t len = 254; len <= 257; len++) {
            path[len] = '\0';
            int os = tri_confine_open(&files, path, 0);
            cr_assert(eq(int, os, len > 255 ? -ENAMETOOLONG : -ENOENT), "%zu", len);
            path[len] = 'x';
        }
        for (size_t i = 0; i < sizeof(path) - 2; i += 2)
            memcpy(path + i, "x/", 2);
        path[sizeof(path) - 2] = '\0';
        cr_assert(tri_confine_open(&files, path, 0) < 0);
    }
}

static atomic_bool stop;

/* A folder becomes a way out and a folder again, all the time. */
static void *swap(void *unused)
{
    (void)unused;
    char inside[512], swapped[512], outside[512];
    snprintf(inside, sizeof(inside), "%s", folder_path("root/swap"));
    snprintf(swapped, sizeof(swapped), "%s", folder_path("root/spare"));
    snprintf(outside, sizeof(outside), "%s", folder_path("root/exit"));
    while (!stop) {
        rename(inside, swapped);
        rename(outside, inside);
        rename(inside, outside);
        rename(swapped, inside);
    }
    return NULL;
}

Test(handlers_confine, a_folder_swapped_for_a_link_is_no_way_out)
{
    pthread_t thread;
    folder_dir("root/swap");
    folder_file("root/swap/secret.txt", "public");
    folder_link("root/exit", "../outside");
    cr_assert(eq(int, pthread_create(&thread, NULL, swap, NULL), 0));
    int opened = 0;
    for (int i = 0; i < 20000; i++) {
        files.has_resolve = files.has_resolve && i < 10000;
        char result = try_open("swap/secret.txt");
        cr_expect(result != 's');
        opened += result == 'o';
    }
    stop = true;
    pthread_join(thread, NULL);
    cr_assert(gt(int, opened, 0));
}
