/*
 * test_files.c - which files are served, and which are not, in a folder made for the test.
 *
 * Every look-up is tried both ways: confined by the kernel and walked name by name.
 */
#include "server/handlers/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "drive.h"
#include "server/base/error.h"
#include "server/handlers/handlers.h"

static char top[64]; /* holds root/ and what is outside of it */
static struct tri_files files;

static void at_top(char path[static 256], const char *name)
{
    snprintf(path, 256, "%s/%s", top, name);
}

static void make_file(const char *name, const char *content)
{
    char path[256];
    at_top(path, name);
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(content, file) >= 0 && fclose(file) == 0, "%s", path);
}

static void make_folder(const char *name)
{
    char path[256];
    at_top(path, name);
    cr_assert(eq(int, mkdir(path, 0755), 0), "%s", path);
}

static void make_link(const char *name, const char *target)
{
    char path[256];
    at_top(path, name);
    cr_assert(eq(int, symlink(target, path), 0), "%s", path);
}

static void make_root(void)
{
    char path[256];
    snprintf(top, sizeof(top), "/tmp/tri-files-XXXXXX");
    cr_assert(mkdtemp(top) != NULL);
    make_folder("root");
    make_folder("outside");
    make_file("secret.txt", "secret");
    make_file("outside/secret.txt", "secret");
    make_file("root/index.html", "<p>home");
    make_file("root/a.txt", "text");
    make_file("root/empty.css", "");
    make_file("root/a b%.txt", "odd");
    make_file("root/back\\slash", "backslash");
    make_file("root/.hidden", "hidden");
    make_folder("root/.git");
    make_file("root/.git/config", "hidden");
    make_folder("root/sub");
    make_folder("root/sub/deep");
    make_folder("root/sub dir?");
    make_file("root/sub/index.html", "<p>sub");
    make_file("root/sub/deep/page.html", "<p>deep");
    make_link("root/link.txt", "a.txt");
    make_link("root/up.txt", "../secret.txt");
    make_link("root/out", "../outside");
    make_link("root/loop", "loop");
    snprintf(path, sizeof(path), "%s/secret.txt", top);
    make_link("root/absolute.txt", path);
    at_top(path, "root/fifo");
    cr_assert(eq(int, mkfifo(path, 0644), 0));
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/root/socket", top);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert(eq(int, bind(fd, (struct sockaddr *)&address, sizeof(address)), 0));
    close(fd);
    at_top(path, "root");
    struct tri_error error = {0};
    cr_assert(tri_files_open(&files, path, &error), "%s", error.text);
}

static void remove_root(void)
{
    char command[128];
    tri_files_close(&files);
    snprintf(command, sizeof(command), "rm -rf '%s'", top);
    cr_assert(eq(int, system(command), 0));
}

TestSuite(handlers_files, .init = make_root, .fini = remove_root, .timeout = 20);

/* The status for `path`; *content (room for 64 bytes) gets the file when it is 200. */
static int get(const char *path, char *content)
{
    struct drive d;
    drive_open(&d, TRI_METHOD_GET, path, "");
    d.x.context = &files;
    cr_assert(eq(int, drive_call(&d, &tri_handler_files).kind, TRI_NEXT_DONE));
    int status = drive_status(&d);
    content[0] = '\0';
    if (status == 200) {
        cr_assert(eq(int, d.x.response.body, TRI_BODY_FILE));
        ssize_t len = pread(d.x.response.file, content, 63, d.x.response.file_offset);
        cr_assert(eq(i64, len, d.x.response.length));
        content[len] = '\0';
    }
    drive_close(&d);
    return status;
}

static const struct {
    const char *path;
    int resolved, walked; /* status by openat2, and by walking */
    const char *content;
} lookups[] = {
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
    {"/sub/deep/page.html", 200, 200, "<p>deep"},
    {"/missing", 404, 404, ""},
    {"/missing/", 404, 404, ""},
    {"/missing/x", 404, 404, ""},
    {"/a.txt/", 404, 404, ""},
    {"/a.txt/x", 404, 404, ""},
    /* hidden */
    {"/.hidden", 404, 404, ""},
    {"/.git", 404, 404, ""},
    {"/.git/config", 404, 404, ""},
    {"/sub/../.hidden", 404, 404, ""},
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

static void expect_lookups(void)
{
    for (size_t i = 0; i < sizeof(lookups) / sizeof(*lookups); i++) {
        char content[64];
        int status = files.has_resolve ? lookups[i].resolved : lookups[i].walked;
        cr_assert(eq(int, get(lookups[i].path, content), status), "%s", lookups[i].path);
        if (status == 200)
            cr_assert(eq(str, content, (char *)lookups[i].content), "%s", lookups[i].path);
    }
}

Test(handlers_files, serves_what_is_inside_and_nothing_else)
{
    if (!files.has_resolve)
        cr_skip_test("this kernel or sandbox has no openat2");
    expect_lookups();
}

Test(handlers_files, serves_the_same_without_openat2_but_for_links)
{
    files.has_resolve = false;
    expect_lookups();
}

Test(handlers_files, leaks_no_descriptor)
{
    int before = dup(0);
    close(before);
    expect_lookups();
    files.has_resolve = false;
    expect_lookups();
    int after = dup(0);
    close(after);
    cr_assert(eq(int, after, before));
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
            memcpy(path + i, "/x", 3);
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
        char content[64] = {0};
        drive_open(&d, TRI_METHOD_GET, cases[i][0], "");
        drive_param(&d, "path", cases[i][1]);
        d.x.context = &files;
        drive_call(&d, &tri_handler_files);
        cr_assert(eq(int, drive_status(&d), 200));
        cr_assert(pread(d.x.response.file, content, 63, 0) > 0);
        cr_assert(eq(str, content, (char *)cases[i][2]));
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

Test(handlers_files, head_has_the_same_fields_as_get)
{
    for (int i = 0; i < 2; i++) {
        struct drive d;
        drive_open(&d, i ? TRI_METHOD_HEAD : TRI_METHOD_GET, "/a.txt", "");
        d.x.context = &files;
        drive_finish(&d, &tri_handler_files);
        cr_assert(drive_has(d.sent, "\r\nContent-Length: 4\r\n"));
        cr_assert(drive_has(d.sent, "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
        cr_assert(eq(int, d.x.framing, i ? TRI_FRAMING_NONE : TRI_FRAMING_LENGTH));
        drive_close(&d);
    }
}

Test(handlers_files, last_modified_is_the_files_time_but_never_the_future)
{
    static const struct {
        int64_t seconds;
        const char *date;
    } times[] = {{784111777, "Sun, 06 Nov 1994 08:49:37 GMT"}, {-1, ""}};
    char path[256];
    at_top(path, "root/a.txt");
    for (size_t i = 0; i < 3; i++) {
        int64_t seconds = i < 2 ? times[i].seconds : time(NULL) + 1000000;
        const struct timespec both[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
        cr_assert(eq(int, utimensat(AT_FDCWD, path, both, 0), 0));
        struct drive d;
        drive_open(&d, TRI_METHOD_GET, "/a.txt", "");
        d.x.context = &files;
        drive_call(&d, &tri_handler_files);
        const char *date = drive_reply_field(&d, "Last-Modified");
        if (i < 2) {
            cr_assert(eq(str, (char *)date, (char *)times[i].date));
        } else {
            struct tm told = {0};
            cr_assert(strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &told) != NULL);
            cr_assert(le(i64, timegm(&told), time(NULL)));
        }
        drive_close(&d);
    }
}

Test(handlers_files, a_file_that_may_not_be_read_is_403)
{
    char path[256];
    char content[64];
    at_top(path, "root/a.txt");
    cr_assert(eq(int, chmod(path, 0), 0));
    if (geteuid() == 0) { /* root may read all: become nobody, who owns neither file nor folder */
        cr_assert(eq(int, chmod(top, 0755), 0));
        cr_assert(eq(int, seteuid(65534), 0));
    }
    cr_assert(eq(int, get("/a.txt", content), 403));
    cr_assert(eq(int, get("/index.html", content), 200));
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
    int next = dup(0);
    close(next);
    const struct rlimit none = {(rlim_t)next, limit.rlim_max};
    cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &none), 0));
    int status = get("/a.txt", content);
    setrlimit(RLIMIT_NOFILE, &limit);
    cr_assert(eq(int, status, 503));
    cr_assert(eq(int, get("/a.txt", content), 200));
}

Test(handlers_files, a_root_that_is_no_folder_is_refused_with_its_name)
{
    struct tri_files none;
    struct tri_error error = {0};
    char path[256];
    at_top(path, "secret.txt");
    cr_assert(tri_files_open(&none, path, &error) == false);
    cr_assert(drive_has(error.text, path) && drive_has(error.text, "Not a directory"), "%s",
              error.text);
    tri_files_close(&none);
    cr_assert(tri_files_open(&none, "/nowhere/at/all", &error) == false);
    tri_files_close(&none);
}
