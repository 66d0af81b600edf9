/*
 * log.c - composing a line on the stack and handing it to the kernel in one piece.
 */
#include "server/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/base/assert.h"
#include "server/base/clock.h"

#define LINE_BYTES 1024

static const char *const level_names[] = {
    [TRI_LOG_DEBUG] = "debug",
    [TRI_LOG_INFO] = "info",
    [TRI_LOG_WARN] = "warn",
    [TRI_LOG_ERROR] = "error",
};

/* Written by tri_log_open before there are threads, read by all of them. */
static enum tri_log_level least = TRI_LOG_INFO;
static const char *mode_name = "none";

void tri_log_open(enum tri_log_level level, const char *mode)
{
    least = level;
    mode_name = mode;
}

/* "2026-08-22T10:15:02.114Z warn mode=loop pid=71 event=accept_paused"; its length */
static size_t print_head(char *line, size_t room, enum tri_log_level level, const char *event)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t len = strftime(line, room, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(line + len, room - len, ".%03ldZ %s mode=%s pid=%ld event=%s",
             now.tv_nsec / TRI_MILLISECOND, level_names[level], mode_name, (long)getpid(), event);
    return strlen(line);
}

void tri_log(enum tri_log_level level, const char *event, const char *fields, ...)
{
    if (level < least)
        return;
    int before = errno;
    char line[LINE_BYTES + 1]; /* the NUL is not sent */
    size_t head = print_head(line, LINE_BYTES, level, event);
    if (fields[0] != '\0' && fields[0] != ' ' && head + 1 < LINE_BYTES)
        line[head++] = ' ';
    line[head] = '\0';

    errno = before; /* %m in fields */
    va_list values;
    va_start(values, fields);
    vsnprintf(line + head, LINE_BYTES - head, fields, values);
    va_end(values);

    size_t len = head + strlen(line + head);
    for (size_t i = head; i < len; i++)
        if ((unsigned char)line[i] < ' ')
            line[i] = '?'; /* one event, one line, even when a caller forgot to quote */
    line[len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written;
    errno = before;
}

/* --- from a signal handler: no locale, no lock, no printf --- */

struct line {
    char text[LINE_BYTES];
    size_t len;
};

static void add_text(struct line *line, const char *text)
{
    while (*text != '\0' && line->len + 1 < LINE_BYTES) /* room for the end of the line */
        line->text[line->len++] = *text++;
}

static void add_number(struct line *line, long number, int width)
{
    char digits[24];
    size_t at = sizeof(digits);
    digits[--at] = '\0';
    for (; width > 0 || number > 0; width--, number /= 10)
        digits[--at] = (char)('0' + number % 10);
    add_text(line, digits + at);
}

/* "2026-08-22T10:15:02.114Z", by the calendar that repeats every 400 years of 146097 days. */
static void add_time(struct line *line)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    long days = now.tv_sec / 86400 + 719468; /* since 0000-03-01: a leap day ends its year */
    long era = days / 146097, day = days % 146097;
    long year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    long month = (5 * day + 2) / 153; /* from March */
    long parts[] = {era * 400 + year + (month >= 10),
                    month + (month < 10 ? 3 : -9),
                    day - (153 * month + 2) / 5 + 1,
                    now.tv_sec / 3600 % 24,
                    now.tv_sec / 60 % 60,
                    now.tv_sec % 60,
                    now.tv_nsec / TRI_MILLISECOND};
    static const char *const after[] = {"-", "-", "T", ":", ":", ".", "Z "};
    static const int widths[] = {4, 2, 2, 2, 2, 2, 3};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        add_number(line, parts[i], widths[i]);
        add_text(line, after[i]);
    }
}

void tri_log_last_words(const char *event, const char *const *fields)
{
    struct line line;
    line.len = 0;
    add_time(&line);
    add_text(&line, level_names[TRI_LOG_ERROR]);
    add_text(&line, " mode=");
    add_text(&line, mode_name);
    add_text(&line, " pid=");
    add_number(&line, getpid(), 1);
    add_text(&line, " event=");
    add_text(&line, event);
    while (*fields)
        add_text(&line, *fields++);
    line.text[line.len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line.text, line.len);
    (void)written;
}

/* --- quoting --- */

static bool is_plain(unsigned char c)
{
    return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '=';
}

const char *tri_log_quote(const char *text, char *quoted, unsigned room)
{
    static const char hex[] = "0123456789abcdef";
    tri_assert(room >= 8);
    size_t plain = 0;
    while (is_plain((unsigned char)text[plain]))
        plain++;
    if (plain > 0 && text[plain] == '\0' && plain < room) {
        memcpy(quoted, text, plain + 1);
        return quoted;
    }
    size_t len = 0;
    quoted[len++] = '"';
    for (; *text != '\0' && len + 6 <= room; text++) { /* \xNN, the quote and the NUL */
        unsigned char c = (unsigned char)*text;
        if (is_plain(c) || c == ' ' || c == '=') {
            quoted[len++] = (char)c;
        } else if (c == '"' || c == '\\') {
            quoted[len++] = '\\';
            quoted[len++] = (char)c;
        } else {
            quoted[len++] = '\\';
            quoted[len++] = 'x';
            quoted[len++] = hex[c >> 4];
            quoted[len++] = hex[c & 15];
        }
    }
    quoted[len++] = '"';
    quoted[len] = '\0';
    return quoted;
}

int tri_log_rate_due(struct tri_log_rate *rate, int64_t now_ns)
{
    int64_t next_ns = atomic_load_explicit(&rate->next_ns, memory_order_relaxed);
    return now_ns >= next_ns &&
           atomic_compare_exchange_strong_explicit(&rate->next_ns, &next_ns, now_ns + TRI_SECOND,
                                                   memory_order_relaxed, memory_order_relaxed);
}
