/*
 * test_display.c - a live display on a terminal, plain lines elsewhere, nothing when quiet.
 *
 * Standard error becomes a pseudo-terminal, or a pipe; what was written there is looked at.
 */
#include "loadtest/display.h"

#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"

TestSuite(loadtest_display, .timeout = 10);

static struct tri_options options;
static struct tri_display display;
static struct tri_interval interval = {.until_ns = TRI_SECOND,
                                       .counts = {.responses = 12345},
                                       .p50_ns = 742000,
                                       .p99_ns = 1080000,
                                       .p999_ns = 2310000};
static const struct tri_progress halfway = {.elapsed_ns = 5 * TRI_SECOND,
                                            .whole_ns = 10 * TRI_SECOND,
                                            .open = 64,
                                            .wanted = 64,
                                            .in_flight = 61};
static int reader;
static char seen[16384];

/* Let standard error be one of these. */
static void look_at(bool is_terminal)
{
    int fds[2];
    cr_assert(is_terminal ? openpty(&fds[0], &fds[1], NULL, NULL, NULL) == 0 : pipe(fds) == 0);
    reader = fds[0];
    cr_assert(dup2(fds[1], STDERR_FILENO) == STDERR_FILENO);
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
}

/* All of it: a terminal hands on what was written piece by piece. */
static const char *what_was_seen(void)
{
    size_t len = 0;
    struct pollfd watched = {.fd = reader, .events = POLLIN};
    fflush(stderr);
    while (len < sizeof(seen) - 1 && poll(&watched, 1, 200) == 1) {
        ssize_t got = read(reader, seen + len, sizeof(seen) - 1 - len);
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    seen[len] = '\0';
    return seen;
}

static bool has(const char *text)
{
    return strstr(seen, text) != NULL;
}

/* Open it, and show it an interval and how far things are. */
static void show(void)
{
    struct tri_observer observer = tri_display_open(&display, &options);
    observer.interval(observer.context, &interval);
    observer.progress(observer.context, &halfway);
}

Test(loadtest_display, a_pipe_gets_a_line_for_each_interval)
{
    look_at(false);
    interval.counts.faults[TRI_FAULT_RESET] = 7;
    show();
    tri_display_close(&display);
    what_was_seen();
    cr_assert(eq(str, seen,
                 "   1.00 s      12345/s  p50    742 us  p99   1.08 ms  p99.9   2.31 ms  "
                 "errors 7\n"));
}

Test(loadtest_display, a_terminal_gets_a_bar_figures_and_sparks)
{
    look_at(true);
    show();
    what_was_seen();
    cr_assert(has(" 50%  5.0 s left  64 connections, 61 in flight"), "%s", seen);
    cr_assert(has("overall 12.3k/s"), "%s", seen);
    cr_assert(has("p99.9"), "%s", seen);
    cr_assert(has("errors 0"), "%s", seen);
    cr_assert(has("█\033[0m up to 12.3k"), "%s", seen);
    tri_display_close(&display);
}

Test(loadtest_display, lines_end_where_the_terminal_does)
{
    struct winsize narrow = {.ws_row = 10, .ws_col = 45};
    look_at(true);
    cr_assert(ioctl(STDERR_FILENO, TIOCSWINSZ, &narrow) == 0);
    show();
    what_was_seen();
    cr_assert(has("]  50%  5.0 s \r\n"), "%s", seen); /* the 45th column is the last */
    tri_display_close(&display);
}

Test(loadtest_display, the_terminal_is_given_back_as_it_was)
{
    look_at(true);
    show();
    what_was_seen();
    cr_assert(has("\033[?25l") && has("\033[?7l"), "hides the cursor, does not wrap");
    tri_display_close(&display);
    what_was_seen();
    cr_assert(has("\033[2A\033[J"), "takes its lines away");
    cr_assert(has("\033[?25h") && has("\033[?7h"), "shows the cursor, wraps");
}

Test(loadtest_display, no_color_means_no_colour)
{
    look_at(true);
    setenv("NO_COLOR", "1", 1);
    show();
    what_was_seen();
    cr_assert(has("errors 0"));
    cr_assert(not(has("\033[1m")));
    cr_assert(not(has("\033[36m")));
    tri_display_close(&display);
}

Test(loadtest_display, a_dumb_terminal_gets_lines)
{
    look_at(true);
    setenv("TERM", "dumb", 1);
    show();
    tri_display_close(&display);
    what_was_seen();
    cr_assert(has("12345/s"));
    cr_assert(not(has("\033")));
}

Test(loadtest_display, errors_are_red)
{
    look_at(true);
    interval.counts.faults[TRI_FAULT_CLOSED] = 2;
    show();
    what_was_seen();
    cr_assert(has("\033[31merrors 2"), "%s", seen);
    tri_display_close(&display);
}

Test(loadtest_display, quiet_says_nothing)
{
    look_at(true);
    options.quiet = true;
    struct tri_observer observer = tri_display_open(&display, &options);
    cr_assert(observer.progress == NULL);
    cr_assert(observer.interval == NULL);
    tri_display_close(&display);
    cr_assert(eq(str, (char *)what_was_seen(), ""));
}
