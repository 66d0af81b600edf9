/*
 * return_open.c - the text of a `return` taken apart, once, when the server starts.
 *
 * Why a redirect's host is safe: it stands in the text, literally or as $host, and ends there
 * before any other variable begins.
 */
#include "server/handlers/return.h"

#include <string.h>

#include "server/base/error.h"
#include "server/http/exchange.h"

static bool is_redirect(int status)
{
    return status == TRI_STATUS_MOVED_PERMANENTLY || status == TRI_STATUS_FOUND ||
           status == TRI_STATUS_SEE_OTHER || status == TRI_STATUS_TEMPORARY_REDIRECT ||
           status == TRI_STATUS_PERMANENT_REDIRECT;
}

/* Replies that a text cannot make. */
static const struct {
    int status;
    const char *why, *section; /* of RFC 9110 */
    int instead;
} unfit[] = {
    {205, "is for forms and may hold nothing", "15.3.6", 204},
    {206, "is a range of a file", "15.3.7", 200},
    {304, "is for conditions, which nobody has compared", "15.4.5", 204},
    {401, "must say in WWW-Authenticate how to log in", "15.5.2", 403},
    {405, "must list in Allow the methods that would do", "15.5.6", 403},
    {407, "must say in Proxy-Authenticate how to log in", "15.5.8", 403},
    {416, "is for a Range field, which nobody has read", "15.5.17", 400},
    {426, "must name in Upgrade the protocol that would do", "15.5.22", 403},
};

static bool check_status(int status, const char *text, struct tri_error *error)
{
    if (status < 200 || status > 599) {
        tri_error_set(error,
                      "\"%.60s\" does not begin with a status from 200 to 599 (try \"301 "
                      "https://example.org$request_uri\" or \"410 gone\")",
                      text);
        return false;
    }
    for (size_t i = 0; i < sizeof(unfit) / sizeof(*unfit); i++)
        if (unfit[i].status == status) {
            tri_error_set(error, "\"%.60s\": %d %s (RFC 9110 %s; try %d)", text, status,
                          unfit[i].why, unfit[i].section, unfit[i].instead);
            return false;
        }
    return true;
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

/* Has the pattern a segment ":name" or "*name"? */
static bool has_param(const char *pattern, struct tri_slice name)
{
    for (const char *at = strchr(pattern, '/'); at; at = strchr(at + 1, '/'))
        if ((at[1] == ':' || at[1] == '*') &&
            tri_slice_is((struct tri_slice){at + 2, strcspn(at + 2, "/")}, name))
            return true;
    return false;
}

/* What a name stands for: a parameter of the pattern goes before the rest. */
static bool find_variable(struct tri_slice name, const char *pattern,
                          enum tri_return_kind *ret_kind, struct tri_error *error)
{
    static const struct {
        struct tri_slice name;
        enum tri_return_kind kind;
    } known[] = {
        {TRI_SLICE("host"), TRI_RETURN_HOST},
        {TRI_SLICE("request_uri"), TRI_RETURN_REQUEST_URI},
        {TRI_SLICE("path"), TRI_RETURN_PATH},
        {TRI_SLICE("query"), TRI_RETURN_QUERY},
    };
    *ret_kind = TRI_RETURN_PARAM;
    if (has_param(pattern, name))
        return true;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (tri_slice_is(known[i].name, name)) {
            *ret_kind = known[i].kind;
            return true;
        }
    tri_error_set(error,
                  "\"$%.*s\" is no variable (try $host, $request_uri, $path, $query, a parameter "
                  "of \"%.60s\", or $$ for a dollar sign)",
                  name.len < 40 ? (int)name.len : 40, name.at, pattern);
    return false;
}

/* The piece at the front of `text`, which is not empty; returns its length there, 0: *error. */
static size_t read_piece(const char *text, const char *pattern, struct tri_return_piece *piece,
                         struct tri_error *error)
{
    size_t len = strcspn(text, "$");
    piece->kind = TRI_RETURN_TEXT;
    piece->text = (struct tri_slice){text, len};
    if (len > 0)
        return len;
    piece->text.at++;
    if (text[1] == '$') {
        piece->text.len = 1;
        return 2;
    }
    while (is_name_byte(piece->text.at[piece->text.len]))
        piece->text.len++;
    return find_variable(piece->text, pattern, &piece->kind, error) ? 1 + piece->text.len : 0;
}

/* May the path of a redirect have ended behind this piece? */
static bool may_end_path(const struct tri_return_piece *piece)
{
    switch (piece->kind) {
    case TRI_RETURN_TEXT:
        return memchr(piece->text.at, '?', piece->text.len) ||
               memchr(piece->text.at, '#', piece->text.len);
    case TRI_RETURN_REQUEST_URI:
    case TRI_RETURN_QUERY:
        return true;
    case TRI_RETURN_HOST:
    case TRI_RETURN_PATH:
    case TRI_RETURN_PARAM:
        break;
    }
    return false;
}

static bool read_pieces(struct tri_return *reply, const char *text, const char *pattern,
                        struct tri_error *error)
{
    bool in_query = false;
    for (size_t used; *text; text += used) {
        struct tri_return_piece *piece = &reply->pieces[reply->count];
        if (reply->count == TRI_RETURN_PIECES) {
            tri_error_set(error, "more than %d variables and texts between them (use fewer)",
                          TRI_RETURN_PIECES);
            return false;
        }
        used = read_piece(text, pattern, piece, error);
        if (used == 0)
            return false;
        piece->in_query = in_query;
        in_query = reply->is_redirect && (in_query || may_end_path(piece));
        reply->count++;
    }
    return true;
}

/* Only bytes that may stand in a reply of this kind. */
static bool check_bytes(const char *text, bool is_target, struct tri_error *error)
{
    for (const char *at = text; *at; at++) {
        unsigned char byte = (unsigned char)*at;
        bool is_outside = is_target && (byte <= ' ' || byte > '~' || strchr("\"<>\\^`{|}", byte));
        bool is_escape = is_target && byte == '%';
        if (is_escape ? strspn(at + 1, "0123456789abcdefABCDEF") < 2
                      : is_outside || byte < ' ' || byte == 0x7f) {
            tri_error_set(error, "byte 0x%02x has no place in \"%.100s\"%s", byte, text,
                          is_target ? " (percent-encode it)" : "");
            return false;
        }
    }
    return true;
}

/*
 * Is the host of a redirect the configuration's to say: "/...", or "http[s]://" and a host that
 * ends before a variable that may hold anything?
 */
static bool is_target(const struct tri_return *reply)
{
    struct tri_slice first = reply->pieces[0].text;
    size_t scheme = 0;
    if (reply->pieces[0].kind != TRI_RETURN_TEXT)
        return false;
    if (first.at[0] == '/' && !(first.len > 1 && first.at[1] == '/'))
        return true;
    if (first.at[0] == '/')
        scheme = 2;
    else if (first.len >= 7 && strncasecmp(first.at, "http://", 7) == 0)
        scheme = 7;
    else if (first.len >= 8 && strncasecmp(first.at, "https://", 8) == 0)
        scheme = 8;
    if (scheme == 0)
        return false;
    bool has_host = false;
    for (unsigned i = 0; i < reply->count; i++) {
        struct tri_slice text = reply->pieces[i].text;
        switch (reply->pieces[i].kind) {
        case TRI_RETURN_TEXT:
            for (size_t at = i == 0 ? scheme : 0; at < text.len; at++) {
                if (memchr("/?#", text.at[at], 3))
                    return has_host;
                has_host = true;
            }
            break;
        case TRI_RETURN_HOST:
            has_host = true;
            break;
        case TRI_RETURN_REQUEST_URI:
        case TRI_RETURN_PATH: /* each begins with a slash */
            return has_host;
        case TRI_RETURN_QUERY:
        case TRI_RETURN_PARAM:
            return false;
        }
    }
    return has_host;
}

bool tri_return_open(struct tri_return *reply, const char *text, const char *pattern,
                     struct tri_error *error)
{
    *reply = (struct tri_return){0};
    size_t digits = strspn(text, "0123456789");
    if (digits == 3 && (text[3] == ' ' || text[3] == '\0'))
        reply->status = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    if (!check_status(reply->status, text, error))
        return false;
    reply->is_redirect = is_redirect(reply->status);
    const char *rest = text + 3 + strspn(text + 3, " ");
    if (*rest && reply->status == TRI_STATUS_NO_CONTENT) {
        tri_error_set(error, "\"%.60s\": 204 has no content (write \"204\")", text);
        return false;
    }
    if (!check_bytes(rest, reply->is_redirect, error) || !read_pieces(reply, rest, pattern, error))
        return false;
    if (reply->is_redirect && (reply->count == 0 || !is_target(reply))) {
        tri_error_set(error,
                      "\"%.100s\": the target of a redirect begins with \"/\", or with "
                      "\"http://\" or \"https://\" and a host of text or $host",
                      text);
        return false;
    }
    return true;
}
