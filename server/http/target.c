/*
 * target.c - request targets, strictly by RFC 3986.
 *
 * Order matters in a path: escapes are decoded first, then dot segments removed, so that
 * "/%2e%2e/" is what it looks like to whoever decodes it. A path without escapes and dots, nearly
 * every one, is not copied.
 */
#include "server/http/target.h"

#include <arpa/inet.h>
#include <stdint.h>

#include "server/http/scan.h"

enum { IN_HOST = 1, IN_PATH = 2, IN_QUERY = 4, PLAIN = 8 };
#define UNRESERVED (IN_HOST | IN_PATH | IN_QUERY | PLAIN)

/*
 * What may stand where without an escape: reg-name, path-abempty, query (RFC 3986 3.2.2-3.4). In a
 * host no comma, which RFC 3986 allows: it is what two Host lines merged into one look like. PLAIN
 * is what a path may be full of without a further look: all but the dot, which may be a segment.
 */
static const uint8_t allowed[256] = {
    ['0' ... '9'] = UNRESERVED, ['A' ... 'Z'] = UNRESERVED,  ['a' ... 'z'] = UNRESERVED,
    ['-'] = UNRESERVED,         ['.'] = UNRESERVED & ~PLAIN, ['_'] = UNRESERVED,
    ['~'] = UNRESERVED,         ['!'] = UNRESERVED,          ['$'] = UNRESERVED,
    ['&'] = UNRESERVED,         ['\''] = UNRESERVED,         ['('] = UNRESERVED,
    [')'] = UNRESERVED,         ['*'] = UNRESERVED,          ['+'] = UNRESERVED,
    [';'] = UNRESERVED,         ['='] = UNRESERVED,          [','] = IN_PATH | IN_QUERY,
    [':'] = IN_PATH | IN_QUERY, ['@'] = IN_PATH | IN_QUERY,  ['/'] = IN_PATH | IN_QUERY | PLAIN,
    ['?'] = IN_QUERY,
};

/*
 * What may stand where as an escape. NUL nowhere (RFC 3986 7.3). In a path no control byte, which
 * names nothing that is served and splits lines of logs and fields; and no slash: decoded it would
 * part segments, and kept as "%2F" it could not be told from what "%252F" means.
 */
static bool may_be_escaped(int byte, int where)
{
    bool is_control = byte < 0x20 || byte == 0x7f;
    return byte > 0 && (where == IN_QUERY || (!is_control && !(where == IN_PATH && byte == '/')));
}

/* The first byte from `i` on that may not stand in `where` as it is. */
static size_t run_of(struct tri_slice text, size_t i, int where)
{
    while (i < text.len && (allowed[(unsigned char)text.at[i]] & where))
        i++;
    return i;
}

/* Bytes at the front that may stand in `where`, whole escapes included. */
static size_t span_of(struct tri_slice text, int where)
{
    size_t i = 0;
    for (;;) {
        i = run_of(text, i, where);
        if (i == text.len || text.at[i] != '%' || !may_be_escaped(tri_scan_escape(text, i), where))
            return i;
        i += 3;
    }
}

/* --- authority --- */

/* Bytes of the host at the front; 0 when there is none, or it is malformed. */
static size_t host_bytes(struct tri_slice authority)
{
    if (authority.len == 0 || authority.at[0] != '[')
        return span_of(authority, IN_HOST);

    /* Of IP literals only IPv6: no other exists (RFC 3986 3.2.2). */
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    const char *end = memchr(authority.at, ']', authority.len);
    size_t len = end ? (size_t)(end - authority.at) - 1 : 0;
    if (len == 0 || len >= sizeof(text))
        return 0;
    memcpy(text, authority.at + 1, len);
    text[len] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1 ? len + 2 : 0;
}

bool tri_authority_is_valid(struct tri_slice authority)
{
    size_t host = host_bytes(authority);
    if (host == 0)
        return false;
    if (host == authority.len)
        return true;
    if (authority.at[host] != ':')
        return false;

    uint32_t port = 0;
    for (size_t i = host + 1; i < authority.len; i++) {
        if (authority.at[i] < '0' || authority.at[i] > '9')
            return false;
        port = port * 10 + (uint32_t)(authority.at[i] - '0');
        if (port > UINT16_MAX)
            return false;
    }
    return true;
}

struct tri_slice tri_authority_host(struct tri_slice authority)
{
    return (struct tri_slice){authority.at, host_bytes(authority)};
}

/* --- path --- */

static bool path_is_plain(struct tri_slice raw)
{
    if (memchr(raw.at, '%', raw.len))
        return false;
    for (const char *dot = memchr(raw.at, '.', raw.len); dot;
         dot = memchr(dot + 1, '.', raw.len - (size_t)(dot + 1 - raw.at)))
        if (dot[-1] == '/')
            return false;
    return true;
}

/* Where the last segment of the `len` bytes at `path` begins: behind its slash. */
static size_t segment_start(const char *path, size_t len)
{
    while (path[len - 1] != '/')
        len--;
    return len;
}

/*
 * The segment that ends at `len` is complete: drop it if it is "." and its predecessor too if it
 * is ".." (RFC 3986 5.2.4). Above the root is the root.
 *   returns  the new length: behind a '/' when something was dropped
 */
static size_t drop_dots(const char *path, size_t len)
{
    size_t start = segment_start(path, len);
    if (len - start == 1 && path[start] == '.')
        return start;
    if (len - start == 2 && path[start] == '.' && path[start + 1] == '.')
        return start == 1 ? 1 : segment_start(path, start - 1);
    return len;
}

/* Decode `raw`, which begins with '/' and has only whole escapes that may be there. */
static bool decode_path(struct tri_slice raw, struct tri_arena *arena, struct tri_slice *path,
                        struct tri_refusal *refusal)
{
    if (path_is_plain(raw)) {
        *path = raw;
        return true;
    }
    char *at = tri_arena_alloc(arena, raw.len);
    if (!at)
        return tri_refuse(refusal, 431, "The request head needs too much memory", "");

    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        int byte = (unsigned char)raw.at[i];
        if (byte == '%') {
            byte = tri_scan_escape(raw, i);
            i += 2;
        } else if (byte == '/' && len > 0) {
            size_t open = len;
            len = drop_dots(at, open);
            if (len < open)
                continue; /* the slash before what was dropped serves */
        }
        at[len++] = (char)byte;
    }
    *path = (struct tri_slice){at, drop_dots(at, len)};
    return true;
}

/* --- target --- */

/* Why `rest`, which begins with what a path or query may not go on with, is refused. */
static bool refuse_byte(struct tri_slice rest, struct tri_refusal *refusal)
{
    if (rest.at[0] == '#')
        return tri_refuse(refusal, 400, "The target has a fragment", "RFC 9112 3.2");
    if (rest.at[0] != '%')
        return tri_refuse(refusal, 400, "The target has a byte that must be percent-encoded",
                          "RFC 3986 2");
    switch (tri_scan_escape(rest, 0)) {
    case -1:
        return tri_refuse(refusal, 400, "A percent sign without two hex digits", "RFC 3986 2.1");
    case 0:
        return tri_refuse(refusal, 400, "The target has an escaped NUL", "RFC 3986 7.3");
    case '/':
        return tri_refuse(refusal, 400, "The path has an escaped slash", "RFC 3986 2.2");
    default:
        return tri_refuse(refusal, 400, "The path has an escaped control byte", "RFC 3986 7.3");
    }
}

/* path-abempty [ "?" query ] */
static bool parse_path(struct tri_target *target, struct tri_slice rest, struct tri_arena *arena,
                       struct tri_refusal *refusal)
{
    size_t plain = run_of(rest, 0, PLAIN);
    struct tri_slice path = {rest.at, plain + span_of(tri_slice_from(rest, plain), IN_PATH)};

    rest = tri_slice_from(rest, path.len);
    if (rest.len > 0 && rest.at[0] == '?') {
        target->query = tri_slice_from(rest, 1);
        rest = tri_slice_from(target->query, span_of(target->query, IN_QUERY));
    }
    if (rest.len > 0)
        return refuse_byte(rest, refusal);
    if (path.len == 0)
        path = TRI_SLICE("/");
    if (plain == path.len) {
        target->path = path;
        return true;
    }
    return decode_path(path, arena, &target->path, refusal);
}

static bool parse_absolute(struct tri_target *target, struct tri_arena *arena,
                           struct tri_refusal *refusal)
{
    struct tri_slice raw = target->raw;
    target->is_https = raw.len >= 8 && strncasecmp(raw.at, "https://", 8) == 0;
    size_t scheme = target->is_https ? 8 : 7;

    if (!target->is_https && (raw.len < 7 || strncasecmp(raw.at, "http://", 7) != 0))
        return tri_refuse(refusal, 400, "The target is neither a path nor an http URI",
                          "RFC 9112 3.2");

    struct tri_slice rest = tri_slice_from(raw, scheme);
    size_t len = 0;
    while (len < rest.len && !memchr("/?#", rest.at[len], 3))
        len++;
    target->form = TRI_TARGET_ABSOLUTE;
    target->authority = (struct tri_slice){rest.at, len};
    if (len > 0 && memchr(rest.at, '@', len))
        return tri_refuse(refusal, 400, "The target has user information", "RFC 9110 4.2.4");
    if (!tri_authority_is_valid(target->authority))
        return tri_refuse(refusal, 400, "The target's host is malformed", "RFC 9110 4.2.1");
    return parse_path(target, tri_slice_from(rest, len), arena, refusal);
}

bool tri_target_parse(struct tri_target *target, struct tri_slice raw, enum tri_method method,
                      struct tri_arena *arena, struct tri_refusal *refusal)
{
    static const struct tri_slice empty = {"", 0};

    *target = (struct tri_target){TRI_TARGET_ORIGIN, false, raw, empty, empty, empty};
    if (raw.len == 0)
        return tri_refuse(refusal, 400, "The request line has no target", "RFC 9112 3");
    if (method == TRI_METHOD_CONNECT) {
        struct tri_slice host = tri_authority_host(raw);
        if (!tri_authority_is_valid(raw) || raw.len < host.len + 2) /* ":" and a digit */
            return tri_refuse(refusal, 400, "CONNECT needs a host and a port", "RFC 9112 3.2.3");
        target->form = TRI_TARGET_AUTHORITY;
        target->authority = raw;
        return true;
    }
    if (raw.at[0] == '/')
        return parse_path(target, raw, arena, refusal);
    if (!tri_slice_is(raw, TRI_SLICE("*")))
        return parse_absolute(target, arena, refusal);
    if (method != TRI_METHOD_OPTIONS)
        return tri_refuse(refusal, 400, "The target * goes with OPTIONS only", "RFC 9112 3.2.4");
    target->form = TRI_TARGET_ASTERISK;
    target->path = raw;
    return true;
}
