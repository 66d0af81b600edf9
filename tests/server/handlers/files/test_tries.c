/*
 * test_tries.c - try_files: what is served in the place of a path.
 */
#include "server/handlers/files/tries.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "site.h"

static const char *const index_html[] = {"index.html"};

static void make(void)
{
    static const struct tri_files_options options = {.index = index_html, .index_count = 1};
    folder_make();
    folder_file("root/index.html", "<p>home");
    folder_file("root/a.txt", "text");
    folder_file("root/.hidden", "hidden");
    folder_dir("root/sub");
    folder_file("root/sub/index.html", "<p>sub");
    folder_file("root/sub/.html", "hidden");
    folder_dir("root/sub/deep");
    folder_file("root/sub/deep/page.html", "<p>deep");
    folder_link("root/up.txt", "../secret.txt");
    folder_fifo("root/fifo");
    folder_open(&site, &options);
}

TestSuite(handlers_tries, .init = make, .fini = site_remove, .timeout = 20);

/* Ask for `path` with try_files of `count` words at most, NULL behind the last of fewer. */
static void ask(struct drive *d, const char *path, const char *const *words, unsigned count)
{
    site.options.try_files = words;
    site.options.try_count = 0;
    while (site.options.try_count < count && words[site.options.try_count])
        site.options.try_count++;
    site_ask(d, TRI_METHOD_GET, path, NULL);
}

static const struct {
    const char *words[3];
    const char *path;
    int status;
    const char *content;
} tries[] = {
    {{"$path"}, "/a.txt", 200, "text"},
    {{"$path"}, "/missing", 404, ""},
    {{"$path"}, "/sub/", 200, "<p>sub"},
    {{"$path"}, "/sub", 301, ""},
    {{"$path"}, "/sub/deep", 404, ""}, /* it would not answer */
    {{"$path", "/a.txt"}, "/missing", 200, "text"},
    {{"$path", "/a.txt"}, "/", 200, "<p>home"},
    {{"$path", "/a.txt"}, "/sub/deep/", 200, "text"},
    {{"$path", "/a.txt"}, "/sub/deep", 200, "text"},
    {{"$path", "/a.txt"}, "/fifo", 200, "text"},
    {{"$path", "/a.txt"}, "/up.txt", 200, "text"}, /* refused as if it were not there */
    {{"$path", "/a.txt"}, "/.hidden", 404, ""},
    {{"$path", "/../secret.txt"}, "/missing", 404, ""}, /* not even the configuration leads out */
    {{"$path", "$path.html"}, "/sub/deep/page", 200, "<p>deep"},
    {{"$path", "$path.html", "/sub/"}, "/missing", 200, "<p>sub"},
    {{"$path.html", "$path"}, "/sub/", 200, "<p>sub"}, /* sub/.html is hidden */
    {{"/sub$path"}, "/index.html", 200, "<p>sub"},
    {{"/sub/$path"}, "/index.html", 200, "<p>sub"},
    {{"/sub/$path"}, "/deep/page.html", 200, "<p>deep"},
    {{"$path/"}, "/sub/", 200, "<p>sub"},
    {{"$path/"}, "/", 200, "<p>home"},
    {{"/sub"}, "/x", 404, ""}, /* a folder, though not the one that was asked for */
    {{"$path", "=404"}, "/missing", 404, ""},
    {{"$path", "=410", "/a.txt"}, "/missing", 410, ""},
    {{"$path", "=99"}, "/missing", 404, ""},
    /* into the folder that the path names: by its address with the slash alone */
    {{"$path/"}, "/sub", 301, ""},
    {{"$path", "$path/page.html", "=404"}, "/sub/deep/", 200, "<p>deep"},
    {{"$path", "$path/page.html", "=404"}, "/sub/deep", 301, ""},
    {{"$path/page.html"}, "/sub/deep/", 200, "<p>deep"},
    {{"/sub$path/page.html"}, "/deep/", 200, "<p>deep"},
    {{"/sub/$path/page.html"}, "/deep", 301, ""},
    {{"$path/index.html"}, "/", 200, "<p>home"},
    {{"/sub$path/index.html"}, "/", 200, "<p>sub"},
    {{"$path", "$path/index.html", "=404"}, "/missing", 404, ""},
    {{"$path", "$path/index.html", "=404"}, "/missing/", 404, ""},
    {{"$path", "$path/index.html", "=404"}, "/a.txt/", 404, ""},
    {{"$path", "$path/a.txt", "=404"}, "/sub//", 404, ""}, /* what was doubled stays so */
    {{"$path", "$path/../secret.txt", "=404"}, "/sub/deep/", 404, ""},
};

Test(handlers_tries, are_made_in_order)
{
    int before = folder_fd_count();
    for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
        struct drive d;
        ask(&d, tries[i].path, tries[i].words, 3);
        cr_assert(eq(int, drive_status(&d), tries[i].status), "%zu: %s", i, tries[i].path);
        if (tries[i].status == 200)
            cr_assert(drive_body_is(&d, tries[i].content), "%zu: %s", i, tries[i].path);
        drive_close(&d);
        cr_assert(eq(int, folder_fd_count(), before), "%zu: %s", i, tries[i].path);
    }
}

/* As the index names no file, the tries alone decide what a folder is. */
Test(handlers_tries, stand_in_for_an_index)
{
    static const char *const words[] = {"$path", "$path/index.html", "=404"};
    struct drive d;
    site.options.index_count = 0;
    ask(&d, "/sub", words, 3);
    cr_assert(eq(int, drive_status(&d), 301));
    cr_assert(eq(str, (char *)drive_reply_field(&d, "Location"), "/sub/"));
    drive_close(&d);
    ask(&d, "/sub/", words, 3);
    cr_assert(eq(int, drive_status(&d), 200));
    cr_assert(drive_body_is(&d, "<p>sub"));
    drive_close(&d);
    ask(&d, "/sub/deep", words, 3);
    cr_assert(eq(int, drive_status(&d), 404));
    drive_close(&d);
}

Test(handlers_tries, into_a_folder_that_is_listed_leave_no_descriptor)
{
    static const char *const words[] = {"$path/"};
    struct drive d;
    int before = folder_fd_count();
    site.options.listing = true;
    ask(&d, "/sub/deep", words, 1);
    cr_assert(eq(int, drive_status(&d), 301));
    drive_close(&d);
    cr_assert(eq(int, folder_fd_count(), before));
}
