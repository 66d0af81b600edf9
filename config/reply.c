/*
 * reply.c - the text of a route's "return": a status, and then maybe a text with variables.
 *
 *     301 https://example.org$request_uri      308 /docs/$rest      410 gone for good
 *
 * A redirect begins with letters that the configuration chose, "/" or "http://" or "https://", so
 * that no request can choose the host it leads to.
 */
#include "config/reply.h"

#include <stdio.h>
#include <string.h>

#include "config/load.h"

#define NAME_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

static const char *const variables[] = {"host", "request_uri", "path", "query"};

/* The next parameter of a pattern, from *at on: its name and length; NULL when there is none. */
static const char *next_parameter(const char **at, size_t *ret_len)
{
    while (**at) {
        const char *segment = *at + 1; /* behind a slash */
        size_t len = strcspn(segment, "/");
        *at = segment + len;
        if ((*segment == ':' || *segment == '*') && len > 1) {
            *ret_len = len - 1;
            return segment + 1;
        }
    }
    return NULL;
}

static bool has_parameter(const char *pattern, const char *name, size_t len)
{
    size_t found_len;
    for (const char *found; (found = next_parameter(&pattern, &found_len));)
        if (found_len == len && strncmp(found, name, len) == 0)
            return true;
    return false;
}

static bool is_known(const char *pattern, const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        if (strlen(variables[i]) == len && strncmp(variables[i], name, len) == 0)
            return true;
    return has_parameter(pattern, name, len);
}

static bool refuse_unknown(const char *pattern, const char *name, size_t len,
                           struct tri_error *error)
{
    char known[160] = "$host, $request_uri, $path, $query";
    size_t found_len;
    for (const char *found; (found = next_parameter(&pattern, &found_len));) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof(known) - used, ", $%.*s", (int)found_len, found);
    }
    tri_error_set(error, "\"$%.*s\" is no variable here (try one of %s, or $$ for a dollar sign)",
                  (int)(len < 40 ? len : 40), name, known);
    return false;
}

static bool check_variables(const char *pattern, const char *text, struct tri_error *error)
{
    while ((text = strchr(text, '$'))) {
        size_t len = strspn(++text, NAME_BYTES);
        if (*text == '$')
            len = 1;
        else if (len == 0 || !is_known(pattern, text, len))
            return refuse_unknown(pattern, text, len, error);
        text += len;
    }
    return true;
}

/* A path of the client begins with a slash: behind another it would name a host. */
static bool is_doubled(const char *pattern, const char *text)
{
    size_t len = strspn(text, NAME_BYTES);
    bool is_path = (len == strlen("path") && strncmp(text, "path", len) == 0) ||
                   (len == strlen("request_uri") && strncmp(text, "request_uri", len) == 0);
    return is_path && !has_parameter(pattern, text, len);
}

static bool check_target(const char *pattern, const char *text, struct tri_error *error)
{
    size_t scheme = strncasecmp(text, "http://", 7) == 0    ? 7
                    : strncasecmp(text, "https://", 8) == 0 ? 8
                                                            : 0;
    bool is_path =
        text[0] == '/' && text[1] != '/' && !(text[1] == '$' && is_doubled(pattern, text + 2));
    for (const char *at = text; *at; at++)
        if (*at <= ' ' || *at >= 0x7f || strchr("\"<>\\^`{|}", *at) ||
            (*at == '%' && strspn(at + 1, "0123456789abcdefABCDEF") < 2)) {
            tri_error_set(error, "\"%.100s\" holds what no URL may (write it as %%XX)", text);
            return false;
        }
    if (is_path || (scheme && text[scheme] && !strchr("/?#", text[scheme])))
        return true;
    tri_error_set(error,
                  "\"%.100s\" is no target (write an absolute path with one slash in front, or a "
                  "URL such as https://example.org$request_uri)",
                  text);
    return false;
}

bool tri_config_reply_check(const char *pattern, const char *text, struct tri_error *error)
{
    bool has_status = text[0] >= '2' && text[0] <= '5' && strspn(text, "0123456789") == 3 &&
                      (text[3] == '\0' || text[3] == ' ');
    if (!has_status) {
        tri_error_set(error,
                      "\"%.60s\" does not begin with a status (write one from 200 to 599, as in "
                      "\"301 https://example.org$request_uri\" or \"410 gone\")",
                      text);
        return false;
    }
    const char *rest = text + 3 + strspn(text + 3, " ");
    int status = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    bool is_redirect =
        status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    if (is_redirect && *rest == '\0') {
        tri_error_set(error,
                      "\"%.60s\" leads nowhere (write \"%d https://example.org$request_uri\")",
                      text, status);
        return false;
    }
    if ((status == 204 || status == 205 || status == 304) && *rest) {
        tri_error_set(error, "\"%.60s\": a reply with status %d has no text (write \"%d\")", text,
                      status, status);
        return false;
    }
    return check_variables(pattern, rest, error) &&
           (!is_redirect || check_target(pattern, rest, error));
}
