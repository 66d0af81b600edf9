/*
 * scan.c - what libconfuse leaves to its caller.
 *
 * Why: libconfuse 3.3 counts three lines for each comment, drops characters that it does not
 * know ("4*" is 4), stops at NUL bytes, lets a string run on over lines until the next quote,
 * replaces ${NAME} by the environment without a word when NAME is missing, reports a missing
 * brace at the end of the file, and tells neither where a block begins nor that a list is empty. So
 * the text is read once before: comments become blanks, an empty list becomes "", everything else
 * above is a mistake with its own line, and the opening lines of blocks are noted in the order in
 * which libconfuse reports their ends.
 *
 * Words, strings and comments begin and end exactly where libconfuse's lexer thinks they do.
 */
#include "config/scan.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/error.h"

#define DEPTH_MAX 8 /* the deepest file that means something has 2 */

struct open_brace {
    char *at;
    int line;
    bool is_list;
};

struct scanner {
    char *at;
    char *end; /* a NUL */
    int line;
    char token; /* what came before: '=' an assignment, '{' '}' braces, 'w' anything else */
    struct open_brace open[DEPTH_MAX];
    unsigned depth;
    struct tri_scan *scan;
    struct tri_error *error;
};

static void blank(struct scanner *s, size_t bytes)
{
    for (; bytes > 0; bytes--, s->at++) {
        if (*s->at == '\n')
            s->line++;
        else
            *s->at = ' ';
    }
}

static bool skip_block_comment(struct scanner *s)
{
    const char *close = strstr(s->at + 2, "*/");
    if (!close) {
        tri_error_set(s->error, "the comment that begins here never ends (close it with */)");
        return false;
    }
    blank(s, (size_t)(close + 2 - s->at));
    return true;
}

static bool skip_string(struct scanner *s)
{
    char quote = *s->at++;
    for (; *s->at != quote; s->at++) {
        if (s->at == s->end || *s->at == '\n') {
            tri_error_set(s->error, "the string does not end on its line (close it with %c)",
                          quote);
            return false;
        }
        if (quote == '"' && s->at[0] == '$' && s->at[1] == '{') {
            tri_error_set(s->error, "${...} is not replaced here (write the value itself, or \\$ "
                                    "for a dollar sign)");
            return false;
        }
        if (*s->at != '\\')
            continue;
        s->at++;
        if (s->at == s->end || *s->at == '\n') {
            s->at--; /* the next turn says what is wrong */
            *s->at = ' ';
        } else if (quote == '"' && strchr("0123456789x", *s->at)) {
            tri_error_set(s->error,
                          "\\%c begins no escape here (write the character itself, or "
                          "\\\\ for a backslash)",
                          *s->at);
            return false;
        }
    }
    s->at++;
    s->token = 'w';
    return true;
}

static bool open_brace(struct scanner *s)
{
    if (s->depth == DEPTH_MAX) {
        tri_error_set(s->error, "blocks in blocks in blocks (nest at most %d deep)", DEPTH_MAX);
        return false;
    }
    s->open[s->depth++] = (struct open_brace){s->at, s->line, s->token == '='};
    s->token = '{';
    s->at++;
    return true;
}

static bool close_brace(struct scanner *s)
{
    if (s->depth == 0) {
        tri_error_set(s->error, "\"}\" closes nothing (remove it, or add the \"{\" it belongs to)");
        return false;
    }
    struct open_brace open = s->open[--s->depth];
    if (open.is_list && s->token == '{') { /* blanks in between: they go behind the quotes */
        memmove(open.at + 2, open.at + 1, (size_t)(s->at - open.at) - 1);
        memcpy(open.at, "\"\"", 2);
    }
    if (!open.is_list)
        s->scan->block_lines[s->scan->block_count++] = open.line;
    s->token = '}';
    s->at++;
    return true;
}

static bool skip_word(struct scanner *s)
{
    size_t len = strcspn(s->at, " #\"'\t\n\r={}()+,*");
    if (len == 0 || (s->at[0] == '$' && s->at[1] == '{')) {
        tri_error_set(s->error, "\"%c\" is out of place (put the whole value in quotes)", *s->at);
        return false;
    }
    s->at += len;
    s->token = 'w';
    return true;
}

static bool skip_token(struct scanner *s)
{
    switch (*s->at) {
    case '\n':
    case ' ':
    case '\t':
    case '\r':
        s->line += *s->at++ == '\n';
        return true;
    case '#':
        blank(s, strcspn(s->at, "\n"));
        return true;
    case '"':
    case '\'':
        return skip_string(s);
    case '{':
        return open_brace(s);
    case '}':
        return close_brace(s);
    case '=':
        s->token = *s->at++;
        return true;
    case ',':
        s->token = 'w';
        s->at++;
        return true;
    case '/':
        if (s->at[1] == '/') {
            blank(s, strcspn(s->at, "\n"));
            return true;
        }
        return s->at[1] == '*' ? skip_block_comment(s) : skip_word(s);
    case '+':
        if (s->at[1] != '=')
            return skip_word(s); /* which refuses it */
        s->at++;
        return true;
    default:
        return skip_word(s);
    }
}

static bool check_bytes(struct scanner *s, size_t len)
{
    unsigned braces = 0;
    for (size_t i = 0; i < len; i++) {
        braces += s->at[i] == '}';
        s->line += s->at[i] == '\n';
        if (s->at[i] == '\0') {
            tri_error_set(s->error, "a NUL byte (this must be a file of plain text)");
            return false;
        }
    }
    s->line = 1;
    s->scan->block_lines = calloc(braces + 1, sizeof(int));
    if (!s->scan->block_lines)
        tri_error_set(s->error, "out of memory (free some and try again)");
    return s->scan->block_lines;
}

bool tri_scan_text(char *text, size_t len, struct tri_scan *scan, int *ret_line,
                   struct tri_error *error)
{
    struct scanner s = {.at = text, .end = text + len, .line = 1, .scan = scan, .error = error};
    *scan = (struct tri_scan){0};
    bool ok = check_bytes(&s, len);
    if (ok && strncmp(text, "\xef\xbb\xbf", 3) == 0)
        blank(&s, 3); /* a byte order mark */
    while (ok && s.at < s.end)
        ok = skip_token(&s);
    if (ok && s.depth > 0) {
        s.line = s.open[s.depth - 1].line;
        tri_error_set(error, "the block that begins here never ends (close it with \"}\")");
        ok = false;
    }
    *ret_line = s.line;
    return ok;
}

void tri_scan_free(struct tri_scan *scan)
{
    free(scan->block_lines);
    *scan = (struct tri_scan){0};
}
