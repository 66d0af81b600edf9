/*
 * test_deliver.c - a file found, as a reply: conditions, ranges, codings.
 */
#include "server/handlers/files/deliver.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "folder.h"
#include "server/handlers/handlers.h"
#include "tests/server/handlers/drive.h"

#define BIG_BYTES 100000

static struct tri_files files;

static void set_time(const char *name, int64_t seconds)
{
    const struct timespec both[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
    cr_assert(eq(int, utimensat(AT_FDCWD, folder_path(name), both, 0), 0));
}

static void make(void)
{
    static const struct tri_files_options options = {.compress_bytes = 1000};
    folder_make();
    folder_file("root/a.txt", "0123456789");
    folder_file("root/empty.txt", "");
    folder_file("root/t.html", "<p>identity");
    folder_file("root/t.html.br", "-br-");
    folder_file("root/t.html.gz", "-gz-");
    folder_bytes("root/999.txt", 999);
    folder_bytes("root/1000.txt", 1000);
    folder_bytes("root/1000.png", 1000);
    folder_bytes("root/big.bin", BIG_BYTES);
    folder_bytes("root/big.txt", BIG_BYTES);
    set_time("root/a.txt", 784111777); /* Sun, 06 Nov 1994 08:49:37 GMT */
    folder_open(&files, &options);
}

static void unmake(void)
{
    tri_files_close(&files);
    folder_remove();
}

TestSuite(handlers_deliver, .init = make, .fini = unmake, .timeout = 20);

/* Fields of a request, two words each, NULL behind the last. */
static void ask(struct drive *d, enum tri_method method, const char *path,
                const char *const *fields)
{
    drive_open(d, method, path, "");
    for (; fields && fields[0]; fields += 2)
        drive_field(d, fields[0], fields[1]);
    d->x.context = &files;
    drive_finish(d, &tri_handler_files);
}

#define FIELDS(...)                                                                                \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static const char *etag_of(const char *path, const char *accept)
{
    static char etags[2][128];
    static int turn;
    struct drive d;
    turn = !turn;
    ask(&d, TRI_METHOD_GET, path, accept ? FIELDS("Accept-Encoding", accept) : NULL);
    cr_assert(eq(int, drive_status(&d), 200));
    snprintf(etags[turn], sizeof(etags[turn]), "%s", drive_reply_field(&d, "ETag"));
    drive_close(&d);
    return etags[turn];
}

/* --- the whole --- */

Test(handlers_deliver, a_file_comes_with_its_validators)
{
    struct drive d;
    ask(&d, TRI_METHOD_GET, "/a.txt", NULL);
    cr_assert(eq(int, drive_status(&d), 200));
    cr_assert(drive_body_is(&d, "0123456789"));
    cr_assert(drive_has(d.sent, "\r\nContent-Length: 10\r\n"));
    cr_assert(drive_has(d.sent, "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
    cr_assert(drive_has(d.sent, "\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
    cr_assert(drive_has(d.sent, "\r\nAccept-Ranges: bytes\r\n"));
    cr_assert(drive_has(d.sent, "\r\nETag: \""));
    cr_assert(drive_lacks(d.sent, "Vary"), "no negotiation, no Vary");
    cr_assert(drive_lacks(d.sent, "Content-Encoding"));
    drive_close(&d);
}

Test(handlers_deliver, head_has_the_same_fields_as_get)
{
    static const struct {
        const char *path, *accept;
    } cases[] = {{"/a.txt", "gzip"}, {"/t.html", "br"}, {"/1000.txt", "gzip"}, {"/big.txt", "br"}};
    files.options.precompressed = files.options.compress = true;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct drive get, head;
        const char *const *fields = FIELDS("Accept-Encoding", cases[i].accept);
        ask(&get, TRI_METHOD_GET, cases[i].path, fields);
        ask(&head, TRI_METHOD_HEAD, cases[i].path, fields);
        cr_assert(eq(int, drive_status(&head), 200));
        cr_assert(memcmp(get.sent, head.sent, head.sent_len) == 0, "%s", cases[i].path);
        cr_assert(drive_has(head.sent + head.sent_len - 4, "\r\n\r\n"));
        drive_close(&get);
        drive_close(&head);
    }
}

/* --- conditions (RFC 9110 13) --- */

static const struct {
    const char *name, *value; /* '*E' stands for the file's tag */
    int status;
} conditions[] = {
    {"If-None-Match", "*E", 304},
    {"If-None-Match", "\"x\", W/*E", 304},
    {"If-None-Match", "*", 304},
    {"If-None-Match", "\"x\"", 200},
    {"If-Match", "*E", 200},
    {"If-Match", "*", 200},
    {"If-Match", "\"x\"", 412},
    {"If-Match", "W/*E", 412},
    {"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", 304},
    {"If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT", 200},
    {"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", 200},
    {"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT", 412},
};

Test(handlers_deliver, conditions_are_checked_against_the_file)
{
    const char *etag = etag_of("/a.txt", NULL);
    for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
        char value[256];
        const char *place = strstr(conditions[i].value, "*E");
        if (place)
            snprintf(value, sizeof(value), "%.*s%s", (int)(place - conditions[i].value),
                     conditions[i].value, etag);
        else
            snprintf(value, sizeof(value), "%s", conditions[i].value);
        struct drive d;
        ask(&d, TRI_METHOD_GET, "/a.txt", FIELDS(conditions[i].name, value));
        cr_assert(eq(int, drive_status(&d), conditions[i].status), "%s: %s", conditions[i].name,
                  value);
        cr_assert(eq(int, d.x.response.is_plain_error, conditions[i].status == 412));
        drive_close(&d);
    }
}

Test(handlers_deliver, not_modified_has_validators_and_no_metadata) /* 15.4.5 */
{
    struct drive d;
    files.options.precompressed = true;
    ask(&d, TRI_METHOD_GET, "/a.txt", FIELDS("If-None-Match", "*"));
    cr_assert(eq(int, drive_status(&d), 304));
    cr_assert(drive_has(d.sent, "\r\nETag: \""));
    cr_assert(drive_has(d.sent, "\r\nVary: Accept-Encoding\r\n"));
    cr_assert(drive_lacks(d.sent, "Content-"));
    cr_assert(drive_lacks(d.sent, "Last-Modified"));
    cr_assert(drive_lacks(d.sent, "0123456789"));
    drive_close(&d);
}

Test(handlers_deliver, a_condition_goes_by_the_representation_that_was_selected)
{
    files.options.precompressed = files.options.compress = true;
    static const char *const paths[] = {"/t.html", "/1000.txt"};
    for (size_t i = 0; i < 2; i++) {
        struct drive d;
        const char *plain = etag_of(paths[i], "identity");
        const char *coded = etag_of(paths[i], "gzip");
        cr_assert(strcmp(plain, coded) != 0);
        cr_assert(drive_has(coded, "-gzip\""), "%s", coded);
        ask(&d, TRI_METHOD_GET, paths[i],
            FIELDS("Accept-Encoding", "gzip", "If-None-Match", plain));
        cr_assert(eq(int, drive_status(&d), 200));
        drive_close(&d);
        ask(&d, TRI_METHOD_GET, paths[i],
            FIELDS("Accept-Encoding", "gzip", "If-None-Match", coded));
        cr_assert(eq(int, drive_status(&d), 304));
        cr_assert(eq(str, (char *)drive_reply_field(&d, "ETag"), (char *)coded));
        drive_close(&d);
    }
}

/* --- ranges (RFC 9110 14) --- */

static const struct {
    const char *range;
    int status;
    const char *place, *body;
} ranges[] = {
    {"bytes=0-0", 206, "bytes 0-0/10", "0"},
    {"bytes=2-4", 206, "bytes 2-4/10", "234"},
    {"bytes=7-", 206, "bytes 7-9/10", "789"},
    {"bytes=-2", 206, "bytes 8-9/10", "89"},
    {"bytes=-99", 206, "bytes 0-9/10", "0123456789"},
    {"bytes=5-99", 206, "bytes 5-9/10", "56789"},
    {"bytes=0-1,2-3", 206, "bytes 0-3/10", "0123"}, /* one after merging: no multipart */
    {"bytes=10-", 416, "bytes */10", NULL},
    {"bytes=-0", 416, "bytes */10", NULL},
    {"bytes=4-2", 200, "", "0123456789"},
    {"lines=1-2", 200, "", "0123456789"},
    {"bytes=0-1,5-6", 200, "", "0123456789"}, /* as multipart it would be larger */
};

Test(handlers_deliver, ranges_are_cut_from_memory_and_from_files)
{
    for (int cached = 0; cached < 2; cached++) {
        files.options.cache = cached ? tri_file_cache_new(8, 1 << 20, INT64_C(1) << 40) : NULL;
        for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
            struct drive d;
            ask(&d, TRI_METHOD_GET, "/a.txt", FIELDS("Range", ranges[i].range));
            cr_assert(eq(int, drive_status(&d), ranges[i].status), "%s", ranges[i].range);
            cr_assert(
                eq(str, (char *)drive_reply_field(&d, "Content-Range"), (char *)ranges[i].place));
            if (ranges[i].body) {
                cr_assert(drive_body_is(&d, ranges[i].body), "%s", ranges[i].range);
                cr_assert(drive_has(d.sent, "\r\nAccept-Ranges: bytes\r\n"));
                cr_assert(drive_has(d.sent, "\r\nETag: "));
            }
            drive_close(&d);
        }
        tri_file_cache_free(files.options.cache);
    }
}

Test(handlers_deliver, several_ranges_are_a_multipart_of_exactly_its_length)
{
    struct drive d;
    ask(&d, TRI_METHOD_GET, "/big.bin", FIELDS("Range", "bytes=5-7,50000-50001,-1"));
    cr_assert(eq(int, drive_status(&d), 206));
    cr_assert(drive_has(d.sent, "\r\nContent-Type: multipart/byteranges; boundary="));
    cr_assert(eq(str, (char *)drive_reply_field(&d, "Content-Range"), ""), "in the parts alone");
    cr_assert(drive_has(d.sent, "Content-Range: bytes 5-7/100000\r\n\r\n567\r\n--"));
    cr_assert(drive_has(d.sent, "Content-Range: bytes 50000-50001/100000\r\n\r\n01\r\n--"));
    cr_assert(drive_has(d.sent, "Content-Range: bytes 99999-99999/100000\r\n\r\n9\r\n--"));
    cr_assert(eq(i64, d.x.response.length, (int64_t)drive_body(&d).len));
    drive_close(&d);
}

Test(handlers_deliver, head_and_repeated_fields_have_no_range) /* 14.2, 5.3 */
{
    struct drive d;
    ask(&d, TRI_METHOD_HEAD, "/a.txt", FIELDS("Range", "bytes=0-1"));
    cr_assert(eq(int, drive_status(&d), 200));
    cr_assert(drive_has(d.sent, "\r\nContent-Length: 10\r\n"));
    drive_close(&d);
    ask(&d, TRI_METHOD_GET, "/a.txt", FIELDS("Range", "bytes=0-1", "range", "bytes=2-3"));
    cr_assert(eq(int, drive_status(&d), 200));
    drive_close(&d);
}

Test(handlers_deliver, if_range_decides_between_part_and_whole) /* 13.1.5 */
{
    const char *etag = etag_of("/a.txt", NULL);
    const struct {
        const char *value;
        int status;
    } cases[] = {{etag, 206},
                 {"\"x\"", 200},
                 {"Sun, 06 Nov 1994 08:49:37 GMT", 206},
                 {"Sun, 06 Nov 1994 08:49:38 GMT", 200}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct drive d;
        ask(&d, TRI_METHOD_GET, "/a.txt", FIELDS("Range", "bytes=1-2", "If-Range", cases[i].value));
        cr_assert(eq(int, drive_status(&d), cases[i].status), "%s", cases[i].value);
        drive_close(&d);
    }
}

Test(handlers_deliver, a_condition_comes_before_the_range)
{
    struct drive d;
    ask(&d, TRI_METHOD_GET, "/a.txt", FIELDS("Range", "bytes=1-2", "If-None-Match", "*"));
    cr_assert(eq(int, drive_status(&d), 304));
    drive_close(&d);
    ask(&d, TRI_METHOD_GET, "/a.txt", FIELDS("Range", "bytes=99-", "If-Match", "\"x\""));
    cr_assert(eq(int, drive_status(&d), 412));
    drive_close(&d);
}

/* --- codings (RFC 9110 12.5.3) --- */

static const struct {
    const char *path, *accept;
    int status;
    const char *coding;
    bool varies;
} codings[] = {
    /* beside the file */
    {"/t.html", NULL, 200, "", true},
    {"/t.html", "br, gzip", 200, "br", true},
    {"/t.html", "gzip", 200, "gzip", true},
    {"/t.html", "gzip;q=0.9, br;q=0.5", 200, "gzip", true},
    {"/t.html", "zstd", 200, "", true},
    {"/t.html", "zstd, gzip;q=0.1", 200, "gzip", true},
    {"/t.html", "gzip;q=0", 200, "", true},
    {"/t.html", "identity;q=0", 406, "", false},
    {"/t.html", "identity;q=0, gzip", 200, "gzip", true},
    {"/t.html", "*;q=0", 406, "", false},
    /* compressed while sending */
    {"/1000.txt", "br, gzip", 200, "br", true},
    {"/1000.txt", "gzip", 200, "gzip", true},
    {"/1000.txt", "zstd", 200, "", true},
    {"/1000.txt", NULL, 200, "", true},
    {"/big.txt", "gzip", 200, "gzip", true},
    /* too small, or of a kind that is compressed already: precompressed alone may come */
    {"/999.txt", "gzip", 200, "", true},
    {"/1000.png", "gzip", 200, "", true},
    {"/empty.txt", "gzip", 200, "", true},
};

Test(handlers_deliver, the_coding_is_negotiated)
{
    files.options.precompressed = files.options.compress = true;
    for (int cached = 0; cached < 2; cached++) {
        files.options.cache = cached ? tri_file_cache_new(32, 1 << 20, INT64_C(1) << 40) : NULL;
        for (size_t i = 0; i < sizeof(codings) / sizeof(*codings); i++) {
            struct drive d;
            ask(&d, TRI_METHOD_GET, codings[i].path,
                codings[i].accept ? FIELDS("Accept-Encoding", codings[i].accept) : NULL);
            cr_assert(eq(int, drive_status(&d), codings[i].status), "%zu", i);
            if (codings[i].status == 200) {
                bool is_html = strcmp(codings[i].path, "/t.html") == 0;
                char coding[64];
                snprintf(coding, sizeof(coding), "\r\nContent-Encoding: %s\r\n", codings[i].coding);
                cr_assert(codings[i].coding[0] ? drive_has(d.sent, coding)
                                               : drive_lacks(d.sent, "Content-Encoding"),
                          "%zu", i);
                cr_assert(
                    eq(int, drive_has(d.sent, "\r\nVary: Accept-Encoding\r\n"), codings[i].varies),
                    "%zu", i);
                if (is_html)
                    cr_assert(drive_has(d.sent, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
            }
            drive_close(&d);
        }
        tri_file_cache_free(files.options.cache);
    }
}

Test(handlers_deliver, a_precompressed_file_is_sent_as_it_lies_there)
{
    struct drive d;
    files.options.precompressed = true;
    ask(&d, TRI_METHOD_GET, "/t.html", FIELDS("Accept-Encoding", "gzip"));
    cr_assert(drive_body_is(&d, "-gz-"));
    cr_assert(drive_has(d.sent, "\r\nAccept-Ranges: bytes\r\n"));
    drive_close(&d);
    ask(&d, TRI_METHOD_GET, "/t.html", FIELDS("Accept-Encoding", "gzip", "Range", "bytes=1-2"));
    cr_assert(eq(int, drive_status(&d), 206));
    cr_assert(drive_body_is(&d, "gz"));
    drive_close(&d);
}

Test(handlers_deliver, vary_says_whether_another_could_get_another)
{
    struct drive d;
    files.options.compress = true;
    ask(&d, TRI_METHOD_GET, "/999.txt", NULL);
    cr_assert(drive_lacks(d.sent, "Vary"));
    drive_close(&d);
    ask(&d, TRI_METHOD_GET, "/1000.png", NULL);
    cr_assert(drive_lacks(d.sent, "Vary"));
    drive_close(&d);
    ask(&d, TRI_METHOD_GET, "/1000.txt", FIELDS("Range", "bytes=0-1"));
    cr_assert(drive_has(d.sent, "\r\nVary: Accept-Encoding\r\n"));
    drive_close(&d);
}

Test(handlers_deliver, a_range_is_of_the_file_as_it_is_where_compression_would_be_live)
{
    struct drive d;
    files.options.compress = true;
    ask(&d, TRI_METHOD_GET, "/1000.txt", FIELDS("Accept-Encoding", "gzip", "Range", "bytes=3-5"));
    cr_assert(eq(int, drive_status(&d), 206));
    cr_assert(drive_body_is(&d, "345"));
    cr_assert(drive_lacks(d.sent, "Content-Encoding"));
    drive_close(&d);
    /* but who takes no identity gets what can be had */
    ask(&d, TRI_METHOD_GET, "/1000.txt",
        FIELDS("Accept-Encoding", "gzip, identity;q=0", "Range", "bytes=3-5"));
    cr_assert(eq(int, drive_status(&d), 200));
    cr_assert(drive_has(d.sent, "\r\nContent-Encoding: gzip\r\n"));
    drive_close(&d);
}

/* --- files that change --- */

Test(handlers_deliver, a_small_file_of_the_cache_cannot_be_cut_short)
{
    struct drive d;
    files.options.cache = tri_file_cache_new(8, 1 << 20, INT64_C(1) << 40);
    drive_open(&d, TRI_METHOD_GET, "/a.txt", "");
    d.x.context = &files;
    drive_call(&d, &tri_handler_files);
    cr_assert(truncate(folder_path("root/a.txt"), 3) == 0);
    size_t len = 0;
    char *body = drive_parts(&d, &len);
    cr_assert(body && strcmp(body, "0123456789") == 0);
    free(body);
    drive_close(&d);
    tri_file_cache_free(files.options.cache);
}

Test(handlers_deliver, a_big_file_cut_short_is_noticed_and_a_replaced_one_goes_on)
{
    struct drive d;
    size_t len = 0;
    drive_open(&d, TRI_METHOD_GET, "/big.bin", "");
    d.x.context = &files;
    drive_call(&d, &tri_handler_files);
    folder_file("root/tmp", "other");
    cr_assert(rename(folder_path("root/tmp"), folder_path("root/big.bin")) == 0);
    char *body = drive_parts(&d, &len);
    cr_assert(body && len == BIG_BYTES && body[BIG_BYTES - 1] == '9');
    free(body);
    drive_close(&d);

    drive_open(&d, TRI_METHOD_GET, "/big.txt", "");
    d.x.context = &files;
    drive_call(&d, &tri_handler_files);
    cr_assert(truncate(folder_path("root/big.txt"), 3) == 0);
    cr_assert(drive_parts(&d, &len) == NULL);
    cr_assert(eq(i64, d.x.response.length, BIG_BYTES), "it was promised");
    drive_close(&d);
}

/* --- the hot path --- */

Test(handlers_deliver, a_small_file_of_the_cache_costs_no_system_call)
{
    files.options.cache = tri_file_cache_new(8, 1 << 20, INT64_C(1) << 40);
    files.options.precompressed = files.options.compress = true;
    static struct drive warm, d;
    ask(&warm, TRI_METHOD_GET, "/a.txt", FIELDS("Accept-Encoding", "br, gzip"));
    drive_open(&d, TRI_METHOD_GET, "/a.txt", "");
    drive_field(&d, "Accept-Encoding", "br, gzip");
    d.x.context = &files;
    cr_assert(tri_arena_alloc(&d.arena, 1) != NULL); /* its first chunk */
    fflush(NULL);
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) { /* from here on any call but read, write and exit kills */
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
            _exit(2);
        tri_handler_files.handle(&d.x);
        syscall(SYS_exit, drive_status(&d) == 200 && d.x.response.length == 10 ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    bool has_exited = WIFEXITED(status);
    cr_assert(has_exited, "killed by signal %d", WTERMSIG(status));
    int result = WEXITSTATUS(status);
    if (result == 2)
        cr_skip_test("no seccomp here");
    cr_assert(eq(int, result, 0));
    drive_close(&warm);
    drive_close(&d);
    tri_file_cache_free(files.options.cache);
}
