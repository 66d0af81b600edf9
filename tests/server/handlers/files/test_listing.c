/*
 * test_listing.c - the page of a folder.
 */
#include "server/handlers/files/listing.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/handlers/files/work.h"
#include "tests/server/handlers/drive.h"

#define WHEN 1709210096 /* 2024-02-29T12:34:56Z */

static char folder_path[] = "/tmp/test-listing-XXXXXX";
static int folder = -1;
static bool dotfiles;

static void make_folder(void)
{
    cr_assert(mkdtemp(folder_path) != NULL);
    folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cr_assert(folder >= 0);
}

static void remove_folder(void)
{
    char command[64];
    snprintf(command, sizeof(command), "rm -r %s", folder_path);
    cr_assert(eq(int, system(command), 0));
    close(folder);
}

TestSuite(files_listing, .init = make_folder, .fini = remove_folder, .timeout = 60);

static void put_file(const char *name, off_t bytes, int64_t modified_s)
{
    const struct timespec times[2] = {{.tv_sec = modified_s}, {.tv_sec = modified_s}};
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    cr_assert(fd >= 0, "%s", name);
    cr_assert(ftruncate(fd, bytes) == 0 && futimens(fd, times) == 0);
    close(fd);
}

static struct tri_next list(struct tri_exchange *x)
{
    if (x->state)
        return ((const struct tri_file_work *)x->state)->step(x);
    return tri_listing_reply(x, openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), dotfiles);
}

static const struct tri_handler handler = {.handle = list};

/* The page as it is for a request of `path`. */
static const char *page_of(struct drive *d, const char *path)
{
    drive_open(d, TRI_METHOD_GET, path, "");
    drive_finish(d, &handler);
    cr_assert(eq(int, drive_status(d), 200), "%s", d->sent);
    return drive_body(d).at;
}

/* Do the texts stand in the page one behind the other? */
static bool has_in_order(const char *page, const char *const *texts)
{
    for (; *texts; texts++) {
        page = strstr(page, *texts);
        if (!page)
            return false;
        page += strlen(*texts);
    }
    return true;
}

static size_t count_of(const char *page, const char *text)
{
    size_t count = 0;
    for (; (page = strstr(page, text)); page += strlen(text))
        count++;
    return count;
}

Test(files_listing, shows_folders_first_and_names_by_their_bytes)
{
    static const char *const order[] = {
        ">Parent folder<", ">Zoo/<",  ">alpha/<",       ">10.txt<",           ">9.txt<",
        ">B.txt<",         ">a.txt<", ">\xc3\xa4.txt<", "2 folders, 5 files", NULL};
    struct drive d;
    cr_assert(mkdirat(folder, "alpha", 0700) == 0 && mkdirat(folder, "Zoo", 0700) == 0);
    for (size_t i = 0; i < 5; i++)
        put_file(((const char *[]){"\xc3\xa4.txt", "a.txt", "B.txt", "9.txt", "10.txt"})[i], 0,
                 WHEN);
    const char *page = page_of(&d, "/docs/");
    cr_assert(has_in_order(page, order), "%s", page);
    cr_assert(eq(sz, count_of(page, "<tr>"), 1 + 1 + 7));
    cr_assert(eq(sz, count_of(page, "</tr>"), 1 + 1 + 7));
    cr_assert(eq(sz, count_of(page, "</a>"), 1 + 7));
    cr_assert(drive_has(page, "href=\"./alpha/\""));
    cr_assert(drive_has(d.sent, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
    cr_assert(drive_has(d.sent, "\r\nContent-Security-Policy: default-src 'none'; "));
    drive_close(&d);
}

static const struct {
    off_t bytes;
    const char *text;
} sizes[] = {
    {0, ">0 B<"},
    {1023, ">1023 B<"},
    {1024, ">1.0 KiB<"},
    {10136, ">9.9 KiB<"},
    {10240, ">10 KiB<"},
    {1023 * 1024 + 511, ">1023 KiB<"},
    {1024 * 1024 - 1, ">1.0 MiB<"},
    {5 * 1024 * 1024, ">5.0 MiB<"},
    {(off_t)1 << 40, ">1.0 TiB<"},
};

Test(files_listing, says_how_large_a_file_is)
{
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct drive d;
        put_file("a", sizes[i].bytes, WHEN);
        const char *page = page_of(&d, "/");
        cr_assert(drive_has(page, sizes[i].text), "%s: %s", sizes[i].text, strstr(page, "<tbody"));
        drive_close(&d);
        unlinkat(folder, "a", 0);
    }
}

Test(files_listing, says_when_a_file_was_modified_in_universal_time)
{
    struct drive d;
    setenv("TZ", "America/New_York", 1);
    put_file("a", 1, WHEN);
    put_file("b", 1, -1);
    const char *page = page_of(&d, "/");
    cr_assert(drive_has(page, "<time datetime=\"2024-02-29T12:34:56Z\">2024-02-29 12:34</time>"));
    cr_assert(drive_has(page, ">1969-12-31 23:59</time>"));
    drive_close(&d);
}

static const struct {
    const char *name, *link, *text;
} names[] = {
    {"<script>alert(1)<", "./%3Cscript%3Ealert(1)%3C", "&#60;script&#62;alert(1)&#60;"},
    {"a&b\"c'.html", "./a&#38;b%22c&#39;.html", "a&#38;b&#34;c&#39;.html"},
    {"javascript:alert(1)", "./javascript:alert(1)", "javascript:alert(1)"},
    {"100% #1?.txt", "./100%25%20%231%3F.txt", "100% #1?.txt"},
    {"\xff\xfe", "./%FF%FE", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"a\nb\x7f", "./a%0Ab%7F",
     "a\xef\xbf\xbd"
     "b\xef\xbf\xbd"},
    {"\xe2\x82\xac", "./%E2%82%AC", "\xe2\x82\xac"},
};

Test(files_listing, makes_any_name_harmless_as_text_and_right_as_a_link)
{
    char expected[256];
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct drive d;
        put_file(names[i].name, 1, WHEN);
        const char *page = page_of(&d, "/");
        snprintf(expected, sizeof(expected), "<a href=\"%s\">%s</a>", names[i].link, names[i].text);
        cr_assert(drive_has(page, expected), "%s: %s", expected, strstr(page, "<tbody"));
        drive_close(&d);
        unlinkat(folder, names[i].name, 0);
    }
}

Test(files_listing, escapes_the_path_in_title_and_heading)
{
    struct drive d;
    const char *page = page_of(&d, "/</title><script>\xff/");
    cr_assert(drive_has(page, "<title>/&#60;/title&#62;&#60;script&#62;\xef\xbf\xbd/</title>"));
    cr_assert(drive_has(page, "<h1>/&#60;/title&#62;&#60;script&#62;\xef\xbf\xbd/</h1>"));
    cr_assert(drive_lacks(page, "<script"));
    drive_close(&d);
}

Test(files_listing, leads_up_unless_it_is_the_root_of_its_route)
{
    static const struct {
        const char *path, *param;
        bool leads_up;
    } cases[] = {
        {"/", NULL, false},
        {"/a/", NULL, true},
        {"/docs/", "", false},
        {"/docs/a/", "a/", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct drive d;
        drive_open(&d, TRI_METHOD_GET, cases[i].path, "");
        if (cases[i].param)
            drive_param(&d, "path", cases[i].param);
        drive_finish(&d, &handler);
        cr_assert(eq(int, drive_has(d.sent, "href=\"../\""), cases[i].leads_up), "%s",
                  cases[i].path);
        drive_close(&d);
    }
}

Test(files_listing, leaves_out_what_cannot_be_asked_for)
{
    struct drive d;
    put_file(".secret", 1, WHEN);
    put_file("shown", 1, WHEN);
    cr_assert(mkdirat(folder, ".git", 0700) == 0);
    cr_assert(mkfifoat(folder, "pipe", 0600) == 0);
    const char *page = page_of(&d, "/");
    cr_assert(drive_has(page, ">shown<"));
    cr_assert(drive_lacks(page, "secret"));
    cr_assert(drive_lacks(page, "git"));
    cr_assert(drive_lacks(page, "pipe"));
    cr_assert(drive_lacks(page, "./.")); /* "." and ".." */
    cr_assert(drive_has(page, "0 folders, 1 file<"));
    drive_close(&d);
}

Test(files_listing, shows_dotfiles_when_it_may)
{
    struct drive d;
    dotfiles = true;
    put_file(".secret", 1, WHEN);
    const char *page = page_of(&d, "/");
    cr_assert(drive_has(page, "href=\"./.secret\">.secret<"));
    cr_assert(drive_has(page, "0 folders, 1 file<"));
    drive_close(&d);
}

Test(files_listing, tells_nothing_of_what_a_link_leads_to)
{
    struct drive d;
    cr_assert(symlinkat("/etc/passwd", folder, "outside") == 0);
    cr_assert(symlinkat("nowhere", folder, "broken") == 0);
    const char *page = page_of(&d, "/");
    cr_assert(drive_has(page, "<a href=\"./outside\" class=\"link\">outside</a></td><td></td>"));
    cr_assert(drive_has(page, "<a href=\"./broken\" class=\"link\">broken</a></td><td></td>"));
    drive_close(&d);
}

Test(files_listing, is_the_same_however_often_it_is_asked_for)
{
    struct drive d, e;
    put_file("a", 1, WHEN);
    const char *page = page_of(&d, "/");
    cr_assert(eq(str, (char *)page_of(&e, "/"), (char *)page));
    drive_close(&d);
    drive_close(&e);
}

static void put_many(int count)
{
    char name[32];
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "name-%05d", i);
        close(openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    }
}

Test(files_listing, of_too_many_names_says_so_and_outgrows_the_arena)
{
    struct drive d;
    put_many(TRI_LISTING_ENTRIES_MAX);
    const char *page = page_of(&d, "/");
    cr_assert(eq(sz, count_of(page, "<tr>"), 1 + TRI_LISTING_ENTRIES_MAX));
    cr_assert(drive_lacks(page, "There are more"));
    cr_assert(lt(sz, d.arena.total, 16384));
    drive_close(&d);

    close(openat(folder, "one-more", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    page = page_of(&d, "/");
    cr_assert(eq(sz, count_of(page, "<tr>"), 1 + TRI_LISTING_ENTRIES_MAX));
    cr_assert(drive_has(page, "There are more"));
    drive_close(&d);
}

Test(files_listing, takes_one_call_when_it_is_short_and_turns_when_it_is_long)
{
    struct drive d;
    put_many(TRI_LISTING_TURN - 3); /* less than a turn, with "." and ".." */
    page_of(&d, "/");
    cr_assert(eq(u32, d.calls, 1));
    drive_close(&d);

    put_many(TRI_LISTING_ENTRIES_MAX);
    struct tri_next next;
    drive_open(&d, TRI_METHOD_GET, "/", "");
    while ((next = drive_call(&d, &handler)).kind != TRI_NEXT_DONE) {
        cr_assert(next.kind == TRI_NEXT_AT && next.at_ns == d.x.now_ns + 1);
        d.x.now_ns++;
    }
    cr_assert(ge(u32, d.calls, 2 * (TRI_LISTING_ENTRIES_MAX / TRI_LISTING_TURN)));
    drive_close(&d);
}

Test(files_listing, whose_client_leaves_in_the_middle_leaves_nothing_behind)
{
    put_many(3 * TRI_LISTING_TURN);
    int lowest = dup(folder);
    close(lowest);
    for (int calls = 1; calls < 6; calls++) {
        struct drive d;
        drive_open(&d, TRI_METHOD_GET, "/", "");
        for (int i = 0; i < calls; i++)
            cr_assert(eq(int, drive_call(&d, &handler).kind, TRI_NEXT_AT), "%d of %d", i, calls);
        drive_close(&d);
        int after = dup(folder);
        close(after);
        cr_assert(eq(int, after, lowest));
    }
}

Test(files_listing, that_cannot_be_made_is_an_error)
{
    struct drive d;
    int kept = folder;
    folder = -1;
    drive_open(&d, TRI_METHOD_GET, "/", "");
    drive_finish(&d, &handler);
    cr_assert(eq(int, drive_status(&d), 503));
    cr_assert(d.x.response.is_plain_error);
    drive_close(&d);
    folder = kept;

    drive_open(&d, TRI_METHOD_GET, "/", "");
    tri_arena_init(&d.arena, NULL, 0);
    drive_finish(&d, &handler);
    cr_assert(eq(int, drive_status(&d), 503));
    drive_close(&d);
}
