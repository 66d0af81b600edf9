/*
 * root.c - see root.h.
 */
#include "tests/conformance/root.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/assert.h"

#define TIME_S 784111777 /* ROOT_DATE, 0x2ebc98a1 */

static char folder[] = "/tmp/tri-conformance-XXXXXX";

static const char *const folders[] = {
    "beside",           "beside/inner", "pages",         "root",          "root/.git",  "root/bare",
    "root/.well-known", "root/list",    "root/list/sub", "root/list/.no", "root/below", "root/both",
};

/* Name and text. */
static const char *const texts[][2] = {
    {"secret", ROOT_OUTSIDE "\n"},
    {"beside/secret", ROOT_OUTSIDE "\n"},
    {"beside/inner/index.html", ROOT_OUTSIDE "\n"},
    {"root/.hidden", ROOT_HIDDEN "\n"},
    {"root/.git/config", ROOT_HIDDEN "\n"},
    {"root/.well-known/.hidden", ROOT_HIDDEN "\n"},
    {"root/.well-known/security.txt", "Contact: a\n"},
    {"root/index.html", "the index\n"},
    {"root/one.txt", "1"},
    {"root/ten.txt", "0123456789"},
    {"root/empty.txt", ""},
    {"root/a b.txt", "blank\n"},
    {"root/50%.txt", "half\n"},
    {"root/a;b.txt", "semicolon\n"},
    {"root/caf\xe9.txt", "Latin 1\n"},
    {"root/caf\xc3\xa9.txt", "UTF-8\n"},
    {"root/back\\slash.txt", "backslash\n"},
    {"root/...", "dots\n"},
    {"root/noext", "no type\n"},
    {"root/UPPER.HTML", "upper\n"},
    {"root/page.html", "page\n"},
    {"root/both.html", "a file\n"},
    {"root/both/index.html", "a folder\n"},
    {"root/below/index.html", "below\n"},
    {"root/below/page.html", "page below\n"},
    {"root/all.css", "the sheet as it is\n"},
    {"root/all.css.br", "by brotli\n"},
    {"root/all.css.zst", "by zstd...\n"},
    {"root/all.css.gz", "by gzip.....\n"},
    {"root/only.css", "the sheet\n"},
    {"root/only.css.gz", "0123456789abcdef"},
    {"root/list/b.txt", "b"},
    {"root/list/a.txt", "aaa"},
    {"root/list/<i>&\"'.txt", "odd"},
    {"root/list/javascript:alert(1)", "script"},
    {"root/list/.secret", ROOT_HIDDEN "\n"},
    {"root/list/sub/index.html", "sub\n"},
    {"pages/404.html", "<p>nothing here\n"},
    {"pages/denied.txt", "not like this\n"},
    {"pages/b.html", "<p>nothing at b\n"},
};

/* Name and target. */
static const char *const links[][2] = {
    {"root/way-out", "../secret"},
    {"root/way-out-folder", "../beside"},
    {"root/way-up", ".."},
    {"root/way-proc", "/proc/self/root"},
    {"root/way-in", "one.txt"},
    {"root/way-below", "below"},
    {"root/way-around", "below/../one.txt"},
    {"root/way-out-and-in", "../root/one.txt"}, /* leaves on its way */
    {"root/way-chain", "way-chain-2"},
    {"root/way-chain-2", "way-out-folder/secret"},
    {"root/way-loop", "way-loop"},
    {"root/way-nowhere", "nothing"},
    {"root/list/way-in", "../one.txt"},
    {"root/list/way-out", "../../secret"},
    {"root/list/way-nowhere", "nothing"},
};

static const char site[] =
    "headers = { \"X-Frame-Options: DENY\", \"X-Outer: 1\" }\n"
    "cache_control = \"max-age=60\"\n"
    "error_pages = { \"404 pages/404.html\", \"405 pages/denied.txt\" }\n"
    "route \"/old/*rest\" {\n    return = \"301 /new/$rest\"\n}\n"
    "route \"/moved\" {\n    return = \"308 https://$host$request_uri\"\n}\n"
    "route \"/gone\" {\n    return = \"410 it was here once\"\n}\n"
    "route \"/nothing\" {\n    return = \"204\"\n}\n"
    "route \"/missing\" {\n    return = \"404\"\n}\n"
    "route \"/people/:id\" {\n    return = \"302 /users/$id?$query\"\n}\n"
    "route \"/app/*path\" {\n    handler = \"files\"\n    root = \"root\"\n"
    "    try_files = { \"$path\", \"/page.html\" }\n    cache_control = \"no-cache\"\n"
    "    headers = \"X-Outer: 2\"\n}\n"
    "route \"/pretty/*path\" {\n    handler = \"files\"\n    root = \"root\"\n"
    "    try_files = { \"$path\", \"$path.html\", \"=410\" }\n}\n"
    "route \"/plain/*path\" {\n    handler = \"files\"\n    root = \"root\"\n    cache_control = "
    "\"\"\n"
    "    precompressed = off\n    compress = off\n    dotfiles = off\n    index = \"\"\n}\n"
    "route \"/listed/*path\" {\n    handler = \"files\"\n    root = \"root/list\"\n"
    "    listing = on\n}\n"
    "vhost \"b.example\" {\n    root = \"root/below\"\n    headers = \"X-Host: b\"\n"
    "    cache_control = \"public, max-age=3600\"\n    error_pages = { \"404 pages/b.html\" }\n"
    "    route \"/users/:id\" {\n        handler = \"users\"\n    }\n}\n";

static const struct timespec times[2] = {{.tv_sec = TIME_S}, {.tv_sec = TIME_S}};

static void write_file(const char *path, const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    tri_assert(fd >= 0);
    tri_assert(write(fd, text, len) == (ssize_t)len);
    tri_assert(futimens(fd, times) == 0);
    tri_assert(close(fd) == 0);
}

/* A file named after its size, of bytes that do not repeat or, if it is text, of lines. */
static void write_sized(size_t len, const char *suffix)
{
    char path[32];
    char *bytes = malloc(len);
    tri_assert(bytes);
    bool is_text = strcmp(suffix, "bin") != 0;
    for (size_t i = 0; i < len; i++)
        bytes[i] = is_text ? "all work and no play\n"[i % 21] : (char)(i * 2654435761u >> 13);
    snprintf(path, sizeof(path), "root/%zu.%s", len, suffix);
    write_file(path, bytes, len);
    free(bytes);
}

void root_enter(void)
{
    tri_assert(mkdtemp(folder));
    tri_assert(chdir(folder) == 0);
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        tri_assert(mkdir(folders[i], 0755) == 0);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        write_file(texts[i][0], texts[i][1], strlen(texts[i][1]));
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
        tri_assert(symlink(links[i][1], links[i][0]) == 0);
    write_file("site.conf", site, sizeof(site) - 1);
    write_sized(16384, "bin");
    write_sized(16385, "bin");
    write_sized(300000, "bin");
    write_sized(1023, "txt");
    write_sized(1024, "txt");
    write_sized(100000, "txt");
    write_sized(2048, "png");
    tri_assert(mkfifo("root/pipe", 0644) == 0);
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        tri_assert(utimensat(AT_FDCWD, folders[i], times, 0) == 0);
}

static int drop(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about, (void)kind, (void)walk;
    return remove(path);
}

void root_leave(void)
{
    tri_assert(chdir("/") == 0);
    nftw(folder, drop, 8, FTW_DEPTH | FTW_PHYS);
}
