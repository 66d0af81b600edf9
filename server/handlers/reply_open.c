/*
 * reply_open.c - the text of a `return` taken apart, once, when the server starts.
 *
 * Why a redirect's host is safe: it stands in the text, literally or as $host, and ends there
 * before any other variable begins.
 */
#include "server/handlers/reply.h"

#include <string.h>

#include "server/base/error.h"
#include "server/http/exchange.h"

static bool is_redirect(int status)
{
    return status == TRI_STATUS_MOVED_PERMANENTLY || status == TRI_STATUS_FOUND ||
           status == TRI_STATUS_SEE_OTHER || status == TRI_STATUS_TEMPORARY_REDIRECT ||
           status == TRI_STATUS_PERMANENT_REDIRECT;
}

/* 205 has no content either, though it may say so by a length (RFC 9110 15.3.6). */
static bool has_content(int status)
{
    return status != TRI_STATUS_NO_CONTENT && status != 205 && status != TRI_STATUS_NOT_MODIFIED;
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
    bool is_param = has_param(pattern, name);
    *ret_kind = TRI_RETURN_PARAM;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (!tri_slice_is(known[i].name, name))
            continue;
        if (is_param) {
            tri_error_set(error,
                          "$%.*s is the request's, and a parameter of \"%s\", too: give the "
                          "parameter another name",
                          (int)name.len, name.at, pattern);
            return false;
        }
        *ret_kind = known[i].kind;
        return true;
    }
    if (!is_param)
        tri_error_set(error,
                      "\"$%.*s\" is no variable: there are $host, $request_uri, $path, "
                      "$query, the parameters of \"%s\", and $$ for a dollar sign",
                      (int)name.len, name.at, pattern);
    return is_param;
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

static bool read_pieces(struct tri_return *reply, const char *text, const char *pattern,
                        struct tri_error *error)
{
    for (size_t used; *text; text += used) {
        if (reply->count == TRI_RETURN_PIECES) {
            tri_error_set(error, "more than %d variables and texts between them",
                          TRI_RETURN_PIECES);
            return false;
        }
        used = read_piece(text, pattern, &reply->pieces[reply->count], error);
        if (used == 0)
            return false;
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
        if (is_outside || byte < ' ' || byte == 0x7f) {
            tri_error_set(error, "byte 0x%02x has no place in \"%s\"%s", byte, text,
                          is_target ? ": percent-encode it" : "");
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
    if (reply->status < 200 || reply->status > 599) {
        tri_error_set(error,
                      "\"%s\" does not begin with a status from 200 to 599: try "
                      "\"301 https://example.org$request_uri\" or \"410 gone\"",
                      text);
        return false;
    }
    reply->is_redirect = is_redirect(reply->status);
    reply->has_content = has_content(reply->status);
    const char *rest = text + 3 + strspn(text + 3, " ");
    if (*rest && !reply->has_content) {
        tri_error_set(error, "%d has no content: leave \"%s\" out", reply->status, rest);
        return false;
    }
    if (!check_bytes(rest, reply->is_redirect, error) || !read_pieces(reply, rest, pattern, error))
        return false;
    if (reply->is_redirect && (reply->count == 0 || !is_target(reply))) {
        tri_error_set(error,
                      "\"%s\": the target of a redirect begins with \"/\", or with "
                      "\"http://\" or \"https://\" and a host of text or $host",
                      text);
        return false;
    }
    return true;
}
