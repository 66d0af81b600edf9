/*
 * test_mistakes_in_blocks.c - mistakes in vhost and route blocks, in replies and error pages.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/config/mistakes.h"
#include "tests/config/support.h"

TestSuite(config_mistakes_in_blocks, .timeout = 20, .init = support_enter, .fini = support_leave);

#define EXPECT(rows) expect_mistakes(rows, sizeof(rows) / sizeof((rows)[0]))

static const struct mistake blocks[] = {
    {"route \"docs\" { handler = files }", NULL, NULL,
     "tri-httpd.conf:1: \"docs\" is no pattern of a path (try \"/\", \"/users/:id\" or "
     "\"/docs/*path\")"},
    {"route \"/\" { }", NULL, NULL,
     "tri-httpd.conf:1: route \"/\" has no handler (add handler = \"files\", or return = "
     "\"301 /elsewhere\")"},
    {"route \"/\" {\n  handler = fils\n}", NULL, NULL,
     "tri-httpd.conf:2: no handler \"fils\" (try one of echo, files, hello)"},
    {"\nroute \"/\" {\n handler = files\n}\nroute \"/\" {\n handler = hello\n}", NULL, NULL,
     "tri-httpd.conf:5: route \"/\" is there already in line 2 (merge the two)"},
    {"route \"/x\" {\n handler = hello\n root = \"/\"\n}", NULL, NULL,
     "tri-httpd.conf:3: route \"/x\": handler \"hello\" has no use for root (remove it, or set "
     "handler = \"files\")"},
    {"route \"/\" {\n handler = files\n root = \"/nowhere\"\n}", NULL, NULL,
     "tri-httpd.conf:3: root: \"/nowhere\" cannot be used: No such file or directory (name an "
     "existing directory)"},
    {"vhost \"a.org\" {\n}\nvhost \"a.org\" {\n}", NULL, NULL,
     "tri-httpd.conf:3: vhost \"a.org\" is there already in line 1 (merge the two)"},
    {"vhost \"a.org\" {\n}\nvhost \"A.org\" {\n}", NULL, NULL,
     "tri-httpd.conf:3: vhost \"A.org\" is there already in line 1 (merge the two)"},
    {"vhost \"a.org:80\" { }", NULL, NULL,
     "tri-httpd.conf:1: \"a.org:80\" is no host (write a name like www.example.org, without a "
     "port)"},
    {"vhost \"\" { }", NULL, NULL,
     "tri-httpd.conf:1: \"\" is no host (write a name like www.example.org, without a port)"},
    {"vhost \"a\" { route \"/\" { handler = files } \n route \"/\" { handler = files } }", NULL,
     NULL, "tri-httpd.conf:2: route \"/\" is there already in line 1 (merge the two)"},
    {"vhost \"a\" {\n root = \"/etc/passwd\"\n}", NULL, NULL,
     "tri-httpd.conf:2: root: \"/etc/passwd\" is no directory (name the directory that holds the "
     "files)"},
    {"vhost \"a\" { mode = loop }", NULL, NULL,
     "tri-httpd.conf:1: no key \"mode\" here (move it out of all blocks)"},
    {"route \"/x\" {\n handler = hello\n return = \"404\"\n}", NULL, NULL,
     "tri-httpd.conf:1: route \"/x\" has both a handler and a return (keep one of them)"},
    {"route \"/x\" {\n return = \"404\"\n\n index = a.html\n}", NULL, NULL,
     "tri-httpd.conf:4: route \"/x\": return has no use for index (remove it, or set handler = "
     "\"files\")"},
    {"route \"/x\" {\n handler = echo\n listing = on\n}", NULL, NULL,
     "tri-httpd.conf:3: route \"/x\": handler \"echo\" has no use for listing (remove it, or set "
     "handler = \"files\")"},
    {"route \"/x\" {\n handler = files\n listing = perhaps\n}", NULL, NULL,
     "tri-httpd.conf:3: listing: \"perhaps\" is neither on nor off (try on, off, yes or no)"},
    {"vhost \"a\" {\n symlinks = some\n}", NULL, NULL,
     "tri-httpd.conf:2: symlinks: \"some\" is not known (try one of inside|none|any)"},
    {"vhost \"a\" {\n index = { \"a\",\n \"b/c\" }\n}", NULL, NULL,
     "tri-httpd.conf:3: index: \"b/c\" is no name of a file (write one like index.html)"},
    {"vhost \"a\" {\n index = { \"a\", \"a\" }\n}", NULL, NULL,
     "tri-httpd.conf:2: index: \"a\" is given twice (name it once)"},
    {"vhost \"a\" {\n index = a\n index = b\n}", NULL, NULL,
     "tri-httpd.conf:3: \"index\" is set already in line 2 (keep one of them, or write +=)"},
    {"vhost \"a\" {\n dotfiles = on dotfiles = on\n}", NULL, NULL,
     "tri-httpd.conf:2: \"dotfiles\" is set already in line 2 (keep one of them)"},
    {"vhost \"a\" {\n\n headers = \"a\\tb\"\n}", NULL, NULL,
     "tri-httpd.conf:3: headers: holds a control character (write one line of plain text)"},
    {"vhost \"a\" { route \"/\" { handler = files error_pages = x } }", NULL, NULL,
     "tri-httpd.conf:1: no key \"error_pages\" here (try one of handler, return, root, index, "
     "try_files, listing, dotfiles, symlinks, precompressed, compress, cache_control, headers, "
     "hsts)"},
    {"route \"/x\" { listng = on }", NULL, NULL,
     "tri-httpd.conf:1: no key \"listng\" here (did you mean listing?)"},
    {"route \"/x\" { retrun = \"404\" }", NULL, NULL,
     "tri-httpd.conf:1: no key \"retrun\" here (did you mean return?)"},
};

Test(config_mistakes_in_blocks, say_where_what_and_what_would_do)
{
    EXPECT(blocks);
}

#define NO_STATUS                                                                                  \
    " does not begin with a status (try \"301 https://example.org$request_uri\" or \"410 gone\")"

static const struct mistake replies[] = {
    {"route \"/\" {\n return = \"\"\n}", NULL, NULL, "tri-httpd.conf:2: return: \"\"" NO_STATUS},
    {"route \"/\" {\n return = moved\n}", NULL, NULL,
     "tri-httpd.conf:2: return: \"moved\"" NO_STATUS},
    {"route \"/\" {\n return = 4040\n}", NULL, NULL,
     "tri-httpd.conf:2: return: \"4040\"" NO_STATUS},
    {"route \"/\" {\n return = \"30 /\"\n}", NULL, NULL,
     "tri-httpd.conf:2: return: \"30 /\"" NO_STATUS},
    {"vhost a {\n route \"/\" {\n return = \"301/\"\n}\n}", NULL, NULL,
     "tri-httpd.conf:3: return: \"301/\"" NO_STATUS},
    {"route \"/\" {\n return = \"200 a\\nb\"\n}", NULL, NULL,
     "tri-httpd.conf:2: return: holds a control character (write one line of plain text)"},
};

Test(config_mistakes_in_blocks, of_replies)
{
    EXPECT(replies);
}

/* Load before "X-A: vvv" behind, in a server of 4KiB of output; that field has so many bytes. */
static void expect_fields(const char *before, const char *behind, int bytes, const char *mistake)
{
    char file[8192], value[4096];
    struct tri_config config;
    struct tri_error error = {.text = ""};
    memset(value, 'v', sizeof(value));
    snprintf(file, sizeof(file), "%s\"X-A: %.*s\"%s", before, bytes - (int)strlen("X-A: \r\n"),
             value, behind);
    bool ok = support_load(&config, file, "--limit-output=4k", NULL, &error);
    cr_expect_str_eq(error.text, mistake);
    cr_expect_eq(ok, *mistake == '\0');
    if (ok)
        tri_config_free(&config);
}

#define TOO_LONG                                                                                   \
    "limits.output is 4KiB, which leaves too little for 2049 bytes of fields in each reply (set "  \
    "limits.output to 4097 or more, or shorten headers)"

Test(config_mistakes_in_blocks, of_fields_that_no_head_has_room_for)
{
    static const char *const places[][2] = {
        {"headers = ", ""},
        {"route / { handler = hello headers = ", "}"},
        {"vhost a { headers = ", "}"},
        {"vhost a { route / { return = 404 headers = ", "} }"},
        {"vhost a { headers = \"X-B: bcde\" route / { return = 404 headers = ", "} }"},
    };
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        int others = strstr(places[i][0], "X-B") ? (int)strlen("X-B: bcde\r\n") : 0;
        expect_fields(places[i][0], places[i][1], 2048 - others, "");
        expect_fields(places[i][0], places[i][1], 2049 - others, "--limit-output: " TOO_LONG);
    }
}

Test(config_mistakes_in_blocks, of_fields_are_said_where_the_fields_are)
{
    char file[8192], value[4096];
    struct tri_config config;
    struct tri_error error;
    memset(value, 'v', sizeof(value));
    snprintf(file, sizeof(file),
             "limits { output = 4KiB }\n\nroute / {\n handler = hello\n headers = \"X-A: %.*s\"\n}",
             2042, value);
    cr_assert_not(support_load(&config, file, NULL, NULL, &error));
    cr_expect_str_eq(error.text, "tri-httpd.conf:3: headers: " TOO_LONG);
    snprintf(file, sizeof(file), "--limit-output=4k\n--cache-control=%.*s", 2049, value);
    cr_assert_not(support_load(&config, NULL, file, NULL, &error));
    cr_expect_str_eq(
        error.text,
        "--cache-control: limits.output is 4KiB, which leaves too little for 2049 bytes "
        "of fields in each reply (set limits.output to 4097 or more, or shorten "
        "cache_control)");
}

static const struct mistake pages[] = {
    {"error_pages = \"404\"", NULL, NULL,
     "tri-httpd.conf:1: error_pages: \"404\" is no error page (write a status from 400 to 599 and "
     "a file, as in \"404 /srv/404.html\")"},
    {"error_pages = \"399 page\"", NULL, NULL,
     "tri-httpd.conf:1: error_pages: \"399 page\" is no error page (write a status from 400 to 599 "
     "and a file, as in \"404 /srv/404.html\")"},
    {"error_pages = \"600 page\"", NULL, NULL,
     "tri-httpd.conf:1: error_pages: \"600 page\" is no error page (write a status from 400 to 599 "
     "and a file, as in \"404 /srv/404.html\")"},
    {"error_pages = \"/page 404\"", NULL, NULL,
     "tri-httpd.conf:1: error_pages: \"/page 404\" is no error page (write a status from 400 to "
     "599 "
     "and a file, as in \"404 /srv/404.html\")"},
    {"error_pages = {\n \"404 page\",\n \"410 none\" }", NULL, NULL,
     "tri-httpd.conf:3: error_pages: \"none\" cannot be used: No such file or directory (name an "
     "existing file)"},
    {"vhost \"a\" {\n error_pages = \"410 /tmp\" }", NULL, NULL,
     "tri-httpd.conf:2: error_pages: \"/tmp\" is no regular file (name the page itself)"},
    {"error_pages = \"410 large\"", NULL, NULL,
     "tri-httpd.conf:1: error_pages: \"large\" is longer than 256KiB (name a smaller page)"},
    {"error_pages = { \"404 page\",\n\"404 whole\" }", NULL, NULL,
     "tri-httpd.conf:2: error_pages: status 404 has the page \"page\" already (keep one of them)"},
    {"vhost \"a\" { error_pages = \"404 page\"\n error_pages += \"404 whole\" }", NULL, NULL,
     "tri-httpd.conf:2: error_pages: status 404 has the page \"page\" already (keep one of them)"},
};

/* A file of so many bytes. */
static void make_file(const char *name, long bytes)
{
    FILE *to = fopen(name, "w");
    cr_assert(to && fclose(to) == 0 && truncate(name, bytes) == 0);
}

Test(config_mistakes_in_blocks, of_error_pages)
{
    struct tri_config config;
    make_file("page", 10);
    make_file("whole", TRI_CONFIG_PAGE_BYTES);
    make_file("large", TRI_CONFIG_PAGE_BYTES + 1);
    EXPECT(pages);
    cr_assert(
        support_load(&config, "error_pages = { \"404 page\", \"599 whole\" }", NULL, NULL, NULL));
    tri_config_free(&config);
}
