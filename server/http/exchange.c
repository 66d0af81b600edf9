/*
 * exchange.c - replies and streams, from what a handler says to bytes in the output.
 *
 * A reply in one piece is only noted in x->response; core has its head written when there
 * is room and sends the body itself. A stream writes its head and every piece at once, framed, so
 * that the output always ends where a write may stop.
 */
#include "server/http/exchange.h"

#include <stdarg.h>
#include <stdio.h>

#include "server/base/assert.h"

#define TEXT_PLAIN TRI_SLICE("text/plain; charset=utf-8")

/* --- replies --- */

static struct tri_response *begin_reply(struct tri_exchange *x, int status, struct tri_slice type,
                                        enum tri_body body, int64_t length)
{
    struct tri_response *response = &x->response;
    tri_assert(!x->head_written);
    if (body != TRI_BODY_STREAM)       /* a stream's hold was given to it before it began */
        tri_response_deinit(response); /* what an earlier, now replaced, reply held */
    response->status = status;
    response->type = type;
    response->body = body;
    response->length = length;
    response->is_plain_error = false;
    response->whole = (struct tri_part){.memory = ""};
    response->parts = NULL;
    response->part_count = 1;
    return response;
}

struct tri_next tri_reply(struct tri_exchange *x, int status, struct tri_slice type,
                          struct tri_slice body)
{
    int64_t length = (int64_t)body.len;
    struct tri_response *response = begin_reply(x, status, type, TRI_BODY_PARTS, length);
    if (length > 0)
        response->whole = (struct tri_part){.memory = body.at, .length = length};
    return tri_next_done();
}

struct tri_next tri_reply_error(struct tri_exchange *x, int status, struct tri_slice sentence)
{
    tri_assert(status >= 400 && status <= 599);
    tri_reply(x, status, TEXT_PLAIN, sentence);
    x->response.is_plain_error = true;
    return tri_next_done();
}

struct tri_next tri_reply_exhausted(struct tri_exchange *x)
{
    return tri_reply_error(x, TRI_STATUS_INTERNAL_SERVER_ERROR, TRI_SLICE("out of memory\n"));
}

struct tri_next tri_reply_parts(struct tri_exchange *x, int status, struct tri_slice type,
                                const struct tri_part *parts, uint32_t count, int file,
                                struct tri_hold hold)
{
    int64_t length = 0;
    for (uint32_t i = 0; i < count; i++) {
        tri_assert(parts[i].length >= 0 &&
                   (parts[i].memory || (file >= 0 && parts[i].offset >= 0)));
        length += parts[i].length;
    }
    struct tri_response *response = begin_reply(x, status, type, TRI_BODY_PARTS, length);
    response->parts = parts;
    response->part_count = count;
    response->file = file;
    response->hold = hold;
    return tri_next_done();
}

struct tri_next tri_reply_printf(struct tri_exchange *x, int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    tri_assert(len >= 0);

    char *text = tri_arena_alloc(x->arena, (size_t)len + 1);
    if (text) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)len + 1, format, arguments);
        va_end(arguments);
    }
    x->failed = x->failed || !text;
    return tri_reply(x, status, TEXT_PLAIN, (struct tri_slice){text, text ? (size_t)len : 0});
}

/* Fields that decide the framing, which is not the handler's to decide. */
static bool is_framing(struct tri_slice name)
{
    return tri_slice_is_nocase(name, TRI_SLICE("Content-Length")) ||
           tri_slice_is_nocase(name, TRI_SLICE("Transfer-Encoding")) ||
           tri_slice_is_nocase(name, TRI_SLICE("Connection"));
}

void tri_reply_field(struct tri_exchange *x, struct tri_slice name, struct tri_slice value)
{
    struct tri_response *response = &x->response;
    tri_assert(response->field_count < TRI_RESPONSE_FIELDS);
    tri_assert(!is_framing(name));
    response->fields[response->field_count++] = (struct tri_field){name, value};
}

void tri_reply_lines(struct tri_exchange *x, struct tri_slice lines)
{
    x->response.lines = lines;
}

/* --- output --- */

static size_t room_left(const struct tri_exchange *x)
{
    return x->output->room - x->output->len;
}

static void append(struct tri_exchange *x, struct tri_slice bytes)
{
    memcpy(x->output->at + x->output->len, bytes.at, bytes.len);
    x->output->len += bytes.len;
}

/* The configuration's page in place of the plain sentence. */
static void stand_in(struct tri_exchange *x)
{
    const struct tri_error_page *page = tri_policy_page(x->response.policy, x->response.status);
    if (page)
        tri_reply(x, page->status, page->type, page->body);
}

bool tri_exchange_head(struct tri_exchange *x)
{
    struct tri_output *output = x->output;
    tri_assert(output && !x->head_written);
    if (x->response.is_plain_error)
        stand_in(x);

    size_t bytes = tri_response_head(&x->response, x->request, x->date, output->at + output->len,
                                     room_left(x), &x->framing);
    if (bytes == 0) {
        x->failed = x->failed || output->len == 0; /* it never will fit */
        return false;
    }
    output->len += bytes;
    x->head_written = true;
    return true;
}

/* --- what ends with the exchange --- */

struct tri_deferred {
    struct tri_hold hold;
    struct tri_deferred *next; /* deferred before it */
};

bool tri_exchange_defer(struct tri_exchange *x, struct tri_hold hold)
{
    struct tri_deferred *deferred = tri_arena_alloc(x->arena, sizeof(*deferred));
    if (!deferred) {
        hold.release(hold.of);
        return false;
    }
    *deferred = (struct tri_deferred){hold, x->deferred};
    x->deferred = deferred;
    return true;
}

void tri_exchange_deinit(struct tri_exchange *x)
{
    for (; x->deferred; x->deferred = x->deferred->next)
        x->deferred->hold.release(x->deferred->hold.of);
    tri_response_deinit(&x->response);
}

/* --- streams --- */

/* For a blocking handler: the head in a step of its own. */
static struct tri_next write_head(struct tri_exchange *x)
{
    return tri_exchange_head(x) || x->failed ? tri_next_done() : tri_next_room();
}

bool tri_stream_begin(struct tri_exchange *x, int status, struct tri_slice type, int64_t length)
{
    tri_assert(length >= -1);
    struct tri_response *response = begin_reply(x, status, type, TRI_BODY_STREAM, length);
    bool written = x->output ? tri_exchange_head(x) : x->run_step(x, write_head, NULL);
    if (!written) {
        response->field_count = 0;
        response->lines = (struct tri_slice){"", 0};
        return false;
    }
    x->stream_left = length < 0 ? INT64_MAX : length;
    return true;
}

void tri_stream_hold(struct tri_exchange *x, struct tri_hold hold)
{
    tri_assert(!x->head_written);
    tri_response_deinit(&x->response);
    x->response.hold = hold;
}

void tri_stream_fail(struct tri_exchange *x)
{
    x->failed = true;
}

bool tri_stream_has_begun(const struct tri_exchange *x)
{
    return x->head_written;
}

/* Chunks are cut to this, so that a size never needs more digits than CHUNK_FRAME counts. */
#define CHUNK_MOST 0xffffff
#define CHUNK_FRAME (sizeof("ffffff\r\n\r\n") - 1)

static size_t write_chunk(struct tri_exchange *x, struct tri_slice bytes)
{
    size_t room = room_left(x);
    if (bytes.len == 0 || room <= CHUNK_FRAME)
        return 0;
    size_t len = bytes.len < room - CHUNK_FRAME ? bytes.len : room - CHUNK_FRAME;
    len = len < CHUNK_MOST ? len : CHUNK_MOST;

    char size[8];
    size_t at = sizeof(size);
    size[--at] = '\n';
    size[--at] = '\r';
    for (size_t rest = len; rest > 0; rest >>= 4)
        size[--at] = "0123456789abcdef"[rest & 15];
    append(x, (struct tri_slice){size + at, sizeof(size) - at});
    append(x, (struct tri_slice){bytes.at, len});
    append(x, TRI_SLICE("\r\n"));
    return len;
}

size_t tri_stream_write(struct tri_exchange *x, struct tri_slice bytes)
{
    tri_assert(x->head_written && x->response.body == TRI_BODY_STREAM);
    if (bytes.len > (uint64_t)x->stream_left)
        bytes.len = (size_t)x->stream_left;

    size_t len = 0;
    if (x->framing == TRI_FRAMING_CHUNKED) {
        len = write_chunk(x, bytes);
    } else if (x->framing != TRI_FRAMING_NONE && bytes.len > 0) {
        len = bytes.len < room_left(x) ? bytes.len : room_left(x);
        append(x, (struct tri_slice){bytes.at, len});
    }
    x->stream_left -= (int64_t)len;
    return len;
}

bool tri_exchange_end(struct tri_exchange *x)
{
    tri_assert(x->head_written);
    if (x->framing == TRI_FRAMING_CHUNKED) {
        if (room_left(x) < sizeof("0\r\n\r\n") - 1)
            return false;
        append(x, TRI_SLICE("0\r\n\r\n"));
    } else if (x->framing == TRI_FRAMING_LENGTH && x->response.body == TRI_BODY_STREAM &&
               x->stream_left > 0) {
        x->failed = true; /* the handler owes bytes: only closing tells the client */
    }
    return true;
}

/* --- the request's body --- */

struct tri_slice tri_body_piece(const struct tri_exchange *x)
{
    return x->piece;
}

void tri_body_take(struct tri_exchange *x, size_t bytes)
{
    tri_assert(bytes <= x->piece.len);
    if (bytes > 0)
        x->piece = tri_slice_from(x->piece, bytes);
}

bool tri_body_is_done(const struct tri_exchange *x)
{
    return x->body_done && x->piece.len == 0;
}

/* --- for core --- */

void tri_exchange_init(struct tri_exchange *x, const struct tri_request *request,
                       struct tri_arena *arena)
{
    const size_t behind = offsetof(struct tri_exchange, response) + sizeof(x->response);
    memset(x, 0, offsetof(struct tri_exchange, response));
    memset((char *)x + behind, 0, sizeof(*x) - behind);
    tri_response_init(&x->response);
    x->request = request;
    x->arena = arena;
    x->framing = TRI_FRAMING_NONE;
}
