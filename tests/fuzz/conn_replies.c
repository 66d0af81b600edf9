/*
 * conn_replies.c - what the server said, read by llhttp as a client would; see conn_play.h.
 */
#include "conn_play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <llhttp.h>

#include "server/base/assert.h"
#include "server/http/method.h"

struct reader {
    const struct tri_said *said;
    const uint32_t *methods;
    size_t method_count, finals;
    bool is_over; /* the last response ends the connection */
    char *text;   /* owned; NUL-terminated */
    size_t len, room;
};

static void add(struct reader *reader, const char *at, size_t len)
{
    if (reader->room - reader->len <= len) {
        reader->room = 2 * (reader->len + len + 1);
        reader->text = realloc(reader->text, reader->room);
        tri_assert(reader->text);
    }
    if (len > 0)
        memcpy(reader->text + reader->len, at, len);
    reader->len += len;
    reader->text[reader->len] = '\0';
}

static int on_text(llhttp_t *llhttp, const char *at, size_t len)
{
    add(llhttp->data, at, len);
    return 0;
}

static int on_end_of_text(llhttp_t *llhttp)
{
    add(llhttp->data, "|", 1);
    return 0;
}

static int on_begin(llhttp_t *llhttp)
{
    struct reader *reader = llhttp->data;
    tri_assert(!reader->is_over);
    add(reader, "\n<", 2);
    return 0;
}

static bool ends_with_head(const struct tri_said *said)
{
    return said->len >= 4 && memcmp(said->bytes + said->len - 4, "\r\n\r\n", 4) == 0;
}

static int on_head(llhttp_t *llhttp)
{
    struct reader *reader = llhttp->data;
    char status[16];
    add(reader, status, (size_t)snprintf(status, sizeof(status), "=%d\n", llhttp->status_code));
    if (llhttp->status_code < 200)
        return 0;
    bool is_head =
        reader->finals < reader->method_count && reader->methods[reader->finals] == TRI_METHOD_HEAD;
    bool is_unasked = llhttp->status_code == 408 || llhttp->status_code == 503;
    if (is_unasked && !llhttp_should_keep_alive(llhttp)) /* maybe before the method came */
        is_head = is_head && ends_with_head(reader->said);
    reader->finals++;
    return is_head ? 1 : 0;
}

static int on_complete(llhttp_t *llhttp)
{
    struct reader *reader = llhttp->data;
    reader->is_over = llhttp->status_code >= 200 && !llhttp_should_keep_alive(llhttp);
    add(reader, "\n>", 2);
    return 0;
}

static const llhttp_settings_t settings = {
    .on_message_begin = on_begin,
    .on_header_field = on_text,
    .on_header_field_complete = on_end_of_text,
    .on_header_value = on_text,
    .on_header_value_complete = on_end_of_text,
    .on_headers_complete = on_head,
    .on_body = on_text,
    .on_message_complete = on_complete,
};

char *tri_play_replies(const struct tri_said *said, const uint32_t *methods, size_t method_count,
                       size_t *ret_finals)
{
    struct reader reader = {.said = said, .methods = methods, .method_count = method_count};
    llhttp_t llhttp;
    add(&reader, "", 0);
    llhttp_init(&llhttp, HTTP_RESPONSE, &settings);
    llhttp.data = &reader;
    if (said->len > 0)
        tri_assert(llhttp_execute(&llhttp, said->bytes, said->len) == HPE_OK);
    if (llhttp_message_needs_eof(&llhttp)) /* it ended with the connection */
        llhttp_finish(&llhttp);
    *ret_finals = reader.finals;
    return reader.text;
}
