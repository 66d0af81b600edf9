/*
 * law_response.c - a reply made of the input, read back by llhttp as a client would.
 *
 * The first bytes choose status, method, version, persistence, kind of body and the room of the
 * output; the rest is text for two fields and the body.
 */
#include "laws.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <llhttp.h>

#include "server/base/assert.h"
#include "server/http/date.h"
#include "server/http/exchange.h"

enum { CHOICES = 6, HEAD_ROOM = 4096 };

/* What the client saw. */
struct seen {
    bool skip_body; /* it asked with HEAD */
    int messages, fields, complete;
    int status;
    char *body; /* borrowed, of enough room */
    size_t body_bytes;
};

static int on_begin(llhttp_t *llhttp)
{
    struct seen *seen = llhttp->data;
    seen->messages++;
    return 0;
}

static int on_name(llhttp_t *llhttp, const char *at, size_t len)
{
    static const char *const names[] = {"Date",  "Content-Type",      "Content-Length",
                                        "X-Law", "Transfer-Encoding", "Connection"};
    struct seen *seen = llhttp->data;
    size_t i = 0;
    while (i < 6 && !tri_slice_is(tri_slice_of(names[i]), (struct tri_slice){at, len}))
        i++;
    tri_assert(i < 6 && !(seen->fields & 1 << i));
    seen->fields |= 1 << i;
    return 0;
}

static int on_head(llhttp_t *llhttp)
{
    struct seen *seen = llhttp->data;
    seen->status = llhttp->status_code;
    return seen->skip_body ? 1 : 0;
}

static int on_body(llhttp_t *llhttp, const char *at, size_t len)
{
    struct seen *seen = llhttp->data;
    memcpy(seen->body + seen->body_bytes, at, len);
    seen->body_bytes += len;
    return 0;
}

static int on_complete(llhttp_t *llhttp)
{
    struct seen *seen = llhttp->data;
    seen->complete++;
    return 0;
}

static const llhttp_settings_t settings = {
    .on_message_begin = on_begin,
    .on_header_field = on_name,
    .on_headers_complete = on_head,
    .on_body = on_body,
    .on_message_complete = on_complete,
};

static struct tri_slice take(struct tri_slice *from, size_t most)
{
    struct tri_slice taken = {from->at, from->len < most ? from->len : most};
    *from = tri_slice_from(*from, taken.len);
    return taken;
}

/* Move the output to the wire. */
static void flush(struct tri_output *output, struct tri_output *wire)
{
    tri_assert(output->len <= output->room && output->len <= wire->room - wire->len);
    memcpy(wire->at + wire->len, output->at, output->len);
    wire->len += output->len;
    output->len = 0;
}

static void write_stream(struct tri_exchange *x, struct tri_slice body, struct tri_output *wire)
{
    while (body.len > 0 && x->framing != TRI_FRAMING_NONE) {
        size_t len = tri_stream_write(x, body);
        tri_assert(len > 0 || x->output->len > 0);
        body = tri_slice_from(body, len);
        flush(x->output, wire);
    }
    while (!tri_exchange_end(x))
        flush(x->output, wire);
    flush(x->output, wire);
    tri_assert(!x->failed);
}

static void check_head_room(const struct tri_exchange *x, size_t bytes)
{
    struct tri_response copy = x->response;
    enum tri_framing framing;
    char *tight = malloc(bytes);
    tri_assert(tight);
    tri_assert(tri_response_head(&copy, x->request, x->date, tight, bytes - 1, &framing) == 0);
    tri_assert(tri_response_head(&copy, x->request, x->date, tight, bytes, &framing) == bytes);
    free(tight);
}

void tri_law_response(struct tri_slice input)
{
    static const int statuses[] = {200, 204, 206, 304, 400, 404, 500, 599};
    char date[TRI_DATE_BYTES + 1];

    if (input.len < CHOICES)
        return;
    const unsigned char *choices = (const unsigned char *)take(&input, CHOICES).at;
    struct tri_request request = {
        .method = choices[1] & 1 ? TRI_METHOD_HEAD : TRI_METHOD_GET,
        .version_minor = choices[1] >> 1 & 1,
        .keep_alive = choices[1] >> 2 & 1,
    };
    int status = statuses[choices[0] % 8];
    bool is_stream = choices[2] & 1, has_length = choices[2] & 2;
    struct tri_slice type = take(&input, choices[3] % 64), value = take(&input, choices[4] % 64);
    struct tri_slice body = input;

    struct tri_arena arena;
    struct tri_exchange x;
    struct tri_output output = {.room = HEAD_ROOM + choices[5]};
    struct tri_output wire = {.room = HEAD_ROOM + 16 * (body.len + 1)};
    output.at = malloc(output.room);
    wire.at = malloc(wire.room);
    char *body_read = malloc(body.len + 1);
    tri_assert(output.at && wire.at && body_read);
    tri_arena_init(&arena, NULL, 1 << 20);
    tri_exchange_init(&x, &request, &arena);
    tri_date_print(1000000000, date);
    x.date = tri_slice_of(date);
    x.output = &output;

    tri_reply_field(&x, TRI_SLICE("X-Law"), value);
    if (is_stream) {
        tri_assert(tri_stream_begin(&x, status, type, has_length ? (int64_t)body.len : -1));
        check_head_room(&x, output.len);
        flush(&output, &wire);
        output.room = 11 + choices[5]; /* one byte of a chunk fits */
        write_stream(&x, body, &wire);
    } else {
        tri_reply(&x, status, type, body);
        tri_assert(tri_exchange_head(&x));
        check_head_room(&x, output.len);
        flush(&output, &wire);
        if (x.framing == TRI_FRAMING_LENGTH && body.len > 0) {
            memcpy(wire.at + wire.len, body.at, body.len);
            wire.len += body.len;
        }
    }

    bool is_empty = x.framing == TRI_FRAMING_NONE;
    struct seen seen = {.skip_body = request.method == TRI_METHOD_HEAD, .body = body_read};
    llhttp_t llhttp;
    llhttp_init(&llhttp, HTTP_RESPONSE, &settings);
    llhttp.data = &seen;
    tri_assert(llhttp_execute(&llhttp, wire.at, wire.len) == HPE_OK);
    tri_assert(x.framing != TRI_FRAMING_CLOSE || x.response.close);
    tri_assert(seen.complete == (x.framing != TRI_FRAMING_CLOSE));
    tri_assert(llhttp_finish(&llhttp) == HPE_OK);
    tri_assert(seen.messages == 1 && seen.complete == 1 && seen.status == status);
    tri_assert(seen.body_bytes == (is_empty ? 0 : body.len));
    tri_assert(is_empty || body.len == 0 || memcmp(seen.body, body.at, body.len) == 0);

    free(output.at);
    free(wire.at);
    free(body_read);
    tri_arena_reset(&arena);
}
