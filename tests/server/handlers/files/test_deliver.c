/*
 * test_deliver.c - a file found, as a reply: its fields, conditions, and files that change.
 */
#include "server/handlers/files/deliver.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/handlers/handlers.h"
#include "site.h"

TestSuite(handlers_deliver, .init = site_make, .fini = site_remove, .timeout = 20);

/* --- the whole --- */

Test(handlers_deliver, a_file_comes_with_its_validators)
{
    struct drive d;
    site_ask(&d, TRI_METHOD_GET, "/a.txt", NULL);
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
    site.options.precompressed = site.options.compress = true;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct drive get, head;
        const char *const *fields = FIELDS("Accept-Encoding", cases[i].accept);
        site_ask(&get, TRI_METHOD_GET, cases[i].path, fields);
        site_ask(&head, TRI_METHOD_HEAD, cases[i].path, fields);
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
    const char *etag = site_etag("/a.txt", NULL);
    for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
        char value[256];
        const char *place = strstr(conditions[i].value, "*E");
        if (place)
            snprintf(value, sizeof(value), "%.*s%s", (int)(place - conditions[i].value),
                     conditions[i].value, etag);
        else
            snprintf(value, sizeof(value), "%s", conditions[i].value);
        struct drive d;
        site_ask(&d, TRI_METHOD_GET, "/a.txt", FIELDS(conditions[i].name, value));
        cr_assert(eq(int, drive_status(&d), conditions[i].status), "%s: %s", conditions[i].name,
                  value);
        cr_assert(eq(int, d.x.response.is_plain_error, conditions[i].status == 412));
        drive_close(&d);
    }
}

Test(handlers_deliver, not_modified_has_validators_and_no_metadata) /* 15.4.5 */
{
    struct drive d;
    site.options.precompressed = true;
    site_ask(&d, TRI_METHOD_GET, "/a.txt", FIELDS("If-None-Match", "*"));
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
    site.options.precompressed = site.options.compress = true;
    static const char *const paths[] = {"/t.html", "/1000.txt"};
    for (size_t i = 0; i < 2; i++) {
        struct drive d;
        const char *plain = site_etag(paths[i], "identity");
        const char *coded = site_etag(paths[i], "gzip");
        cr_assert(strcmp(plain, coded) != 0);
        cr_assert(drive_has(coded, "-gzip\""), "%s", coded);
        site_ask(&d, TRI_METHOD_GET, paths[i],
                 FIELDS("Accept-Encoding", "gzip", "If-None-Match", plain));
        cr_assert(eq(int, drive_status(&d), 200));
        drive_close(&d);
        site_ask(&d, TRI_METHOD_GET, paths[i],
                 FIELDS("Accept-Encoding", "gzip", "If-None-Match", coded));
        cr_assert(eq(int, drive_status(&d), 304));
        cr_assert(eq(str, (char *)drive_reply_field(&d, "ETag"), (char *)coded));
        drive_close(&d);
    }
}

/* --- files that change --- */

Test(handlers_deliver, a_small_file_of_the_cache_cannot_be_cut_short)
{
    struct drive d;
    site.options.cache = tri_file_cache_new(8, 1 << 20, INT64_C(1) << 40);
    drive_open(&d, TRI_METHOD_GET, "/a.txt", "");
    d.x.context = &site;
    drive_call(&d, &tri_handler_files);
    cr_assert(truncate(folder_path("root/a.txt"), 3) == 0);
    size_t len = 0;
    char *body = drive_parts(&d, &len);
    cr_assert(body && strcmp(body, "0123456789") == 0);
    free(body);
    drive_close(&d);
    tri_file_cache_free(site.options.cache);
}

Test(handlers_deliver, a_big_file_cut_short_is_noticed_and_a_replaced_one_goes_on)
{
    struct drive d;
    size_t len = 0;
    drive_open(&d, TRI_METHOD_GET, "/big.bin", "");
    d.x.context = &site;
    drive_call(&d, &tri_handler_files);
    folder_file("root/tmp", "other");
    cr_assert(rename(folder_path("root/tmp"), folder_path("root/big.bin")) == 0);
    char *body = drive_parts(&d, &len);
    cr_assert(body && len == BIG_BYTES && body[BIG_BYTES - 1] == '9');
    free(body);
    drive_close(&d);

    drive_open(&d, TRI_METHOD_GET, "/big.txt", "");
    d.x.context = &site;
    drive_call(&d, &tri_handler_files);
    cr_assert(truncate(folder_path("root/big.txt"), 3) == 0);
    cr_assert(drive_parts(&d, &len) == NULL);
    cr_assert(eq(i64, d.x.response.length, BIG_BYTES), "it was promised");
    drive_close(&d);
}

/* --- the hot path --- */

Test(handlers_deliver, a_small_file_of_the_cache_costs_no_system_call)
{
    site.options.cache = tri_file_cache_new(8, 1 << 20, INT64_C(1) << 40);
    site.options.precompressed = site.options.compress = true;
    static struct drive warm, d;
    site_ask(&warm, TRI_METHOD_GET, "/a.txt", FIELDS("Accept-Encoding", "br, gzip"));
    drive_open(&d, TRI_METHOD_GET, "/a.txt", "");
    drive_field(&d, "Accept-Encoding", "br, gzip");
    d.x.context = &site;
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
    tri_file_cache_free(site.options.cache);
}
