/*
 * test_log.c - one event, one line, whatever the values hold.
 */
#include "server/base/log.h"

#include "server/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static char captured[8192];
static int pipe_fds[2];
static int real_stderr;

static void capture_begin(void)
{
    cr_assert(eq(int, pipe(pipe_fds), 0));
    real_stderr = dup(STDERR_FILENO);
    dup2(pipe_fds[1], STDERR_FILENO);
}

static const char *capture_end(void)
{
    dup2(real_stderr, STDERR_FILENO);
    close(pipe_fds[1]);
    ssize_t len = read(pipe_fds[0], captured, sizeof(captured) - 1);
    captured[len < 0 ? 0 : len] = '\0';
    close(pipe_fds[0]);
    return captured;
}

TestSuite(base_log, .timeout = 5);

Test(base_log, line_has_time_level_mode_pid_event_and_fields)
{
    int year, month, day, hour, minute, second, millisecond, end = 0;
    long pid;
    tri_log_open(TRI_LOG_INFO, "loop");
    capture_begin();
    tri_log(TRI_LOG_WARN, "accept_paused", " reason=%s open=%d", "EMFILE", 1021);
    const char *line = capture_end();
    int found = sscanf(line,
                       "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ warn mode=loop pid=%ld "
                       "event=accept_paused reason=EMFILE open=1021\n%n",
                       &year, &month, &day, &hour, &minute, &second, &millisecond, &pid, &end);
    cr_assert(eq(int, found, 8), "%s", line);
    cr_assert(eq(sz, (size_t)end, strlen(line)), "%s", line);
    cr_assert(eq(long, pid, (long)getpid()));
    cr_assert(ge(int, year, 2024));
    cr_assert(eq(int, line[10], 'T'));
    cr_assert(eq(int, line[23], 'Z'));
}

Test(base_log, lines_below_the_level_are_dropped)
{
    tri_log_open(TRI_LOG_WARN, "mn");
    capture_begin();
    tri_log(TRI_LOG_DEBUG, "one", "");
    tri_log(TRI_LOG_INFO, "two", "");
    tri_log(TRI_LOG_WARN, "three", "");
    tri_log(TRI_LOG_ERROR, "four", "");
    const char *lines = capture_end();
    cr_assert(eq(ptr, strstr(lines, "event=one"), NULL));
    cr_assert(eq(ptr, strstr(lines, "event=two"), NULL));
    cr_assert(ne(ptr, strstr(lines, "event=three\n"), NULL));
    cr_assert(ne(ptr, strstr(lines, "event=four\n"), NULL));
}

Test(base_log, long_line_is_cut_at_1024_bytes_with_its_end)
{
    char text[3000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    capture_begin();
    tri_log(TRI_LOG_ERROR, "long", " text=%s", text);
    const char *line = capture_end();
    cr_assert(eq(sz, strlen(line), 1024));
    cr_assert(eq(int, line[1023], '\n'));
}

Test(base_log, forgotten_quoting_cannot_forge_a_line)
{
    capture_begin();
    tri_log(TRI_LOG_ERROR, "forged", "text=%s", "a\n2026-01-01T00:00:00.000Z info\x1b[2J");
    const char *line = capture_end();
    cr_assert(eq(sz, strcspn(line, "\n"), strlen(line) - 1));
    cr_assert(eq(ptr, strchr(line, '\x1b'), NULL));
    cr_assert(ne(ptr, strstr(line, "event=forged text=a?2026"), NULL), "%s", line);
}

Test(base_log, quote_leaves_plain_words_and_escapes_the_rest)
{
    static const char *const pairs[][2] = {
        {"plain/word:80", "plain/word:80"},    {"", "\"\""},
        {"two words", "\"two words\""},        {"a=b", "\"a=b\""},
        {"say \"hi\"", "\"say \\\"hi\\\"\""},  {"back\\slash", "\"back\\\\slash\""},
        {"line\nbreak", "\"line\\x0abreak\""}, {"\x7f\xc3\xa4", "\"\\x7f\\xc3\\xa4\""},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        char quoted[64];
        cr_assert(eq(str, (char *)tri_log_quote(pairs[i][0], quoted, sizeof(quoted)),
                     (char *)pairs[i][1]));
    }
}

Test(base_log, quote_never_writes_past_its_room)
{
    for (unsigned room = 8; room < 40; room++) {
        char quoted[41];
        memset(quoted, '#', sizeof(quoted));
        tri_log_quote("\n\n\n\n\n\n\n\n\n\n", quoted, room);
        cr_assert(eq(int, quoted[room], '#'), "room %u", room);
        cr_assert(eq(int, quoted[strlen(quoted) - 1], '"'), "room %u", room);
        memset(quoted, '#', sizeof(quoted));
        tri_log_quote("plainplainplainplainplainplainplainplainplain", quoted, room);
        cr_assert(eq(int, quoted[room], '#'), "room %u", room);
        cr_assert(lt(sz, strlen(quoted), room), "room %u", room);
    }
}

Test(base_log, rate_is_once_a_second)
{
    struct tri_log_rate rate = {0};
    cr_assert(tri_log_rate_due(&rate, 5 * TRI_SECOND));
    cr_assert(not(tri_log_rate_due(&rate, 5 * TRI_SECOND)));
    cr_assert(not(tri_log_rate_due(&rate, 6 * TRI_SECOND - 1)));
    cr_assert(tri_log_rate_due(&rate, 6 * TRI_SECOND));
    cr_assert(not(tri_log_rate_due(&rate, 6 * TRI_SECOND + 1)));
}
