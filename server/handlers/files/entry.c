/*
 * entry.c - looking at a file, and what is kept of it.
 *
 * The entity tag is made of mtime in nanoseconds and size, so it survives a restart and is the same
 * on machines that got their files with their times; inode and ctime would not be. It is strong
 * because a change of the bytes changes it, with two exceptions. A tool that sets mtime back after
 * changing bytes in place, the size being equal, deceives it as it deceives make(1) and rsync(1);
 * the cache notices even that, by ctime. And where the file system's clock ticks coarsely (4 ms on
 * Linux before 6.13, 2 s on FAT) two changes within a tick share a time (RFC 9110 8.8.1): a file
 * that changed just now is therefore read again at the next look, even if nothing seems changed,
 * so that what is sent for long under a tag is what the file has been at rest.
 */
#include "server/handlers/files/entry.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/fd.h"
#include "server/handlers/files/confine.h"
#include "server/handlers/files/mime.h"
#include "server/http/date.h"

#define TICK_NS (20 * TRI_MILLISECOND)    /* CONFIG_HZ=100 is 10 ms */
#define COARSE_TICK_NS (2 * TRI_SECOND)   /* FAT; and the second of those that keep no fractions */
#define LAST_DATE_S INT64_C(253402300799) /* 9999-12-31 23:59:59 */

int tri_entry_look(const struct tri_files *files, const char *path, struct stat *about)
{
    int fd = tri_confine_open(files, path, 0);
    if (fd < 0)
        return fd;
    int result = 0;
    if (fstat(fd, about) != 0)
        result = -errno;
    else if (S_ISDIR(about->st_mode))
        result = -EISDIR;
    else if (!S_ISREG(about->st_mode))
        result = -ENOENT;
    if (result == 0)
        return fd;
    tri_fd_close(&fd);
    return result;
}

static bool is_at(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           is_at(a->st_mtim, b->st_mtim) && is_at(a->st_ctim, b->st_ctim);
}

bool tri_entry_is(const struct tri_file_entry *entry, const struct stat *about)
{
    const struct stat seen = {
        .st_dev = entry->device,
        .st_ino = entry->inode,
        .st_size = (off_t)entry->file.bytes,
        .st_mtim = entry->modified,
        .st_ctim = entry->changed,
    };
    return entry->settled && is_same(&seen, about);
}

/*
 * Is it long enough ago that the file changed? ctime tells: unlike mtime nobody can set it. The
 * wall clock may have been set back since; then the answer is no, which only costs a look.
 */
static bool is_settled(const struct stat *about, struct timespec now)
{
    int64_t tick_ns = about->st_ctim.tv_nsec == 0 ? COARSE_TICK_NS : TICK_NS;
    int64_t age_s = (int64_t)now.tv_sec - about->st_ctim.tv_sec;
    if (age_s < 0 || age_s > 60)
        return age_s > 0;
    return age_s * TRI_SECOND + now.tv_nsec - about->st_ctim.tv_nsec >= tick_ns;
}

static void describe(struct tri_file_entry *entry, const struct stat *about)
{
    struct tri_file *file = &entry->file;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);

    entry->device = about->st_dev;
    entry->inode = about->st_ino;
    entry->modified = about->st_mtim;
    entry->changed = about->st_ctim;
    entry->settled = is_settled(about, now);

    /* Seconds and nanoseconds of their own: their product overflows for absurd dates. */
    snprintf(file->etag, sizeof(file->etag), "\"%" PRIx64 ".%lx-%" PRIx64 "\"",
             (uint64_t)about->st_mtim.tv_sec, (unsigned long)about->st_mtim.tv_nsec,
             (uint64_t)about->st_size);

    /* Never later than the reply it goes with (RFC 9110 8.8.2.1). */
    int64_t seconds = about->st_mtim.tv_sec;
    seconds = seconds < now.tv_sec ? seconds : now.tv_sec;
    file->modified_s = -1;
    if (seconds >= 0 && seconds <= LAST_DATE_S) {
        file->modified_s = seconds;
        tri_date_print(seconds, file->modified);
    }
    bool dated = file->modified[0] != '\0';
    snprintf(file->lines, sizeof(file->lines), "ETag: %s\r\n%s%s%sAccept-Ranges: bytes\r\n",
             file->etag, dated ? "Last-Modified: " : "", file->modified, dated ? "\r\n" : "");
}

/* Room for an entry and `bytes` behind its path; NULL when out of memory. */
static struct tri_file_entry *allocate(const struct tri_files *files, const char *path,
                                       int64_t bytes)
{
    size_t path_len = strlen(path);
    struct tri_file_entry *entry = malloc(sizeof(*entry) + path_len + 1 + (size_t)bytes);
    if (!entry)
        return NULL;
    *entry = (struct tri_file_entry){.files = files, .path_len = path_len};
    memcpy(entry->path, path, path_len + 1);
    tri_link_init(&entry->recent);
    atomic_init(&entry->references, 1);
    return entry;
}

/*
 * All bytes of a file, of one moment, behind the path of its entry.
 *   about    as it was before; becomes as it is now
 *   returns  1, 0 when the file changed meanwhile, or a negative errno
 */
static int read_bytes(struct tri_file_entry *entry, int fd, struct stat *about)
{
    char *memory = entry->path + entry->path_len + 1;
    const struct stat before = *about;
    int64_t done = 0;
    while (done < before.st_size) {
        ssize_t len = pread(fd, memory + done, (size_t)(before.st_size - done), (off_t)done);
        if (len < 0 && errno != EINTR)
            return -errno;
        if (len == 0)
            break;
        done += len > 0 ? len : 0;
    }
    if (fstat(fd, about) != 0)
        return -errno;
    if (done < before.st_size || !is_same(&before, about))
        return 0;
    entry->file.memory = memory;
    return 1;
}

int tri_entry_new(const struct tri_files *files, const char *path, int fd, struct stat *about,
                  int64_t small_bytes, struct tri_file_entry **ret_entry)
{
    struct tri_file_entry *entry = NULL;
    int result = 0;
    for (int tries = 0; result == 0; tries++) {
        /* A file that changes faster than it is read is sent from its descriptor, as a big one. */
        bool is_small = about->st_size <= small_bytes && tries < 2;
        entry = allocate(files, path, is_small ? about->st_size : 0);
        result = !entry ? -ENOMEM : is_small ? read_bytes(entry, fd, about) : 1;
        if (result > 0)
            break;
        free(entry);
    }
    if (result < 0) {
        tri_fd_close(&fd);
        return result;
    }
    if (entry->file.memory)
        tri_fd_close(&fd); /* -1 from here on: the bytes are all that is ever sent of it */
    entry->file.entry = entry;
    entry->file.fd = fd;
    entry->file.bytes = about->st_size;
    entry->file.type = tri_mime_find(tri_slice_of(entry->path));
    describe(entry, about);
    *ret_entry = entry;
    return 0;
}

void tri_entry_release(struct tri_file_entry *entry)
{
    if (atomic_fetch_sub_explicit(&entry->references, 1, memory_order_acq_rel) > 1)
        return;
    tri_fd_close(&entry->file.fd);
    free(entry);
}
