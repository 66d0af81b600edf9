/*
 * test_compress.c - files compressed while they are sent, undone with zlib's and brotli's decoders.
 */
#include "server/handlers/files/compress.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <brotli/decode.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <zlib.h>

#include "server/base/clock.h"
#include "tests/server/handlers/drive.h"

TestSuite(files_compress, .timeout = 60);

#define LARGEST (1 << 20)

/* --- a folder with one file --- */

static char folder[] = "/tmp/test-compress-XXXXXX";
static struct tri_files files;
static char content[LARGEST];

/* A half that can be compressed well, and one that cannot, so that the encoders write in spurts. */
static void fill_content(void)
{
    unsigned seed = 1;
    for (size_t i = 0; i < sizeof(content); i++) {
        seed = seed * 1103515245 + 12345;
        bool is_word = i < sizeof(content) / 2 && seed >> 28;
        content[i] = is_word ? "the quick brown fox "[i % 20] : (char)(seed >> 20);
    }
}

static const struct tri_file *file_of(size_t bytes)
{
    const struct tri_files_options options = {.root = folder};
    const struct tri_file *file;
    if (!files.root_fd) {
        fill_content();
        cr_assert(mkdtemp(folder) != NULL && tri_files_open(&files, &options, NULL));
    }
    int fd = openat(files.root_fd, "a.txt", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    cr_assert(fd >= 0 && write(fd, content, bytes) == (ssize_t)bytes);
    close(fd);
    cr_assert(eq(int, tri_file_get(&files, "a.txt", 0, &file), 0));
    cr_assert(eq(i64, file->bytes, (int64_t)bytes));
    return file;
}

static void remove_folder(void)
{
    unlinkat(files.root_fd, "a.txt", 0);
    tri_files_close(&files);
    rmdir(folder);
}

static unsigned descriptors(void)
{
    unsigned count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* --- the handler --- */

struct sending {
    const struct tri_file *file;
    enum tri_coding coding;
};

static struct tri_next send_it(struct tri_exchange *x)
{
    const struct sending *sending = x->context;
    if (x->state)
        return tri_compress_step(x);
    cr_assert(tri_compress_begin(x, sending->file, sending->coding));
    tri_reply_field(x, TRI_SLICE("Content-Encoding"), tri_coding_name(sending->coding));
    tri_reply_field(x, TRI_SLICE("Vary"), TRI_SLICE("Accept-Encoding"));
    return tri_compress_step(x);
}

static const struct tri_handler handler = {.handle = send_it};

static void open_drive(struct drive *d, const struct sending *sending)
{
    drive_open(d, TRI_METHOD_GET, "/a.txt", "");
    d->x.context = sending;
}

/* Finish with a room that changes from call to call, all there is with seed 0. */
static void finish(struct drive *d, unsigned seed)
{
    for (;;) {
        seed = seed * 1103515245 + (seed ? 12345 : 0);
        drive_narrow(d, seed ? 260 + (seed >> 16) % 3000 : sizeof(d->room));
        struct tri_next next = drive_call(d, &handler);
        if (next.kind == TRI_NEXT_DONE)
            break;
        cr_assert(next.kind == TRI_NEXT_ROOM || next.kind == TRI_NEXT_AT);
        cr_assert(next.kind == TRI_NEXT_AT || d->output.len > 0, "waits for room it has");
        if (next.kind == TRI_NEXT_AT) {
            cr_assert(gt(i64, next.at_ns, d->x.now_ns));
            cr_assert(lt(i64, next.at_ns, d->x.now_ns + TRI_MILLISECOND));
            d->x.now_ns = next.at_ns;
        }
        drive_flush(d);
    }
    while (!tri_exchange_end(&d->x))
        drive_flush(d);
    drive_flush(d);
}

/* --- undone --- */

static size_t gunzip(struct tri_slice from, char *to, size_t room)
{
    z_stream z = {0};
    cr_assert(eq(int, inflateInit2(&z, 15 + 16), Z_OK));
    z.next_in = (Bytef *)(uintptr_t)from.at;
    z.avail_in = (uInt)from.len;
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)room;
    cr_assert(eq(int, inflate(&z, Z_FINISH), Z_STREAM_END), "%s", z.msg);
    cr_assert(eq(u32, z.avail_in, 0), "bytes behind the end");
    inflateEnd(&z);
    return room - z.avail_out;
}

static size_t unbrotli(struct tri_slice from, char *to, size_t room)
{
    size_t len = room;
    cr_assert(eq(int,
                 BrotliDecoderDecompress(from.len, (const uint8_t *)from.at, &len, (uint8_t *)to),
                 BROTLI_DECODER_RESULT_SUCCESS));
    return len;
}

static const enum tri_coding codings[] = {TRI_CODING_GZIP, TRI_CODING_BROTLI};
static const size_t sizes[] = {0, 1, 31, 16384, 16385, 32767, 32768, 32769, 65536, LARGEST};

Test(files_compress, what_comes_out_is_the_file_however_the_output_is_cut)
{
    static char undone[LARGEST + 1];
    for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(*sizes); i++) {
        enum tri_coding coding = codings[i % 2];
        size_t bytes = sizes[i / 2];
        char *first = NULL;
        size_t first_len = 0;
        for (unsigned seed = 0; seed < 4; seed++) {
            struct drive d;
            const struct sending sending = {file_of(bytes), coding};
            open_drive(&d, &sending);
            finish(&d, seed);
            cr_assert(d.x.failed == false);
            struct tri_slice body = drive_body(&d);
            size_t len =
                (coding == TRI_CODING_GZIP ? gunzip : unbrotli)(body, undone, sizeof(undone));
            cr_assert(eq(sz, len, bytes));
            cr_assert(memcmp(undone, content, bytes) == 0, "%zu bytes, seed %u", bytes, seed);
            cr_assert(bytes < 1000 || body.len < bytes * 9 / 10, "%zu of %zu", body.len, bytes);
            if (seed == 0) {
                first = malloc(body.len);
                memcpy(first, body.at, body.len);
                first_len = body.len;
            }
            cr_assert(tri_slice_is(body, (struct tri_slice){first, first_len}), "not the same");
            drive_close(&d);
        }
        free(first);
    }
    remove_folder();
}

Test(files_compress, gzip_says_nothing_of_the_time)
{
    struct drive d;
    const struct sending sending = {file_of(100), TRI_CODING_GZIP};
    open_drive(&d, &sending);
    finish(&d, 0);
    struct tri_slice body = drive_body(&d);
    cr_assert(gt(sz, body.len, 18));
    cr_assert(memcmp(body.at, "\x1f\x8b\x08\0\0\0\0\0", 8) == 0);
    drive_close(&d);
    remove_folder();
}

Test(files_compress, a_call_reads_once_and_then_lets_others_have_their_turn)
{
    struct drive d;
    const struct sending sending = {file_of(LARGEST), TRI_CODING_BROTLI};
    open_drive(&d, &sending);
    finish(&d, 0);
    cr_assert(ge(u32, d.calls, LARGEST / 32768));
    cr_assert(lt(u32, d.calls, LARGEST / 32768 * 2));
    drive_close(&d);
    remove_folder();
}

/* --- the head --- */

Test(files_compress, a_head_that_does_not_fit_is_begun_again_with_its_fields)
{
    struct drive d;
    const struct sending sending = {file_of(31), TRI_CODING_GZIP};
    open_drive(&d, &sending);
    for (int i = 0; i < 3; i++) {
        d.output.len = d.output.room - 20; /* replies of earlier exchanges */
        memset(d.room, ' ', d.output.len);
        cr_assert(eq(int, drive_call(&d, &handler).kind, TRI_NEXT_ROOM));
        cr_assert(eq(sz, d.output.len, d.output.room - 20));
    }
    d.output.len = 0;
    finish(&d, 0);
    cr_assert(drive_has(d.sent, "HTTP/1.1 200 OK\r\n"));
    cr_assert(drive_has(d.sent, "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
    cr_assert(drive_has(d.sent, "\r\nContent-Encoding: gzip\r\nVary: Accept-Encoding\r\n"));
    cr_assert(drive_lacks(strstr(d.sent, "Vary:") + 1, "Vary:"));
    cr_assert(drive_has(d.sent, "\r\nTransfer-Encoding: chunked\r\n"));
    drive_close(&d);
    remove_folder();
}

Test(files_compress, head_is_answered_without_a_compressor)
{
    enum { COUNT = TRI_COMPRESS_MOST + 1 };
    unsigned before = descriptors();
    struct drive *d = calloc(COUNT, sizeof(*d));
    struct sending sending[COUNT];
    for (size_t i = 0; i < COUNT; i++) { /* all at once: none counts */
        sending[i] = (struct sending){file_of(LARGEST), TRI_CODING_BROTLI};
        open_drive(&d[i], &sending[i]);
        d[i].request.method = TRI_METHOD_HEAD;
        finish(&d[i], 0);
        cr_assert(eq(u32, d[i].calls, 1));
        cr_assert(drive_has(d[i].sent, "\r\nContent-Encoding: br\r\n"));
        cr_assert(drive_body_is(&d[i], ""));
    }
    for (size_t i = 0; i < COUNT; i++)
        drive_close(&d[i]);
    free(d);
    remove_folder();
    cr_assert(eq(u32, descriptors(), before));
}

/* --- ends --- */

Test(files_compress, a_file_cut_short_fails_the_stream)
{
    for (size_t i = 0; i < 4; i++) {
        struct drive d;
        const struct sending sending = {file_of(LARGEST), codings[i % 2]};
        open_drive(&d, &sending);
        cr_assert(eq(int, drive_call(&d, &handler).kind, TRI_NEXT_AT));
        cr_assert(d.x.failed == false);
        drive_flush(&d);
        int fd = openat(files.root_fd, "a.txt", O_WRONLY | O_CLOEXEC);
        cr_assert(eq(int, ftruncate(fd, i < 2 ? 0 : 40000), 0));
        close(fd);
        struct tri_next next;
        do {
            drive_flush(&d);
            next = drive_call(&d, &handler);
        } while (next.kind != TRI_NEXT_DONE && d.calls < 100);
        cr_assert(eq(int, next.kind, TRI_NEXT_DONE));
        cr_assert(d.x.failed);
        drive_close(&d);
    }
    remove_folder();
}

Test(files_compress, whoever_leaves_in_the_middle_gives_back_compressor_and_file)
{
    unsigned before = descriptors();
    for (size_t i = 0; i < 2 * TRI_COMPRESS_MOST + 2; i++) {
        struct drive d;
        const struct sending sending = {file_of(LARGEST), codings[i % 2]};
        open_drive(&d, &sending);
        cr_assert(eq(int, drive_call(&d, &handler).kind, TRI_NEXT_AT));
        drive_close(&d);
    }
    remove_folder();
    cr_assert(eq(u32, descriptors(), before));
}

Test(files_compress, no_more_than_a_number_of_them_are_at_work)
{
    enum { COUNT = TRI_COMPRESS_MOST + 1 };
    struct drive *d = calloc(COUNT, sizeof(*d));
    const struct tri_file *file = NULL;
    for (size_t i = 0; i < COUNT; i++) {
        drive_open(&d[i], TRI_METHOD_GET, "/a.txt", "");
        file = file_of(100);
        bool begun = tri_compress_begin(&d[i].x, file, codings[i % 2]);
        cr_assert(eq(int, begun, i < TRI_COMPRESS_MOST));
    }
    cr_assert(eq(ptr, d[COUNT - 1].x.state, NULL));
    cr_assert(eq(int, tri_compress_begin(&d[COUNT - 1].x, file, TRI_CODING_GZIP), false));
    drive_close(&d[0]);
    cr_assert(tri_compress_begin(&d[COUNT - 1].x, file, TRI_CODING_GZIP));
    for (size_t i = 1; i < COUNT; i++)
        drive_close(&d[i]);
    free(d);
    remove_folder();
}

/* --- what for --- */

static const struct {
    const char *type;
    bool is_for;
} types[] = {
    {"text/html; charset=utf-8", true},
    {"text/plain", true},
    {"TEXT/CSS", true},
    {"application/json", true},
    {"application/manifest+json", true},
    {"application/ld+json; charset=utf-8", true},
    {"application/xml", true},
    {"application/atom+xml", true},
    {"image/svg+xml", true},
    {"application/wasm", true},
    {"application/javascript", true},
    {"application/yaml", true},
    {"application/vnd.ms-fontobject", true},
    {"font/ttf", true},
    {"image/bmp", true},
    {"", false},
    {"text", false},
    {"font/woff2", false},
    {"image/png", false},
    {"video/mp4", false},
    {"application/gzip", false},
    {"application/zip; name=a.json", false},
    {"application/octet-stream", false},
    {"application/pdf", false},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", false},
};

Test(files_compress, is_for_what_is_not_compressed_already)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        cr_assert(eq(int, tri_compress_is_for(tri_slice_of(types[i].type)), types[i].is_for), "%s",
                  types[i].type);
}
