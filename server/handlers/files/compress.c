/*
 * compress.c - gzip by zlib, br by brotli, both as streams.
 *
 *     file --READ_BYTES--> unread --encode()--> unsent --tri_stream_write()--> output
 *
 * A call moves until the output is full, or until it would read a second time: then it asks for
 * another turn, so that a large file delays nobody for longer than READ_BYTES take to compress
 * (about a millisecond). Neither encoder says anything about time or place in its output.
 *
 * Brotli is flushed after each read: left alone it gathers half a megabyte before it writes, and
 * takes 4 MiB for that; flushed it takes 1.6 MiB, and the output grows by half a percent.
 *
 * The state outlives no exchange, but it is too large for an arena, so it is in the heap and hangs
 * on the response: what ends the exchange, ends it.
 */
#include "server/handlers/files/compress.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define ZLIB_CONST
#include <brotli/encode.h>
#include <zlib.h>

#include "server/base/assert.h"
#include "server/handlers/files/work.h"

#define READ_BYTES 32768
#define WRITE_BYTES 16384

#define GZIP_LEVEL 5
#define GZIP_WINDOW (15 + 16) /* 32 KiB, in gzip's frame (RFC 1952) rather than zlib's */
#define GZIP_MEMORY 8
#define BROTLI_LEVEL 4
#define BROTLI_WINDOW 18
#define BROTLI_HINT_MOST ((1u << 20) - 1) /* above it brotli takes a table of 4 MiB */

struct compressor {
    struct tri_file_work work;
    const struct tri_file *file; /* a reference */
    int64_t offset;              /* of the file, read so far */
    bool is_open;                /* counted in `at_work`; not when no body may follow */
    bool has_more;               /* the encoder has output that did not fit */
    bool ended;                  /* the encoder's last byte is in `unsent` or gone */
    z_stream gzip;
    BrotliEncoderState *brotli;                   /* owned; NULL: gzip it is */
    struct tri_slice unread;                      /* of `input`, or of the file's memory */
    struct tri_slice unsent;                      /* of `output` */
    struct tri_field fields[TRI_RESPONSE_FIELDS]; /* of the head, until it is out */
    uint32_t field_count;
    char input[READ_BYTES];
    char output[WRITE_BYTES];
};

static atomic_uint at_work;

bool tri_compress_is_for(struct tri_slice type)
{
    static const struct tri_slice starts[] = {TRI_SLICE("text/"), TRI_SLICE("font/ttf"),
                                              TRI_SLICE("font/otf"), TRI_SLICE("image/bmp"),
                                              TRI_SLICE("image/x-icon")};
    static const struct tri_slice ends[] = {
        TRI_SLICE("+xml"),  TRI_SLICE("+json"), TRI_SLICE("/json"),       TRI_SLICE("/xml"),
        TRI_SLICE("/wasm"), TRI_SLICE("/yaml"), TRI_SLICE("/javascript"), TRI_SLICE("fontobject")};
    const char *parameters = type.len > 0 ? memchr(type.at, ';', type.len) : NULL;
    if (parameters)
        type.len = (size_t)(parameters - type.at);
    for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
        if (type.len >= starts[i].len &&
            tri_slice_is_nocase((struct tri_slice){type.at, starts[i].len}, starts[i]))
            return true;
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
        if (type.len >= ends[i].len &&
            tri_slice_is_nocase(tri_slice_from(type, type.len - ends[i].len), ends[i]))
            return true;
    return false;
}

/* --- begin and release --- */

static bool open_gzip(struct compressor *c)
{
    return deflateInit2(&c->gzip, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                        Z_DEFAULT_STRATEGY) == Z_OK;
}

static bool open_brotli(struct compressor *c)
{
    c->brotli = BrotliEncoderCreateInstance(NULL, NULL, NULL);
    if (!c->brotli)
        return false;
    uint32_t hint = c->file->bytes < BROTLI_HINT_MOST ? (uint32_t)c->file->bytes : BROTLI_HINT_MOST;
    return BrotliEncoderSetParameter(c->brotli, BROTLI_PARAM_MODE, BROTLI_MODE_TEXT) &&
           BrotliEncoderSetParameter(c->brotli, BROTLI_PARAM_QUALITY, BROTLI_LEVEL) &&
           BrotliEncoderSetParameter(c->brotli, BROTLI_PARAM_LGWIN, BROTLI_WINDOW) &&
           BrotliEncoderSetParameter(c->brotli, BROTLI_PARAM_SIZE_HINT, hint);
}

/* All but the file. */
static void close_compressor(struct compressor *c)
{
    if (c->brotli)
        BrotliEncoderDestroyInstance(c->brotli);
    else if (c->is_open)
        deflateEnd(&c->gzip);
    if (c->is_open)
        atomic_fetch_sub(&at_work, 1);
    free(c);
}

static bool open_compressor(struct compressor *c, enum tri_coding coding)
{
    if (atomic_fetch_add(&at_work, 1) < TRI_COMPRESS_MOST &&
        (coding == TRI_CODING_GZIP ? open_gzip(c) : open_brotli(c))) {
        c->is_open = true;
        return true;
    }
    atomic_fetch_sub(&at_work, 1);
    return false;
}

static void release(void *of)
{
    struct compressor *c = of;
    tri_file_drop(c->file);
    close_compressor(c);
}

bool tri_compress_begin(struct tri_exchange *x, const struct tri_file *file, enum tri_coding coding)
{
    tri_assert((TRI_COMPRESS_CODINGS >> coding & 1) && !x->state);
    struct compressor *c = malloc(sizeof(*c));
    if (!c)
        return false;
    c->work.step = tri_compress_step;
    c->file = file;
    c->offset = 0;
    c->is_open = c->has_more = c->ended = false;
    c->gzip = (z_stream){0};
    c->brotli = NULL;
    c->unread = c->unsent = (struct tri_slice){0};
    c->field_count = 0;
    if (x->request->method != TRI_METHOD_HEAD && !open_compressor(c, coding)) {
        close_compressor(c);
        return false;
    }
    x->state = c;
    tri_stream_hold(x, (struct tri_hold){release, c});
    return true;
}

/* --- step --- */

/* Begin the stream, with the fields of the first attempt. */
static bool begin(struct tri_exchange *x, struct compressor *c)
{
    for (uint32_t i = 0; i < c->field_count; i++)
        tri_reply_field(x, c->fields[i].name, c->fields[i].value);
    c->field_count = x->response.field_count;
    memcpy(c->fields, x->response.fields, c->field_count * sizeof(*c->fields));
    return tri_stream_begin(x, TRI_STATUS_OK, c->file->type, -1);
}

/* Read on; false when the file has less than it had, or cannot be read. */
static bool read_more(struct compressor *c)
{
    int64_t left = c->file->bytes - c->offset;
    if (c->file->memory) {
        c->unread = (struct tri_slice){c->file->memory + c->offset, (size_t)left};
        c->offset = c->file->bytes;
        return true;
    }
    size_t most = left < READ_BYTES ? (size_t)left : READ_BYTES;
    ssize_t got;
    do
        got = pread(c->file->fd, c->input, most, c->offset);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return false;
    c->unread = (struct tri_slice){c->input, (size_t)got};
    c->offset += got;
    return true;
}

/* Move bytes from `unread` to `unsent`, which is empty, and end when all has been read. */
static bool encode(struct compressor *c)
{
    bool is_last = c->offset == c->file->bytes;
    size_t in = c->unread.len;
    size_t out = WRITE_BYTES;
    bool ok;
    if (c->brotli) {
        const uint8_t *from = (const uint8_t *)c->unread.at;
        uint8_t *to = (uint8_t *)c->output;
        ok = BrotliEncoderCompressStream(c->brotli,
                                         is_last ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH,
                                         &in, &from, &out, &to, NULL);
        c->has_more = BrotliEncoderHasMoreOutput(c->brotli);
        c->ended = BrotliEncoderIsFinished(c->brotli);
    } else {
        c->gzip.next_in = (const Bytef *)c->unread.at;
        c->gzip.avail_in = (uInt)in;
        c->gzip.next_out = (Bytef *)c->output;
        c->gzip.avail_out = (uInt)out;
        int result = deflate(&c->gzip, is_last ? Z_FINISH : Z_NO_FLUSH);
        ok = result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR;
        c->has_more = c->gzip.avail_out == 0;
        c->ended = result == Z_STREAM_END;
        in = c->gzip.avail_in;
        out = c->gzip.avail_out;
    }
    c->unread = tri_slice_from(c->unread, c->unread.len - in);
    c->unsent = (struct tri_slice){c->output, WRITE_BYTES - out};
    return ok;
}

struct tri_next tri_compress_step(struct tri_exchange *x)
{
    struct compressor *c = x->state;
    bool has_read = false;
    if (!tri_stream_has_begun(x) && !begin(x, c))
        return tri_next_room();
    if (x->request->method == TRI_METHOD_HEAD)
        return tri_next_done();
    for (;;) {
        c->unsent = tri_slice_from(c->unsent, tri_stream_write(x, c->unsent));
        if (c->unsent.len > 0)
            return tri_next_room();
        if (c->ended)
            return tri_next_done();
        if (c->unread.len == 0 && !c->has_more && c->offset < c->file->bytes) {
            if (has_read)
                return tri_next_at(x->now_ns + 1); /* as soon as others had their turn */
            if (!read_more(c))
                break;
            has_read = true;
        }
        if (!encode(c))
            break;
    }
    tri_stream_fail(x);
    return tri_next_done();
}
