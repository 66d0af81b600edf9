/*
 * response.c - llhttp in response mode, and the comparison that spares most of it.
 */
#include "loadtest/response.h"

#include <stdlib.h>
#include <string.h>

bool tri_expectation_prepare(struct tri_expectation *expect)
{
    size_t len = expect->body ? strlen(expect->body) : 0;
    if (len == 0)
        return true;
    expect->fallback = calloc(len + 1, sizeof(*expect->fallback));
    if (!expect->fallback)
        return false;
    /* fallback[n]: the longest proper prefix that ends the first n bytes (Knuth, Morris, Pratt) */
    uint16_t matched = 0;
    for (size_t n = 1; n < len; n++) {
        while (matched && expect->body[n] != expect->body[matched])
            matched = expect->fallback[matched];
        matched = (uint16_t)(matched + (expect->body[n] == expect->body[matched]));
        expect->fallback[n + 1] = matched;
    }
    return true;
}

static void search(struct tri_reading *reading, const char *at, size_t len)
{
    const struct tri_expectation *expect = reading->expect;
    if (!expect->fallback || reading->is_matched)
        return;
    for (size_t i = 0; i < len; i++) {
        while (reading->match && at[i] != expect->body[reading->match])
            reading->match = expect->fallback[reading->match];
        reading->match = (uint16_t)(reading->match + (at[i] == expect->body[reading->match]));
        if (!expect->body[reading->match]) {
            reading->is_matched = true;
            return;
        }
    }
}

static int on_headers_complete(llhttp_t *parser)
{
    struct tri_reading *reading = parser->data;
    reading->is_in_body = true;
    return reading->is_head ? 1 : 0; /* 1: no body follows, whatever the fields say */
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    struct tri_reading *reading = parser->data;
    reading->body_len += len;
    search(reading, at, len);
    return 0;
}

static int on_message_complete(llhttp_t *parser)
{
    struct tri_reading *reading = parser->data;
    reading->has_ended = true;
    reading->status = (uint16_t)parser->status_code;
    reading->keeps_connection = llhttp_should_keep_alive(parser) != 0;
    return HPE_PAUSED; /* what follows is another response */
}

static const llhttp_settings_t *settings(void)
{
    static const llhttp_settings_t shared = {
        .on_headers_complete = on_headers_complete,
        .on_body = on_body,
        .on_message_complete = on_message_complete,
    };
    return &shared;
}

void tri_reading_init(struct tri_reading *reading, const struct tri_expectation *expect)
{
    *reading = (struct tri_reading){.state = TRI_READING_NOTHING, .expect = expect};
}

static void begin(struct tri_reading *reading, enum tri_reading_state state, bool is_head)
{
    reading->state = state;
    reading->is_head = is_head;
    reading->was_known = state == TRI_READING_KNOWN;
    reading->is_matched = reading->has_ended = reading->is_in_body = false;
    reading->match = 0;
    reading->head_len = 0;
    reading->body_len = 0;
    if (state == TRI_READING_PARSED) {
        llhttp_init(&reading->parser, HTTP_RESPONSE, settings());
        reading->parser.data = reading;
    }
}

/* The body of a response with a known head. */
static enum tri_read feed_known(struct tri_reading *reading, struct tri_slice bytes, size_t *used)
{
    size_t take = bytes.len < reading->body_left ? bytes.len : (size_t)reading->body_left;
    if (take)
        search(reading, bytes.at, take);
    reading->body_len += take;
    reading->body_left -= take;
    *used += take;
    if (reading->body_left)
        return TRI_READ_MORE;
    reading->state = TRI_READING_NOTHING;
    return TRI_READ_DONE;
}

/* Remember the head of a response that lay in `bytes` as a whole, if its end does not depend on
 * more. */
static void learn(const struct tri_reading *reading, struct tri_known *known,
                  struct tri_slice bytes)
{
    const llhttp_t *parser = &reading->parser;
    const char *end = memmem(bytes.at, bytes.len, "\r\n\r\n", 4);
    if (!end || !reading->keeps_connection || reading->status < 200 ||
        (parser->flags & (F_CHUNKED | F_TRANSFER_ENCODING)))
        return;
    size_t head_len = (size_t)(end - bytes.at) + 4;
    if (head_len > TRI_KNOWN_HEAD_MAX || head_len + reading->body_len != bytes.len)
        return;
    bool has_body = !reading->is_head && reading->status != 204 && reading->status != 304;
    if (has_body && !(parser->flags & F_CONTENT_LENGTH))
        return;
    memcpy(known->head, bytes.at, head_len);
    known->head_len = (uint32_t)head_len;
    known->status = reading->status;
    known->body_len = reading->body_len;
}

/* Let llhttp read; `is_whole` says that the response began with these bytes. */
static enum tri_read feed_parser(struct tri_reading *reading, struct tri_known *known,
                                 bool is_whole, struct tri_slice bytes, size_t *used)
{
    bool was_in_head = !reading->is_in_body;
    llhttp_errno_t outcome = llhttp_execute(&reading->parser, bytes.at, bytes.len);
    if (outcome == HPE_OK) {
        *used += bytes.len;
        if (was_in_head && !reading->is_in_body)
            reading->head_len += (uint32_t)bytes.len;
        return reading->head_len > TRI_RESPONSE_HEAD_MAX ? TRI_READ_INVALID : TRI_READ_MORE;
    }
    if (outcome != HPE_PAUSED || !reading->has_ended || reading->status == 101)
        return TRI_READ_INVALID;
    size_t taken = (size_t)(llhttp_get_error_pos(&reading->parser) - bytes.at);
    *used += taken;
    if (is_whole)
        learn(reading, known, (struct tri_slice){bytes.at, taken});
    reading->state = TRI_READING_NOTHING;
    return TRI_READ_DONE;
}

enum tri_read tri_reading_feed(struct tri_reading *reading, struct tri_known *known, bool is_head,
                               struct tri_slice bytes, size_t *used)
{
    *used = 0;
    for (;;) {
        struct tri_slice rest = tri_slice_from(bytes, *used);
        bool begins = reading->state == TRI_READING_NOTHING;
        if (rest.len == 0)
            return TRI_READ_MORE;
        if (begins && known->head_len && rest.len >= known->head_len &&
            memcmp(rest.at, known->head, known->head_len) == 0) {
            begin(reading, TRI_READING_KNOWN, is_head);
            reading->status = known->status;
            reading->keeps_connection = true;
            reading->body_left = known->body_len;
            *used += known->head_len;
            return feed_known(reading, tri_slice_from(bytes, *used), used);
        }
        if (reading->state == TRI_READING_KNOWN)
            return feed_known(reading, rest, used);
        if (begins)
            begin(reading, TRI_READING_PARSED, is_head);
        enum tri_read outcome = feed_parser(reading, known, begins, rest, used);
        if (outcome != TRI_READ_DONE || reading->status >= 200)
            return outcome;
        /* an interim response: the final one follows */
    }
}

enum tri_read tri_reading_end(struct tri_reading *reading)
{
    if (reading->state != TRI_READING_PARSED || !reading->is_in_body)
        return TRI_READ_MORE;
    if (!llhttp_message_needs_eof(&reading->parser))
        return TRI_READ_MORE;
    llhttp_finish(&reading->parser);
    if (!reading->has_ended)
        return TRI_READ_MORE;
    reading->keeps_connection = false;
    reading->state = TRI_READING_NOTHING;
    return TRI_READ_DONE;
}

bool tri_reading_is_expected(const struct tri_reading *reading)
{
    const struct tri_expectation *expect = reading->expect;
    bool is_status = expect->status_count == 0;
    for (unsigned i = 0; i < expect->status_count; i++)
        is_status = is_status || expect->statuses[i] == reading->status;
    return is_status && (expect->length < 0 || (uint64_t)expect->length == reading->body_len) &&
           (!expect->fallback || reading->is_matched);
}
