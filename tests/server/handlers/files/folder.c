/*
 * folder.c - see folder.h.
 */
#include "folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/error.h"

static char top[64];

const char *folder_path(const char *name)
{
    static char paths[2][512];
    static int turn;
    turn = !turn;
    snprintf(paths[turn], sizeof(paths[turn]), "%s/%s", top, name);
    return paths[turn];
}

void folder_file(const char *name, const char *content)
{
    FILE *file = fopen(folder_path(name), "w");
    cr_assert(file && fputs(content, file) >= 0 && fclose(file) == 0, "%s", name);
}

void folder_bytes(const char *name, int64_t bytes)
{
    FILE *file = fopen(folder_path(name), "w");
    cr_assert(file != NULL, "%s", name);
    for (int64_t i = 0; i < bytes; i++)
        fputc((int)('0' + i % 10), file);
    cr_assert(eq(int, fclose(file), 0));
}

void folder_dir(const char *name)
{
    cr_assert(eq(int, mkdir(folder_path(name), 0755), 0), "%s", name);
}

void folder_link(const char *name, const char *target)
{
    cr_assert(eq(int, symlink(target, folder_path(name)), 0), "%s", name);
}

void folder_fifo(const char *name)
{
    cr_assert(eq(int, mkfifo(folder_path(name), 0644), 0), "%s", name);
}

void folder_socket(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", top, name);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert(eq(int, bind(fd, (struct sockaddr *)&address, sizeof(address)), 0), "%s", name);
    close(fd);
}

void folder_make(void)
{
    snprintf(top, sizeof(top), "/tmp/tri-files-XXXXXX");
    cr_assert(mkdtemp(top) != NULL);
    folder_dir("root");
    folder_dir("outside");
    folder_file("secret.txt", "secret");
    folder_file("outside/secret.txt", "secret");
}

void folder_remove(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", top);
    cr_assert(eq(int, system(command), 0));
}

void folder_settle(void)
{
    usleep(30 * 1000); /* longer than a tick of the file system's clock */
}

void folder_open(struct tri_files *files, const struct tri_files_options *options)
{
    struct tri_error error = {0};
    struct tri_files_options own = *options;
    static char root[128];
    snprintf(root, sizeof(root), "%s/root", top);
    own.root = root;
    cr_assert(tri_files_open(files, &own, &error), "%s", error.text);
}

int folder_fd_count(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

int folder_next_fd(void)
{
    int fd = dup(0);
    close(fd);
    return fd;
}
