/*
 * head.c - see head.h.
 */
#include "server/http/head.h"

#include "server/http/scan.h"

enum { LENGTH_DIGITS = 19 }; /* of INT64_MAX; leading zeros count */

/* --- request line --- */

/* "HTTP/" DIGIT "." DIGIT, and of those what this server speaks. */
static bool take_version(struct tri_head *head, struct tri_slice version,
                         struct tri_refusal *refusal)
{
    const char *at = version.at;
    if (version.len != 8 || memcmp(at, "HTTP/", 5) != 0 || at[5] < '0' || at[5] > '9' ||
        at[6] != '.' || at[7] < '0' || at[7] > '9')
        return tri_refuse(refusal, 400, "The request line does not end in an HTTP version",
                          "RFC 9112 2.3");
    if (at[5] != '1')
        return tri_refuse(refusal, 505, "This server speaks HTTP/1.1 and HTTP/1.0",
                          "RFC 9110 15.6.6");
    head->version_minor = at[7] > '0'; /* a higher minor version is read as our highest: 6.2 */
    return true;
}

bool tri_head_request_line(struct tri_head *head, struct tri_slice line,
                           const struct tri_limits *limits, struct tri_refusal *refusal)
{
    struct tri_slice method = {line.at, tri_scan_token(line)};
    if (method.len == 0 || method.len == line.len || line.at[method.len] != ' ')
        return tri_refuse(refusal, 400, "The request line does not begin with a method and a blank",
                          "RFC 9112 3");

    struct tri_slice rest = tri_slice_from(line, method.len + 1);
    const char *blank = memchr(rest.at, ' ', rest.len);
    if (!blank)
        return tri_refuse(refusal, 400, "The request line has no HTTP version", "RFC 9112 3");
    struct tri_slice target = {rest.at, (size_t)(blank - rest.at)};
    if (target.len == 0)
        return tri_refuse(refusal, 400, "The request line has no target", "RFC 9112 3");
    if (!take_version(head, tri_slice_from(rest, target.len + 1), refusal))
        return false;
    if (target.len > limits->target_bytes)
        return tri_refuse(refusal, 414, "The request target is too long", "");

    head->target_at = (size_t)(target.at - line.at);
    head->target_bytes = target.len;
    head->method = tri_method_find(method);
    if (head->method == TRI_METHOD_NONE)
        return tri_refuse(refusal, 501, "This method is not known here", "RFC 9110 9.1");
    return true;
}

bool tri_head_has_long_method(struct tri_slice line)
{
    return tri_scan_token(line) > TRI_METHOD_BYTES;
}

void tri_head_plain(const struct tri_head *head, char *text, size_t len)
{
    static const char before_minor[] = " HTTP/1.";
    text[head->target_at + head->target_bytes + sizeof(before_minor) - 1] =
        (char)('0' + head->version_minor);
    bool behind_value = false; /* seen from the end of a line */
    for (size_t i = len; head->has_tab && i > 0; i--) {
        behind_value = text[i - 1] == '\r' || (behind_value && memchr(" \t", text[i - 1], 2));
        if (behind_value && text[i - 1] == '\t')
            text[i - 1] = ' ';
    }
}

/* --- field lines --- */

/* Cut `line` at its colon; the value comes without blanks around it. */
static bool split_field(struct tri_slice line, struct tri_field *field, struct tri_refusal *refusal)
{
    size_t len = tri_scan_token(line);
    if (len == 0 && (line.at[0] == ' ' || line.at[0] == '\t'))
        return tri_refuse(refusal, 400, "A field line begins with a blank", "RFC 9112 5.2");
    if (len == 0 || len == line.len || line.at[len] != ':')
        return tri_refuse(refusal, 400, "A field line does not begin with a name and a colon",
                          "RFC 9112 5.1");
    field->name = (struct tri_slice){line.at, len};
    field->value = tri_scan_trim(tri_slice_from(line, len + 1));
    return true;
}

/*
 * Stricter than RFC 9110 8.6, which lets a server accept a repeated equal length: whoever passed
 * that on may have read it differently.
 */
static bool take_length(struct tri_head *head, struct tri_slice value,
                        const struct tri_limits *limits, struct tri_refusal *refusal)
{
    if (head->chunked)
        return tri_refuse(refusal, 400, "Content-Length beside Transfer-Encoding", "RFC 9112 6.1");
    if (head->has_length)
        return tri_refuse(refusal, 400, "More than one Content-Length", "RFC 9112 6.3");
    if (value.len == 0)
        return tri_refuse(refusal, 400, "Content-Length is not a number", "RFC 9110 8.6");

    uint64_t length = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] < '0' || value.at[i] > '9')
            return tri_refuse(refusal, 400, "Content-Length is not a number", "RFC 9110 8.6");
        if (i < LENGTH_DIGITS)
            length = length * 10 + (uint64_t)(value.at[i] - '0');
    }
    if (value.len > LENGTH_DIGITS || length > INT64_MAX)
        return tri_refuse(refusal, 400, "Content-Length has too many digits", "RFC 9110 8.6");
    if (length > limits->body_bytes)
        return tri_refuse(refusal, 413, "The request body is too large", "");
    head->has_length = true;
    head->content_length = (int64_t)length;
    return true;
}

/*
 * Only `chunked`, once. Another list of codings gets 400 when chunked is not its last, since the
 * length of the body is then unknown (RFC 9112 6.3 rule 4), and else 501 (6.1).
 */
static bool take_encoding(struct tri_head *head, struct tri_slice value,
                          struct tri_refusal *refusal)
{
    static const struct tri_slice chunked = {"chunked", 7};

    if (head->version_minor == 0)
        return tri_refuse(refusal, 400, "Transfer-Encoding in HTTP/1.0", "RFC 9112 6.1");
    if (head->has_length)
        return tri_refuse(refusal, 400, "Transfer-Encoding beside Content-Length", "RFC 9112 6.1");
    if (head->chunked)
        return tri_refuse(refusal, 400, "More than one Transfer-Encoding", "RFC 9112 6.1");
    head->chunked = tri_slice_is_nocase(value, chunked);
    if (head->chunked)
        return true;

    bool well_formed = value.len > 0 && value.at[value.len - 1] != ',';
    bool was_chunked = false;
    struct tri_slice list = value, coding;
    while (well_formed && tri_scan_member(&list, &coding)) {
        size_t len = tri_scan_token(coding);
        bool is_chunked = tri_slice_is_nocase((struct tri_slice){coding.at, len}, chunked);
        if (was_chunked)
            return tri_refuse(refusal, 400, "chunked is not the last transfer coding",
                              "RFC 9112 6.3");
        if (is_chunked && len < coding.len)
            return tri_refuse(refusal, 400, "chunked has a parameter", "RFC 9112 7");
        well_formed = len > 0 && (len == coding.len || memchr("; \t", coding.at[len], 3));
        was_chunked = is_chunked;
    }
    if (!well_formed)
        return tri_refuse(refusal, 400, "Transfer-Encoding is not a list of codings",
                          "RFC 9112 6.1");
    if (!was_chunked)
        return tri_refuse(refusal, 400, "chunked is not the last transfer coding", "RFC 9112 6.3");
    return tri_refuse(refusal, 501, "This transfer coding is not known here", "RFC 9112 6.1");
}

bool tri_head_field_line(struct tri_head *head, struct tri_slice line,
                         const struct tri_limits *limits, struct tri_field *field,
                         struct tri_refusal *refusal)
{
    if (!split_field(line, field, refusal))
        return false;
    if (++head->lines > limits->header_count)
        return tri_refuse(refusal, 431, "Too many fields", "");
    bool is_length = tri_slice_is_nocase(field->name, TRI_SLICE("Content-Length"));
    bool is_encoding = tri_slice_is_nocase(field->name, TRI_SLICE("Transfer-Encoding"));
    if (!is_length && !is_encoding)
        return true;
    head->has_tab |= memchr(line.at, '\t', line.len) != NULL;
    return is_length ? take_length(head, field->value, limits, refusal)
                     : take_encoding(head, field->value, refusal);
}

/* --- trailers --- */

/* Framing, routing, authentication, request control, content format (RFC 9110 6.5.1). */
static const struct tri_slice not_in_trailers[] = {
#define X(name) {name, sizeof(name) - 1},
    X("Transfer-Encoding") X("Content-Length") X("Host") X("Connection") X("Keep-Alive")
        X("Proxy-Connection") X("TE") X("Trailer") X("Upgrade") X("Expect") X("Max-Forwards")
            X("Authorization") X("Proxy-Authorization") X("Cookie") X("Cache-Control") X("Pragma")
                X("Range") X("If-Match") X("If-None-Match") X("If-Modified-Since")
                    X("If-Unmodified-Since") X("If-Range") X("Content-Encoding") X("Content-Type")
                        X("Content-Range") X("Set-Cookie") X("WWW-Authenticate")
                            X("Proxy-Authenticate") X("Forwarded") X("X-Forwarded-For")
#undef X
};

bool tri_head_trailer_line(uint32_t *lines, struct tri_slice line, const struct tri_limits *limits,
                           struct tri_refusal *refusal)
{
    struct tri_field field;

    if (!split_field(line, &field, refusal))
        return false;
    if (++*lines > limits->header_count)
        return tri_refuse(refusal, 431, "Too many trailer fields", "");
    for (size_t i = 0; i < sizeof(not_in_trailers) / sizeof(not_in_trailers[0]); i++)
        if (tri_slice_is_nocase(field.name, not_in_trailers[i]))
            return tri_refuse(refusal, 400, "A field that may not be a trailer", "RFC 9110 6.5.1");
    return true;
}

/* --- the whole head --- */

/*
 * An empty Host says that the target has no authority (RFC 9110 7.2), which no http URI may be
 * without (RFC 9110 4.2.1); nginx refuses it too.
 */
static bool judge_host(struct tri_request *request, const struct tri_slice *host,
                       struct tri_refusal *refusal)
{
    bool in_target = request->target.authority.len > 0;

    if (!host && request->version_minor > 0)
        return tri_refuse(refusal, 400, "Host is missing", "RFC 9112 3.2");
    if (host && !(host->len == 0 && in_target) && !tri_authority_is_valid(*host))
        return tri_refuse(refusal, 400, "Host is not a host with an optional port", "RFC 9110 7.2");
    request->host = (struct tri_slice){"", 0};
    if (in_target)
        request->host = request->target.authority;
    else if (host)
        request->host = *host;
    return true;
}

/* Of HTTP/1.0, which has no expectations, they are ignored, as RFC 9110 10.1.1 demands. */
static bool judge_expect(struct tri_request *request, struct tri_slice list,
                         struct tri_refusal *refusal)
{
    struct tri_slice member;

    while (request->version_minor > 0 && tri_scan_member(&list, &member)) {
        if (member.len == 0)
            continue;
        if (!tri_slice_is_nocase(member, TRI_SLICE("100-continue")))
            return tri_refuse(refusal, 417, "Only 100-continue can be expected", "RFC 9110 10.1.1");
        request->expect_continue = request->content_length != 0;
    }
    return true;
}

bool tri_head_judge(struct tri_request *request, struct tri_refusal *refusal)
{
    const struct tri_slice *host = NULL;
    bool has_type = false;
    bool close = request->method == TRI_METHOD_CONNECT; /* what follows could be a tunnel's */
    bool keep = request->version_minor > 0;

    request->expect_continue = false;
    for (uint32_t i = 0; i < request->fields.count; i++) {
        const struct tri_field *field = &request->fields.at[i];
        if (tri_slice_is_nocase(field->name, TRI_SLICE("Host"))) {
            if (host)
                return tri_refuse(refusal, 400, "More than one Host", "RFC 9112 3.2");
            host = &field->value;
        } else if (tri_slice_is_nocase(field->name, TRI_SLICE("Connection"))) {
            struct tri_slice list = field->value, option;
            while (tri_scan_member(&list, &option)) {
                close = close || tri_slice_is_nocase(option, TRI_SLICE("close"));
                keep = keep || tri_slice_is_nocase(option, TRI_SLICE("keep-alive"));
            }
        } else if (tri_slice_is_nocase(field->name, TRI_SLICE("Expect"))) {
            if (!judge_expect(request, field->value, refusal))
                return false;
        } else if (tri_slice_is_nocase(field->name, TRI_SLICE("Content-Type"))) {
            if (has_type)
                return tri_refuse(refusal, 400, "More than one Content-Type", "RFC 9110 5.3");
            has_type = true;
        } else if (request->method == TRI_METHOD_PUT &&
                   tri_slice_is_nocase(field->name, TRI_SLICE("Content-Range"))) {
            return tri_refuse(refusal, 400, "No part of a resource can be put", "RFC 9110 14.5");
        }
    }
    request->keep_alive = keep && !close;
    return judge_host(request, host, refusal);
}
