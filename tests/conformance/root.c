/*
 * root.c - see root.h.
 *
 * All files have the same, old time, so that their answers do not depend on when they were made.
 */
#include "tests/conformance/root.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/assert.h"

static char folder[] = "/tmp/tri-conformance-XXXXXX";

static void write_file(const char *path, const char *text, size_t len)
{
    const struct timespec times[2] = {{.tv_sec = 784111777}, {.tv_sec = 784111777}};
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    tri_assert(fd >= 0);
    tri_assert(write(fd, text, len) == (ssize_t)len);
    tri_assert(futimens(fd, times) == 0);
    tri_assert(close(fd) == 0);
}

/* A file named after its size. */
static void write_sized(size_t len)
{
    char path[32];
    char *bytes = malloc(len);
    tri_assert(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    snprintf(path, sizeof(path), "root/%zu.bin", len);
    write_file(path, bytes, len);
    free(bytes);
}

static void write_text(const char *path, const char *text)
{
    write_file(path, text, strlen(text));
}

void root_enter(void)
{
    tri_assert(mkdtemp(folder));
    tri_assert(chdir(folder) == 0);
    tri_assert(mkdir("root", 0755) == 0 && mkdir("root/below", 0755) == 0 &&
               mkdir("root/bare", 0755) == 0);
    write_text("root/index.html", "the index\n");
    write_text("root/one.txt", "1");
    write_text("root/empty.txt", "");
    write_text("root/a b.txt", "blank\n");
    write_text("root/.hidden", "hidden\n");
    write_text("root/below/index.html", "below\n");
    write_text("secret", "secret\n");
    write_sized(16384);
    write_sized(16385);
    write_sized(300000);
    tri_assert(symlink("../secret", "root/way-out") == 0);
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
