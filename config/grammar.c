/*
 * grammar.c - what the texts of TEXT, WORDS and PATH keys must look like, or lead to.
 */
#include "config/grammar.h"

#include <string.h>

#include "config/config.h"
#include "config/keys.h"
#include "config/paths.h"
#include "server/base/error.h"
#include "server/base/ip.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define PATH_VARIABLE "$path"

/* Fields that a list of headers must leave alone, and what sets them instead. */
static const struct {
    const char *name, *instead;
} reserved[] = {
    {"Accept-Ranges", "remove it: the server sends it with files"},
    {"Allow", "remove it: the server sends it with 405"},
    {"Cache-Control", "use cache_control"},
    {"Connection", "remove it: the server decides which connections stay open"},
    {"Content-Encoding", "use precompressed and compress"},
    {"Content-Length", "remove it: the server measures bodies itself"},
    {"Content-Range", "remove it: the server makes it from the file"},
    {"Content-Type", "remove it: the handler knows what it sends"},
    {"Date", "remove it: the server sends it itself"},
    {"ETag", "remove it: the server makes it from the file"},
    {"Keep-Alive", "use timeouts.idle"},
    {"Last-Modified", "remove it: the server makes it from the file"},
    {"Location", "use return = \"301 URL\" in a route"},
    {"Server", "use server_header = on"},
    {"Trailer", "remove it: the server sends no trailers"},
    {"Transfer-Encoding", "remove it: the server frames bodies itself"},
    {"Upgrade", "remove it: the server speaks nothing but HTTP/1.1"},
    {"X-Content-Type-Options", "remove it: the server sends nosniff itself"},
};

unsigned long tri_grammar_token(const char *text)
{
    return strspn(text, LETTERS DIGITS "!#$%&'*+-.^_`|~");
}

static bool check_network(const char *text, struct tri_error *error)
{
    struct tri_network network;
    return tri_network_parse(&network, text, error);
}

static bool check_name(const char *text, struct tri_error *error)
{
    if (!strchr(text, '/') && strcmp(text, ".") != 0 && strcmp(text, "..") != 0)
        return true;
    tri_error_set(error, "\"%.60s\" is no name of a file (write one like index.html)", text);
    return false;
}

/* Has the path a segment "." or ".."? */
static bool has_dots(const char *path)
{
    for (;;) {
        size_t len = strcspn(path, "/");
        if ((len == 1 || len == 2) && strncmp(path, "..", len) == 0)
            return true;
        if (path[len] == '\0')
            return false;
        path += len + 1;
    }
}

static bool check_try(const char *text, struct tri_error *error)
{
    size_t variable = strlen(PATH_VARIABLE);
    bool is_status = text[0] == '=' && (text[1] == '4' || text[1] == '5') &&
                     strspn(text + 1, DIGITS) == 3 && text[4] == '\0';
    bool is_relative = strncmp(text, PATH_VARIABLE, variable) == 0 &&
                       strspn(text + variable, LETTERS DIGITS "_") == 0;
    const char *path = is_relative ? text + variable : text;
    if (is_status)
        return true;
    if ((!is_relative && *text != '/') || strchr(path, '$'))
        tri_error_set(error,
                      "\"%.60s\" cannot be tried (write $path, $path and an ending, an absolute "
                      "path such as /index.html, or =404)",
                      text);
    else if (has_dots(path))
        tri_error_set(error, "\"%.60s\" has a segment of dots (write the path without them)", text);
    else
        return true;
    return false;
}

/* A path that requests can have, and routes: a slash in front of each segment. */
static bool check_url_path(const char *text, struct tri_error *error)
{
    unsigned segments = 0;
    for (const char *slash = strchr(text, '/'); slash; slash = strchr(slash + 1, '/'))
        segments++;
    if (text[0] != '/' || strpbrk(text, " ?#%") || strstr(text, "/:") || strstr(text, "/*") ||
        strstr(text, "//") || has_dots(text))
        tri_error_set(error, "\"%.60s\" is no plain path of a URL (write one like /health)", text);
    else if (segments > TRI_CONFIG_SEGMENTS)
        tri_error_set(error, "\"%.60s\" has %u segments (write at most %d)", text, segments,
                      TRI_CONFIG_SEGMENTS);
    else
        return true;
    return false;
}

/* A quoted-string of RFC 9110 5.6.4: how many bytes of it `text` begins with, 0 for none. */
static size_t quoted_bytes(const char *text)
{
    size_t len = 1;
    if (text[0] != '"')
        return 0;
    while (text[len] && text[len] != '"')
        len += text[len] == '\\' && text[len + 1] ? 2 : 1;
    return text[len] ? len + 1 : 0;
}

/* RFC 9111 5.2: directives parted by commas, each a token with maybe = and a token or "text". */
static bool check_cache_control(const char *text, struct tri_error *error)
{
    for (const char *at = text;;) {
        size_t name = tri_grammar_token(at);
        at += name;
        if (name > 0 && *at == '=') {
            size_t value = at[1] == '"' ? quoted_bytes(at + 1) : tri_grammar_token(at + 1);
            at += value > 0 ? 1 + value : 0;
        }
        if (name > 0 && *at == '\0')
            return true;
        if (name == 0 || *at != ',')
            break;
        at += 1 + strspn(at + 1, " ");
    }
    tri_error_set(error, "\"%.60s\" is no list of directives (write one like public, max-age=3600)",
                  text);
    return false;
}

/* RFC 6797 6.1: directives parted by semicolons, none twice, max-age among them. */
static bool check_hsts(const char *text, struct tri_error *error)
{
    static const char *const names[] = {"max-age=", "includeSubDomains", "preload"};
    const unsigned count = sizeof(names) / sizeof(names[0]);
    unsigned seen = 0; /* bit i: names[i] */
    for (const char *at = text;; at += 1 + strspn(at + 1, " ")) {
        unsigned i = 0;
        while (i < count && strncasecmp(at, names[i], strlen(names[i])) != 0)
            i++;
        if (i == count || seen & 1u << i)
            break;
        seen |= 1u << i;
        at += strlen(names[i]);
        if (i == 0) {
            size_t digits = strspn(at, DIGITS);
            if (digits == 0 || digits > 10)
                break;
            at += digits;
        }
        at += strspn(at, " ");
        if (*at == '\0' && seen & 1u)
            return true;
        if (*at != ';')
            break;
    }
    tri_error_set(
        error,
        "\"%.60s\" is no such policy (write max-age=31536000, and maybe includeSubDomains "
        "and preload behind a semicolon)",
        text);
    return false;
}

static bool check_file(const char *text, struct tri_error *error)
{
    return tri_path_check_file(text, "file", NULL, error);
}

/* Left to check.c: only the one in force must be there. */
static bool check_root(const char *text, struct tri_error *error)
{
    (void)text;
    (void)error;
    return true;
}

static bool check_field(const char *text, struct tri_error *error)
{
    size_t len = tri_grammar_token(text);
    if (len == 0 || text[len] != ':') {
        tri_error_set(
            error, "\"%.60s\" is no header field (write one like \"X-Frame-Options: DENY\")", text);
        return false;
    }
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (strlen(reserved[i].name) == len && strncasecmp(reserved[i].name, text, len) == 0) {
            tri_error_set(error, "\"%.60s\": %s cannot be set here (%s)", text, reserved[i].name,
                          reserved[i].instead);
            return false;
        }
    return true;
}

static bool (*const checks[TRI_KEY_COUNT])(const char *text, struct tri_error *error) = {
    [TRI_KEY_ROOT] = check_root,     [TRI_KEY_HEALTH] = check_url_path,
    [TRI_KEY_TRUST] = check_network, [TRI_KEY_INDEX] = check_name,
    [TRI_KEY_TRY_FILES] = check_try, [TRI_KEY_CACHE_CONTROL] = check_cache_control,
    [TRI_KEY_HEADERS] = check_field, [TRI_KEY_HSTS] = check_hsts,
    [TRI_KEY_CERT] = check_file,     [TRI_KEY_KEY] = check_file,
    [TRI_KEY_OCSP] = check_file,     [TRI_KEY_CLIENT_CA] = check_file,
};

bool tri_grammar_check(const struct tri_key *key, const char *text, struct tri_error *error)
{
    return *text == '\0' || checks[key - tri_keys](text, error);
}
