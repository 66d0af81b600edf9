/*
 * test_files.c - which file answers a path, and what answers when none does.
 *
 * Every look-up is tried both ways: confined by the kernel and walked name by name.
 */
#include "server/handlers/files/files.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "folder.h"
#include "server/base/error.h"
#include "server/handlers/files/cache.h"
#include "server/handlers/handlers.h"
#include "tests/server/handlers/drive.h"

static struct tri_files files;
static const char *const index_html[] = {"index.html"};

static void make(void)
{
    static const struct tri_files_options options = {.index = index_html, .index_count = 1};
    folder_make();
    folder_file("root/index.html", "<p>home");
    folder_file("root/a.txt", "text");
    folder_file("root/empty.css", "");
    folder_file("root/a b%.txt", "odd");
    folder_file("root/back\\slash", "backslash");
    folder_file("root/..dots", "hidden");
    folder_file("root/.hidden", "hidden");
    folder_dir("root/.git");
    folder_file("root/.git/config", "hidden");
    folder_dir("root/.well-known");
    folder_file("root/.well-known/security.txt", "well known");
    folder_file("root/.well-known/.hidden", "hidden");
    folder_dir("root/sub");
    folder_dir("root/sub/.well-known");
    folder_file("root/sub/.well-known/x", "hidden");
    folder_dir("root/sub/deep");
    folder_dir("root/sub dir?");
    folder_dir("root/odd");
    folder_dir("root/odd/index.html");
    folder_file("root/sub/index.html", "<p>sub");
    folder_file("root/sub/deep/page.html", "<p>deep");
    folder_link("root/link.txt", "a.txt");
    folder_link("root/up.txt", "../secret.txt");
    folder_link("root/out", "../outside");
    folder_link("root/loop", "loop");
    folder_link("root/absolute.txt", folder_path("secret.txt"));
    folder_fifo("root/fifo");
    folder_socket("root/socket");
    folder_open(&files, &options);
}

static void unmake(void)
{
    tri_files_close(&files);
    folder_remove();
}

TestSuite(handlers_files, .init = make, .fini = unmake, .timeout = 20);

/* The status for `path`; *content (room for 64 bytes) gets the body when it is 200. */
static int get(const char *path, char *content)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, path, "");
    d.x.context = &files;
    drive_finish(&d, &tri_handler_files);
    int status = drive_status(&d);
    content[0] = '\0';
    if (status == 200) {
        struct tri_slice body = drive_body(&d);
        snprintf(content, 64, "%.*s", (int)body.len, body.at);
    } else if (status >= 400) {
        cr_assert(d.x.response.is_plain_error, "%s", path);
    }
    drive_close(&d);
    return status;
}

struct lookup {
    const char *path;
    int resolved, walked; /* status by openat2, and by walking */
    const char *content;
};

static void expect(const struct lookup *lookups, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char content[64];
        int status = files.has_resolve ? lookups[i].resolved : lookups[i].walked;
        cr_assert(eq(int, get(lookups[i].path, content), status), "%s", lookups[i].path);
        if (status == 200)
            cr_assert(eq(str, content, (char *)lookups[i].content), "%s", lookups[i].path);
    }
}

#define EXPECT(lookups) expect(lookups, sizeof(lookups) / sizeof(*(lookups)))

static const struct lookup plain[] = {
    {"/", 200, 200, "<p>home"},
    {"/index.html", 200, 200, "<p>home"},
    {"/a.txt", 200, 200, "text"},
    {"/empty.css", 200, 200, ""},
    {"/a b%.txt", 200, 200, "odd"},
    {"/back\\slash", 200, 200, "backslash"},
    {"/sub", 301, 301, ""},
    {"/sub/", 200, 200, "<p>sub"},
    {"/sub/deep", 301, 301, ""},
    {"/sub/deep/", 404, 404, ""}, /* no index.html, and no listing */
    {"/odd/", 404, 404, ""},      /* its index.html is a folder */
    {"/sub/deep/page.html", 200, 200, "<p>deep"},
    {"/missing", 404, 404, ""},
    {"/missing/", 404, 404, ""},
    {"/missing/x", 404, 404, ""},
    {"/a.txt/", 404, 404, ""},
    {"/a.txt/x", 404, 404, ""},
    /* hidden */
    {"/.hidden", 404, 404, ""},
    {"/..dots", 404, 404, ""},
    {"/.git", 404, 404, ""},
    {"/.git/config", 404, 404, ""},
    {"/sub/../.hidden", 404, 404, ""},
    {"/.well-known/security.txt", 200, 200, "well known"},
    {"/.well-known/.hidden", 404, 404, ""},
    {"/.well-knownx", 404, 404, ""},
    {"/sub/.well-known/x", 404, 404, ""},
    /* ways out; the target's parser lets none of the dots through, yet they must not work */
    {"/..", 404, 404, ""},
    {"/../secret.txt", 404, 404, ""},
    {"/sub/../../secret.txt", 404, 404, ""},
    {"/sub/..", 404, 404, ""},
    {"/.", 404, 404, ""},
    {"//", 404, 404, ""},
    {"//sub", 404, 404, ""},
    {"//etc/passwd", 404, 404, ""},
    {"/sub//index.html", 404, 404, ""},
    {"/sub//", 404, 404, ""},
    {"/..%2Fsecret.txt", 404, 404, ""},
    {"/sub%2Findex.html", 404, 404, ""},
    {"/..\\secret.txt", 404, 404, ""},
    {"/up.txt", 404, 404, ""},
    {"/absolute.txt", 404, 404, ""},
    {"/out/secret.txt", 404, 404, ""},
    {"/out", 404, 404, ""},
    {"/loop", 404, 404, ""},
    /* inside: the kernel can tell, walking cannot */
    {"/link.txt", 200, 404, "text"},
    /* not regular */
    {"/fifo", 404, 404, ""},
    {"/socket", 404, 404, ""},
};

Test(handlers_files, serves_what_is_inside_and_nothing_else)
{
    if (!files.has_resolve)
        cr_skip_test("this kernel or sandbox has no openat2");
    EXPECT(plain);
}

Test(handlers_files, serves_the_same_without_openat2_but_for_links)
{
    files.has_resolve = false;
    EXPECT(plain);
}

Test(handlers_files, serves_the_same_from_a_cache)
{
    files.options.cache = tri_file_cache_new(16, 1 << 20, INT64_C(1) << 40);
    EXPECT(plain);
    EXPECT(plain); /* and again, from what is there now */
    tri_file_cache_free(files.options.cache);
}

Test(handlers_files, links_go_by_their_policy)
{
    static const struct lookup any[] = {
        {"/link.txt", 200, 200, "text"},
        {"/up.txt", 200, 200, "secret"},
        {"/out/secret.txt", 200, 200, "secret"},
        {"/../secret.txt", 404, 404, ""},
        {"/.hidden", 404, 404, ""},
        {"/loop", 404, 404, ""},
    };
    static const struct lookup none[] = {
        {"/a.txt", 200, 200, "text"},
        {"/link.txt", 404, 404, ""},
        {"/up.txt", 404, 404, ""},
    };
    files.options.symlinks = TRI_SYMLINKS_ANY;
    EXPECT(any);
    files.options.symlinks = TRI_SYMLINKS_NONE;
    EXPECT(none);
}

Test(handlers_files, dotfiles_are_shown_on_demand_but_are_no_way_up)
{
    static const struct lookup shown[] = {
        {"/.hidden", 200, 200, "hidden"},
        {"/..dots", 200, 200, "hidden"},
        {"/.git/config", 200, 200, "hidden"},
        {"/sub/.well-known/x", 200, 200, "hidden"},
        {"/..", 404, 404, ""},
        {"/.", 404, 404, ""},
        {"/./a.txt", 404, 404, ""},
        {"/../secret.txt", 404, 404, ""},
        {"/sub/../../secret.txt", 404, 404, ""},
    };
    files.options.dotfiles = true;
    EXPECT(shown);
    files.has_resolve = false;
    EXPECT(shown);
}

Test(handlers_files, the_first_index_that_is_there_stands_for_its_folder)
{
    static const char *const several[] = {"index.htm", "default.html", "index.html"};
    static const struct lookup before[] = {{"/sub/", 200, 200, "<p>sub"}};
    static const struct lookup after[] = {{"/sub/", 200, 200, "default"}};
    static const struct lookup without[] = {{"/sub/", 404, 404, ""}, {"/sub", 301, 301, ""}};
    files.options.index = several;
    files.options.index_count = 3;
    EXPECT(before);
    folder_file("root/sub/default.html", "default");
    EXPECT(after);
    files.options.index_count = 0;
    EXPECT(without);
}

Test(handlers_files, a_folder_without_index_is_listed_on_demand)
{
    char content[64];
    files.options.listing = true;
    cr_assert(eq(int, get("/sub/deep/", content), 200));
    cr_assert(drive_has(content, "<!"), "%s", content);
    cr_assert(eq(int, get("/odd/", content), 200));
    cr_assert(eq(int, get("/sub/", content), 200));
    cr_assert(eq(str, content, "<p>sub"));
    cr_assert(eq(int, get("/a.txt/", content), 404));
    cr_assert(eq(int, get("/missing/", content), 404));
    cr_assert(eq(int, get("/out/", content), 404));
    files.options.index_count = 0;
    cr_assert(eq(int, get("/", content), 200));
    int before = folder_fd_count();
    get("/sub/deep/", content);
    cr_assert(eq(int, folder_fd_count(), before));
}

Test(handlers_files, leaks_no_descriptor)
{
    int before = folder_fd_count();
    EXPECT(plain);
    files.has_resolve = false;
    EXPECT(plain);
    cr_assert(eq(int, folder_fd_count(), before));
}

Test(handlers_files, long_names_and_long_paths_are_not_found)
{
    static char path[20000];
    char content[64];
    for (int way = 0; way < 2; way++) {
        files.has_resolve = files.has_resolve && way == 0;
        for (size_t len = 254; len <= 257; len++) {
            memset(path, 'x', len + 1);
            path[0] = '/';
            path[len + 1] = '\0';
            cr_assert(eq(int, get(path, content), 404));
        }
        for (size_t i = 0; i < sizeof(path) - 2; i += 2)
            memcpy(path + i, "/x", 2);
        path[sizeof(path) - 2] = '\0';
        cr_assert(eq(int, get(path, content), 404));
    }
}

Test(handlers_files, a_tail_parameter_names_the_file)
{
    static const char *const cases[][3] = {
        {"/docs/a.txt", "a.txt", "text"},
        {"/docs/", "", "<p>home"},
        {"/docs/sub/", "sub/", "<p>sub"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct drive d;
        drive_open(&d, TRI_METHOD_GET, cases[i][0], "");
        drive_param(&d, "path", cases[i][1]);
        d.x.context = &files;
        drive_finish(&d, &tri_handler_files);
        cr_assert(eq(int, drive_status(&d), 200));
        cr_assert(drive_body_is(&d, cases[i][2]));
        drive_close(&d);
    }
}

static const char *const redirects[][4] = {
    {"/sub", NULL, "", "/sub/"},
    {"/sub", NULL, "a=1&b=%20", "/sub/?a=1&b=%20"},
    {"/docs/sub", "sub", "x", "/docs/sub/?x"},
    {"/sub dir?", NULL, "", "/sub%20dir%3F/"},
};

Test(handlers_files, a_folder_without_its_slash_redirects_and_keeps_the_query)
{
    for (size_t i = 0; i < sizeof(redirects) / sizeof(*redirects); i++) {
        struct drive d;
        drive_open(&d, TRI_METHOD_GET, redirects[i][0], redirects[i][2]);
        if (redirects[i][1])
            drive_param(&d, "path", redirects[i][1]);
        d.x.context = &files;
        drive_finish(&d, &tri_handler_files);
        cr_assert(eq(int, drive_status(&d), 301));
        cr_assert(eq(str, (char *)drive_reply_field(&d, "Location"), (char *)redirects[i][3]));
        drive_close(&d);
    }
}

Test(handlers_files, a_file_that_may_not_be_read_is_403)
{
    char content[64];
    cr_assert(eq(int, chmod(folder_path("root/a.txt"), 0), 0));
    if (geteuid() == 0) { /* root may read all: become nobody, who owns neither file nor folder */
        cr_assert(eq(int, chmod(folder_path(""), 0755), 0));
        cr_assert(eq(int, seteuid(65534), 0));
    }
    cr_assert(eq(int, get("/a.txt", content), 403));
    cr_assert(eq(int, get("/index.html", content), 200));
    static const char *const words[] = {"$path", "/index.html"};
    files.options.try_files = words;
    files.options.try_count = 2;
    cr_assert(eq(int, get("/a.txt", content), 403), "that it is there is no secret");
    files.has_resolve = false;
    cr_assert(eq(int, get("/a.txt", content), 403));
    if (getuid() == 0)
        cr_assert(eq(int, seteuid(0), 0));
}

Test(handlers_files, no_descriptor_left_is_503)
{
    char content[64];
    struct rlimit limit;
    cr_assert(eq(int, getrlimit(RLIMIT_NOFILE, &limit), 0));
    const struct rlimit none = {(rlim_t)folder_next_fd(), limit.rlim_max};
    cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &none), 0));
    int status = get("/a.txt", content);
    setrlimit(RLIMIT_NOFILE, &limit);
    cr_assert(eq(int, status, 503));
    cr_assert(eq(int, get("/a.txt", content), 200));
}

Test(handlers_files, out_of_arena_is_500_and_leaks_nothing)
{
    int before = folder_fd_count();
    bool has_failed = false;
    for (size_t cap = 0; cap <= 16384; cap += 4096) {
        struct drive d;
        drive_open(&d, TRI_METHOD_GET, "/a.txt", "");
        d.arena.cap = cap;
        d.x.context = &files;
        drive_call(&d, &tri_handler_files);
        has_failed = has_failed || drive_status(&d) == 500;
        cr_assert(drive_status(&d) == 500 || drive_status(&d) == 200);
        drive_close(&d);
    }
    cr_assert(has_failed);
    cr_assert(eq(int, folder_fd_count(), before));
}

Test(handlers_files, a_root_that_is_no_folder_is_refused_with_its_name)
{
    struct tri_files none;
    struct tri_error error = {0};
    struct tri_files_options options = {.root = folder_path("secret.txt")};
    cr_assert(tri_files_open(&none, &options, &error) == false);
    cr_assert(drive_has(error.text, options.root) && drive_has(error.text, "Not a directory"), "%s",
              error.text);
    tri_files_close(&none);
    options.root = "/nowhere/at/all";
    cr_assert(tri_files_open(&none, &options, &error) == false);
    tri_files_close(&none);
}
