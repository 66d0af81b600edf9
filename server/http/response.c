/*
 * response.c - status line, fields and framing of a reply.
 *
 * Order: status line, Date, Content-Type, framing, the handler's fields, the policy's, Connection.
 * Text is copied piece by piece into the caller's buffer; nothing is formatted but one integer.
 *
 * A reply cannot be split: a handler's field with a control byte in it is left out.
 */
#include "server/http/response.h"

#include "server/base/assert.h"
#include "server/http/date.h"
#include "server/http/scan.h"
#include "server/http/status.h"

/* Where the head is written. Once something did not fit there is no room, so nothing more is. */
struct pen {
    char *at;
    char *end;
    bool fits;
};

static void run_out(struct pen *pen)
{
    pen->fits = false;
    pen->end = pen->at;
}

static void put(struct pen *pen, struct tri_slice text)
{
    if ((size_t)(pen->end - pen->at) < text.len) {
        run_out(pen);
        return;
    }
    if (text.len > 0)
        memcpy(pen->at, text.at, text.len);
    pen->at += text.len;
}

static void put_number(struct pen *pen, int64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);
    uint64_t left = (uint64_t)number; /* never negative; and cheaper to divide */
    do
        digits[--at] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    put(pen, (struct tri_slice){digits + at, sizeof(digits) - at});
}

/* One look at the room for four pieces; inlined, so that a literal is not copied by a call. */
__attribute__((always_inline)) static inline void put_field(struct pen *pen, struct tri_slice name,
                                                            struct tri_slice value)
{
    size_t bytes = name.len + value.len + sizeof(": \r\n") - 1;
    if ((size_t)(pen->end - pen->at) < bytes) {
        run_out(pen);
        return;
    }
    char *at = mempcpy(pen->at, name.at, name.len);
    at = mempcpy(at, ": ", 2);
    if (value.len > 0)
        at = mempcpy(at, value.at, value.len);
    pen->at = mempcpy(at, "\r\n", 2);
}

static void put_status(struct pen *pen, int status)
{
    struct tri_slice line = tri_status_line(status);

    if (line.len > 0) {
        put(pen, line);
        return;
    }
    tri_assert(status >= 100 && status <= 999);
    put(pen, TRI_SLICE("HTTP/1.1 "));
    put_number(pen, status);
    put(pen, TRI_SLICE(" "));
    put(pen, tri_slice_of(tri_status_reason(status)));
    put(pen, TRI_SLICE("\r\n"));
}

/* 1xx, 204 and 304 have no content, whatever they say (RFC 9112 6.3). */
static bool has_content(int status)
{
    return status >= 200 && status != TRI_STATUS_NO_CONTENT && status != TRI_STATUS_NOT_MODIFIED;
}

static enum tri_framing choose_framing(const struct tri_response *response,
                                       const struct tri_request *request)
{
    if (!has_content(response->status) || (request && request->method == TRI_METHOD_HEAD))
        return TRI_FRAMING_NONE;
    if (response->length >= 0)
        return TRI_FRAMING_LENGTH;
    return request && request->version_minor == 0 ? TRI_FRAMING_CLOSE : TRI_FRAMING_CHUNKED;
}

/* HEAD is answered with the fields that GET would get (RFC 9110 9.3.2). */
static void put_framing(struct pen *pen, const struct tri_response *response, bool is_old)
{
    if (!has_content(response->status))
        return;
    if (response->length >= 0) {
        put(pen, TRI_SLICE("Content-Length: "));
        put_number(pen, response->length);
        put(pen, TRI_SLICE("\r\n"));
    } else if (!is_old) {
        put(pen, TRI_SLICE("Transfer-Encoding: chunked\r\n"));
    }
}

static void put_handler_fields(struct pen *pen, const struct tri_response *response)
{
    for (uint32_t i = 0; i < response->field_count; i++) {
        const struct tri_field *field = &response->fields[i];
        if (tri_scan_is_token(field->name) && tri_scan_is_text(field->value))
            put_field(pen, field->name, field->value);
    }
    put(pen, response->lines);
}

static bool has_field(const struct tri_response *response, struct tri_slice name)
{
    for (uint32_t i = 0; i < response->field_count; i++)
        if (tri_slice_is_nocase(response->fields[i].name, name))
            return true;
    return false;
}

static void put_policy(struct pen *pen, const struct tri_response *response)
{
    static const struct tri_slice name = {"Cache-Control", sizeof("Cache-Control") - 1};
    const struct tri_policy *policy = response->policy;
    if (!policy)
        return;
    if (policy->cache_control.len > 0 && response->status < 400 && !has_field(response, name))
        put_field(pen, name, policy->cache_control);
    put(pen, policy->fields);
}

void tri_response_init(struct tri_response *response)
{
    memset(response, 0, offsetof(struct tri_response, fields));
    response->status = TRI_STATUS_OK;
    response->type = (struct tri_slice){"", 0};
    response->body = TRI_BODY_PARTS;
    response->whole.memory = "";
    response->part_count = 1;
    response->file = -1;
}

void tri_response_deinit(struct tri_response *response)
{
    if (response->hold.release)
        response->hold.release(response->hold.of);
    response->hold = (struct tri_hold){NULL, NULL};
    response->file = -1;
}

size_t tri_response_head(struct tri_response *response, const struct tri_request *request,
                         struct tri_slice date, char *at, size_t room, enum tri_framing *framing)
{
    struct pen pen = {at, at + room, true};
    bool is_old = request && request->version_minor == 0;
    bool is_interim = response->status < 200;

    *framing = choose_framing(response, request);
    if (!is_interim && (*framing == TRI_FRAMING_CLOSE || !request || !request->keep_alive))
        response->close = true;

    put_status(&pen, response->status);
    tri_assert(date.len == TRI_DATE_BYTES);
    put_field(&pen, TRI_SLICE("Date"), (struct tri_slice){date.at, TRI_DATE_BYTES});
    if (response->type.len > 0 && tri_scan_is_text(response->type))
        put_field(&pen, TRI_SLICE("Content-Type"), response->type);
    put_framing(&pen, response, is_old);
    put_handler_fields(&pen, response);
    if (!is_interim)
        put_policy(&pen, response);
    if (response->close && !is_interim)
        put(&pen, TRI_SLICE("Connection: close\r\n"));
    else if (is_old && !is_interim)
        put(&pen, TRI_SLICE("Connection: keep-alive\r\n"));
    put(&pen, TRI_SLICE("\r\n"));
    return pen.fits ? (size_t)(pen.at - at) : 0;
}
