/*
 * stress.c SECONDS - threads that get and put files of one small cache while the files change.
 *
 * Without Criterion, which ThreadSanitizer does not bear. What is checked besides races: a file is
 * never a mixture of two, its validators are those of its bytes, a change is noticed in time, and
 * at the end no descriptor is left.
 *
 * A file's content is one letter, a power of two times; so length and letter tell the version.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/handlers/files/cache.h"

#define THREADS 8
#define FILES 12
#define VERSIONS 8
#define ENTRIES 6     /* fewer than files: something is dropped all the time */
#define KEPT_BYTES 48 /* what is larger keeps a descriptor, ... */
#define KEPT_FDS 2    /* of which there are fewer than entries */
#define VALID_NS (2 * TRI_MILLISECOND)

static struct tri_files files;
static atomic_bool stop;
static atomic_ulong gets, misses;
static atomic_int failures;

static void complain(const char *what, const char *name)
{
    fprintf(stderr, "ERROR: %s: %s\n", name, what);
    atomic_fetch_add(&failures, 1);
}

/* A version is put in place whole, by rename. */
static void write_version(const char *name, unsigned version)
{
    char path[32], text[1 << VERSIONS];
    size_t bytes = (size_t)1 << version;
    snprintf(path, sizeof(path), ".%s", name);
    memset(text, (int)('a' + version), bytes);
    int fd = openat(files.root_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, text, bytes) != (ssize_t)bytes || close(fd) != 0 ||
        renameat(files.root_fd, path, files.root_fd, name) != 0)
        complain("cannot be written", name);
}

static void check(const struct tri_file *file, const char *name)
{
    char text[1 << VERSIONS];
    ssize_t len = file->bytes;
    if (file->memory)
        memcpy(text, file->memory, (size_t)len);
    else
        len = pread(file->fd, text, sizeof(text), 0);
    if (len != file->bytes || len < 1 || (len & (len - 1)) != 0) {
        complain("a length that no version has", name);
        return;
    }
    for (ssize_t i = 0; i < len; i++)
        if (1 << (text[i] - 'a') != len) {
            complain("bytes of two versions", name);
            return;
        }
}

static void *serve(void *argument)
{
    unsigned seed = *(const unsigned *)argument;
    struct tri_arena arena;
    tri_arena_init(&arena, NULL, 1 << 16);
    while (!stop) {
        const struct tri_file *file = NULL;
        char name[8];
        snprintf(name, sizeof(name), "f%d", rand_r(&seed) % FILES);
        int os = tri_file_get(&files, name, tri_clock_now(), &file);
        if (os == -ENOENT) {
            atomic_fetch_add(&misses, 1);
            continue;
        }
        if (os < 0) {
            complain(strerror(-os), name);
            continue;
        }
        atomic_fetch_add(&gets, 1);
        check(file, name);
        const struct tri_file *coded = NULL;
        if (tri_file_get_coded(file, TRI_CODING_GZIP, &arena, tri_clock_now(), &coded) == 0)
            complain("a variant that nobody made", name);
        tri_arena_reset(&arena);
        if (rand_r(&seed) % 8 == 0)
            sched_yield(); /* a slow client */
        tri_file_drop(file);
    }
    return NULL;
}

static void *change(void *argument)
{
    unsigned seed = *(const unsigned *)argument;
    while (!stop) {
        char name[8];
        snprintf(name, sizeof(name), "f%d", rand_r(&seed) % FILES);
        if (rand_r(&seed) % 8 == 0)
            unlinkat(files.root_fd, name, 0);
        else
            write_version(name, (unsigned)rand_r(&seed) % VERSIONS);
        usleep(500);
    }
    return NULL;
}

/* Of what nobody changes any more the last version must be there within VALID_NS. */
static void check_notices(void)
{
    for (unsigned version = 0; version < VERSIONS; version++) {
        const struct tri_file *file = NULL;
        write_version("f0", version);
        int64_t late_ns = tri_clock_now() + VALID_NS;
        if (tri_file_get(&files, "f0", late_ns, &file) != 0)
            complain("is gone", "f0");
        else if (file->bytes != 1 << version)
            complain("is an old version", "f0");
        if (file)
            tri_file_drop(file);
        while (tri_clock_now() < late_ns)
            usleep(500);
    }
}

static int open_fds(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

int main(int argc, char **argv)
{
    unsigned seconds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1;
    char root[] = "/tmp/tri-stress-XXXXXX";
    char command[64];
    pthread_t threads[THREADS + 1];
    unsigned seeds[THREADS + 1];
    struct tri_error error = {0};
    int before = open_fds();

    const struct tri_files_options options = {
        .root = mkdtemp(root),
        .cache = tri_file_cache_new(ENTRIES, KEPT_BYTES, VALID_NS),
    };
    if (!options.root || !options.cache || !tri_files_open(&files, &options, &error)) {
        fprintf(stderr, "ERROR: %s\n", error.text);
        return 1;
    }
    tri_file_cache_limit_fds(options.cache, KEPT_FDS);
    for (unsigned i = 0; i <= THREADS; i++) {
        seeds[i] = i + 1;
        pthread_create(&threads[i], NULL, i == THREADS ? change : serve, &seeds[i]);
    }
    sleep(seconds);
    stop = true;
    for (unsigned i = 0; i <= THREADS; i++)
        pthread_join(threads[i], NULL);
    check_notices();
    tri_file_cache_free(options.cache);
    tri_files_close(&files);
    if (open_fds() != before)
        complain("descriptors are left open", "cache");
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    if (system(command) != 0)
        complain("cannot be removed", root);
    printf("%lu files got, %lu missed, %d failures\n", gets, misses, failures);
    return failures > 0 || gets == 0;
}
