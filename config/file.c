/*
 * file.c - the bytes of the configuration file, at most FILE_BYTES_MAX of them.
 */
#include "config/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/load.h"
#include "server/base/fd.h"

#define FILE_BYTES_MAX (1024u * 1024u)

static void refuse_os(struct tri_load *load, const char *verb)
{
    int os = errno;
    tri_load_refuse_line(load, 0, "cannot be %s: %m (name a readable file with %s)", verb,
                         load->file_source == TRI_SOURCE_FLAG ? "--config"
                                                              : TRI_VARIABLE_PREFIX "CONFIG");
    load->error.os = os;
}

/* Read to the end or until one byte too many has come; -1 with errno. */
static ssize_t read_all(int fd, char *bytes)
{
    size_t len = 0;
    while (len <= FILE_BYTES_MAX) {
        ssize_t got = read(fd, bytes + len, FILE_BYTES_MAX + 1 - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    return (ssize_t)len;
}

char *tri_file_read(struct tri_load *load, size_t *ret_len)
{
    struct stat status;
    char *bytes = NULL;
    ssize_t len = -1;
    int fd = open(load->config->file, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) {
        refuse_os(load, "opened");
        goto done;
    }
    if (S_ISDIR(status.st_mode)) {
        tri_load_refuse_line(load, 0, "is a directory (name the file in it)");
        goto done;
    }
    bytes = malloc(FILE_BYTES_MAX + 2);
    if (!bytes) {
        refuse_os(load, "read");
        goto done;
    }
    len = read_all(fd, bytes);
    if (len < 0) {
        refuse_os(load, "read");
    } else if ((size_t)len > FILE_BYTES_MAX) {
        tri_load_refuse_line(load, 0, "is longer than 1MiB (is it really a configuration file?)");
        len = -1;
    }
done:
    tri_fd_close(&fd);
    if (len < 0) {
        free(bytes);
        return NULL;
    }
    bytes[len] = '\0';
    *ret_len = (size_t)len;
    return bytes;
}
