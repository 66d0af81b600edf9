/*
 * response.c - see response.h.
 */
#include "tests/support/response.h"

#include <ctype.h>
#include <stdlib.h>

#include "server/base/assert.h"

static enum support_parse malformed(struct support_response *response, const char *fault)
{
    response->fault = fault;
    return SUPPORT_MALFORMED;
}

/* The line at the front of *rest, without its CRLF; moves behind it. False: it is not whole. */
static bool take_line(struct tri_slice *rest, struct tri_slice *line)
{
    const char *end = rest->len ? memmem(rest->at, rest->len, "\r\n", 2) : NULL;
    if (!end)
        return false;
    *line = (struct tri_slice){rest->at, (size_t)(end - rest->at)};
    *rest = tri_slice_from(*rest, line->len + 2);
    return true;
}

/* --- head --- */

static bool is_text(struct tri_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < ' ' || text.at[i] == 0x7f)
            return false;
    return true;
}

/* "HTTP/1.1 200 OK" (RFC 9112 4) */
static bool take_status(struct support_response *response, struct tri_slice line)
{
    const char *at = line.at;
    if (line.len < 13 || memcmp(at, "HTTP/1.1 ", 9) != 0 || at[9] < '1' || at[9] > '5' ||
        !isdigit((unsigned char)at[10]) || !isdigit((unsigned char)at[11]) || at[12] != ' ' ||
        !is_text(line))
        return false;
    response->status = (at[9] - '0') * 100 + (at[10] - '0') * 10 + at[11] - '0';
    return true;
}

/* "Name: value" with exactly one blank, and none behind it. */
static bool take_field(struct support_response *response, struct tri_slice line)
{
    const char *colon = memchr(line.at, ':', line.len);
    size_t len = colon ? (size_t)(colon - line.at) : 0;
    if (len == 0 || len + 2 >= line.len || line.at[len + 1] != ' ' || line.at[len + 2] == ' ' ||
        line.at[line.len - 1] == ' ' || !is_text(line) || response->field_count == SUPPORT_FIELDS)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)line.at[i]) && line.at[i] != '-')
            return false;
    response->fields[response->field_count].name = (struct tri_slice){line.at, len};
    response->fields[response->field_count++].value = tri_slice_from(line, len + 2);
    return true;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" by its shape (RFC 9110 5.6.7) */
static bool is_date(struct tri_slice date)
{
    static const char shape[] = "Aaa, 00 Aaa 0000 00:00:00 GMT";
    if (date.len != sizeof(shape) - 1)
        return false;
    for (size_t i = 0; i < date.len; i++) {
        unsigned char c = (unsigned char)date.at[i];
        bool is_letter = i < 3 || (i >= 8 && i < 11);
        if (is_letter ? !isalpha(c) : shape[i] == '0' ? !isdigit(c) : c != shape[i])
            return false;
    }
    return true;
}

const struct tri_slice *support_response_field(const struct support_response *response,
                                               const char *name)
{
    for (size_t i = 0; i < response->field_count; i++)
        if (tri_slice_is_nocase(response->fields[i].name, tri_slice_of(name)))
            return &response->fields[i].value;
    return NULL;
}

/* Rules between fields; NULL when all hold. */
static const char *judge(struct support_response *response)
{
    for (size_t i = 0; i < response->field_count; i++)
        for (size_t j = i + 1; j < response->field_count; j++)
            if (tri_slice_is_nocase(response->fields[i].name, response->fields[j].name))
                return "a field stands there twice";
    const struct tri_slice *date = support_response_field(response, "Date");
    const struct tri_slice *connection = support_response_field(response, "Connection");
    const struct tri_slice *length = support_response_field(response, "Content-Length");
    const struct tri_slice *coding = support_response_field(response, "Transfer-Encoding");
    bool bodiless = response->status < 200 || response->status == 204;
    if (response->status >= 200 && (!date || !is_date(*date)))
        return "there is no Date, or it is none";
    if (bodiless && (length || coding))
        return "a response without a body has framing fields (RFC 9110 8.6, RFC 9112 6.1)";
    if (length && coding)
        return "Content-Length stands beside Transfer-Encoding";
    if (coding && !tri_slice_is(*coding, TRI_SLICE("chunked")))
        return "Transfer-Encoding is not chunked";
    for (size_t i = 0; length && i < length->len; i++)
        if (!isdigit((unsigned char)length->at[i]) || length->len > 18)
            return "Content-Length is not a number";
    if (connection && !tri_slice_is(*connection, TRI_SLICE("close")) &&
        !tri_slice_is(*connection, TRI_SLICE("keep-alive")))
        return "Connection is neither close nor keep-alive";
    response->close = connection && tri_slice_is(*connection, TRI_SLICE("close"));
    return NULL;
}

static enum support_parse take_head(struct support_response *response, struct tri_slice *rest)
{
    const char *start = rest->at;
    struct tri_slice line;
    if (!take_line(rest, &line))
        return SUPPORT_MORE;
    if (!take_status(response, line))
        return malformed(response, "the status line is malformed");
    int status = response->status;
    response->status = 0;
    while (take_line(rest, &line)) {
        if (line.len > 0) {
            if (!take_field(response, line))
                return malformed(response, "a field line is malformed");
            continue;
        }
        response->status = status;
        response->head = (struct tri_slice){start, (size_t)(rest->at - start)};
        return judge(response) ? malformed(response, judge(response)) : SUPPORT_WHOLE;
    }
    return SUPPORT_MORE;
}

/* --- body --- */

/* Append what `rest` has of the next `want` bytes to the body; false when it has less. */
static bool take_bytes(struct support_response *response, struct tri_slice *rest, size_t want)
{
    size_t len = rest->len < want ? rest->len : want;
    if (len > 0)
        memcpy(response->body + response->body_bytes, rest->at, len);
    response->body_bytes += len;
    *rest = tri_slice_from(*rest, len);
    return len == want;
}

/* 1*6HEXDIG without extensions, which this server never sends; -1 when it is anything else. */
static long chunk_size(struct tri_slice line)
{
    long size = 0;
    for (size_t i = 0; i < line.len; i++) {
        int digit = line.at[i];
        if (!isxdigit(digit))
            return -1;
        size = size * 16 + (isdigit(digit) ? digit - '0' : tolower(digit) - 'a' + 10);
    }
    return line.len > 0 && line.len <= 6 ? size : -1;
}

static enum support_parse take_chunks(struct support_response *response, struct tri_slice *rest)
{
    struct tri_slice line;
    while (take_line(rest, &line)) {
        long size = chunk_size(line);
        if (size < 0)
            return malformed(response, "a chunk size is malformed");
        if (size > 0 && !take_bytes(response, rest, (size_t)size))
            return SUPPORT_MORE;
        if (rest->len < 2)
            return SUPPORT_MORE;
        if (memcmp(rest->at, "\r\n", 2) != 0)
            return malformed(response,
                             size > 0 ? "a chunk is longer than its size" : "there are trailers");
        *rest = tri_slice_from(*rest, 2);
        if (size == 0)
            return SUPPORT_WHOLE;
    }
    return SUPPORT_MORE;
}

static enum support_parse take_body(struct support_response *response, struct tri_slice *rest,
                                    bool eof, bool to_head)
{
    const struct tri_slice *length = support_response_field(response, "Content-Length");
    bool bodiless =
        to_head || response->status < 200 || response->status == 204 || response->status == 304;
    size_t want = length && !bodiless ? strtoul(length->at, NULL, 10) : 0; /* a CR stops it */
    if (rest->len < want && !eof) /* a large one is not copied for each of its pieces */
        return SUPPORT_MORE;
    response->body = malloc(rest->len + 1);
    tri_assert(response->body);
    if (bodiless)
        return SUPPORT_WHOLE;
    if (support_response_field(response, "Transfer-Encoding"))
        return take_chunks(response, rest);
    if (length)
        return take_bytes(response, rest, want) ? SUPPORT_WHOLE : SUPPORT_MORE;
    if (!response->close)
        return malformed(response, "a body has no length and the connection does not end");
    take_bytes(response, rest, rest->len);
    return eof ? SUPPORT_WHOLE : SUPPORT_MORE;
}

enum support_parse support_response_parse(struct support_response *response, struct tri_slice bytes,
                                          bool eof, bool to_head)
{
    struct tri_slice rest = bytes;
    *response = (struct support_response){.status = 0};
    enum support_parse parsed = take_head(response, &rest);
    if (parsed == SUPPORT_WHOLE)
        parsed = take_body(response, &rest, eof, to_head);
    response->used = bytes.len - rest.len;
    return parsed;
}

void support_response_free(struct support_response *response)
{
    free(response->body);
    response->body = NULL;
}
