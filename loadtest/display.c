/*
 * display.c - three lines that are drawn over and over:
 *
 *     [################--------------]  53%  4.7 s left   64 connections, 61 in flight
 *     now 81,234/s  overall 80,912/s   p50 742 us  p99 1.08 ms  p99.9 2.31 ms   errors 0
 *     requests/s  _-=*#
 *
 * Each is cut where the terminal ends: a line that wraps would not be taken away again.
 */
#include "loadtest/display.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "loadtest/report.h"
#include "server/base/clock.h"

#define EVERY_NS (100 * TRI_MILLISECOND)
#define BAR 30
#define LINES 3

static const char *const sparks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

static double seconds_of(const struct tri_interval *interval)
{
    return (double)(interval->until_ns - interval->from_ns) / 1e9;
}

static void draw_bar(FILE *to, const struct tri_progress *progress)
{
    double done =
        progress->whole_ns > 0 ? (double)progress->elapsed_ns / (double)progress->whole_ns : 0;
    if (done < 0 || progress->is_opening)
        done = 0;
    if (done > 1)
        done = 1;
    int filled = (int)(done * BAR);
    fputc('[', to);
    for (int i = 0; i < BAR; i++)
        fputs(i < filled ? "█" : "░", to);
    fputs("] ", to);
    if (progress->is_opening)
        fprintf(to, "connecting %u of %u", progress->open, progress->wanted);
    else if (progress->whole_ns == 0)
        fprintf(to, "%.1f s", (double)progress->elapsed_ns / 1e9);
    else
        fprintf(to, "%3.0f%%  %.1f s left%s", done * 100,
                (double)(progress->whole_ns - progress->elapsed_ns) / 1e9 * (done < 1),
                progress->is_warming ? "  (warming up)" : "");
    if (!progress->is_opening)
        fprintf(to, "  %u connections, %u in flight", progress->open, progress->in_flight);
}

static void draw_figures(FILE *to, const struct tri_display *display)
{
    char now[16], overall[16], p50[16], p99[16], p999[16];
    const struct tri_interval *last = &display->last;
    const char *red = display->has_colour && display->faults ? "\033[31m" : "";
    const char *bold = display->has_colour ? "\033[1m" : "";
    const char *off = display->has_colour ? "\033[0m" : "";
    double measured = (double)last->until_ns / 1e9;
    if (last->until_ns == 0)
        return;
    fprintf(to,
            "now %s%s/s%s  overall %s/s   p50 %s%s%s  p99 %s%s%s  p99.9 %s%s%s   %serrors %" PRIu64
            "%s",
            bold, tri_print_count((double)last->counts.responses / seconds_of(last), now), off,
            tri_print_count((double)display->responses / measured, overall), bold,
            tri_print_time((double)last->p50_ns, p50), off, bold,
            tri_print_time((double)last->p99_ns, p99), off, bold,
            tri_print_time((double)last->p999_ns, p999), off, red, display->faults, off);
}

static void draw_sparks(FILE *to, const struct tri_display *display)
{
    double most = 0;
    unsigned count = display->rate_count < TRI_SPARKS ? display->rate_count : TRI_SPARKS;
    for (unsigned i = 0; i < count; i++)
        most = display->rates[i] > most ? display->rates[i] : most;
    if (count == 0 || most <= 0)
        return;
    char text[16];
    fputs(display->has_colour ? "requests/s \033[36m" : "requests/s ", to);
    for (unsigned i = display->rate_count - count; i < display->rate_count; i++)
        fputs(sparks[(int)(display->rates[i % TRI_SPARKS] / most * 7)], to);
    fprintf(to, "%s up to %s", display->has_colour ? "\033[0m" : "", tri_print_count(most, text));
}

/* One line of at most `columns`; colours take none, and characters of UTF-8 one. */
static void print_cut(const char *line, unsigned columns)
{
    unsigned used = 0;
    for (const char *at = line; *at; at++) {
        bool is_escape = *at == '\033';
        bool is_more = ((unsigned char)*at & 0xc0) == 0x80; /* of the same character */
        size_t len = is_escape ? strcspn(at, "m") + 1 : 1;
        if (!is_escape && !is_more)
            used++;
        if (used <= columns || is_escape)
            fwrite(at, 1, len, stderr);
        at += len - 1;
    }
}

static unsigned terminal_columns(void)
{
    struct winsize size = {0};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

static void clear(struct tri_display *display)
{
    if (display->is_drawn)
        fputs("\r\033[2A\033[J", stderr);
    display->is_drawn = false;
}

static void on_progress(void *context, const struct tri_progress *progress)
{
    struct tri_display *display = context;
    int64_t now_ns = tri_clock_now();
    if (!display->is_live || now_ns < display->next_ns)
        return;
    display->next_ns = now_ns + EVERY_NS;
    char lines[LINES][512] = {{0}};
    for (int i = 0; i < LINES; i++) {
        FILE *to = fmemopen(lines[i], sizeof(lines[i]), "w");
        if (!to)
            return;
        if (i == 0)
            draw_bar(to, progress);
        else if (i == 1)
            draw_figures(to, display);
        else
            draw_sparks(to, display);
        fclose(to);
        lines[i][sizeof(lines[i]) - 1] = '\0';
    }
    clear(display);
    for (int i = 0; i < LINES; i++) {
        print_cut(lines[i], terminal_columns());
        if (i < LINES - 1)
            fputc('\n', stderr);
    }
    fflush(stderr);
    display->is_drawn = true;
}

static void on_interval(void *context, const struct tri_interval *interval)
{
    struct tri_display *display = context;
    char p50[16], p99[16], p999[16];
    double seconds = seconds_of(interval);
    if (seconds <= 0)
        return;
    double rate = (double)interval->counts.responses / seconds;
    display->last = *interval;
    display->last.buckets = NULL;
    display->responses += interval->counts.responses;
    display->faults += tri_counts_faults(&interval->counts);
    display->rates[display->rate_count++ % TRI_SPARKS] = rate;
    if (!display->is_live)
        fprintf(
            stderr, "%7.2f s  %9.0f/s  p50 %9s  p99 %9s  p99.9 %9s  errors %" PRIu64 "\n",
            (double)interval->until_ns / 1e9, rate, tri_print_time((double)interval->p50_ns, p50),
            tri_print_time((double)interval->p99_ns, p99),
            tri_print_time((double)interval->p999_ns, p999), tri_counts_faults(&interval->counts));
}

struct tri_observer tri_display_open(struct tri_display *display, const struct tri_options *options)
{
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
    *display = (struct tri_display){.is_live = false};
    if (options->quiet)
        return (struct tri_observer){.context = NULL};
    bool is_dumb = !terminal || strcmp(terminal, "dumb") == 0;
    display->is_live = isatty(STDERR_FILENO) && !is_dumb;
    display->has_colour = display->is_live && !(no_colour && *no_colour);
    if (display->is_live)
        fputs("\033[?25l\033[?7l", stderr); /* no cursor, no wrapping */
    return (struct tri_observer){display, on_progress, on_interval};
}

void tri_display_close(struct tri_display *display)
{
    if (!display->is_live)
        return;
    clear(display);
    fputs("\033[?25h\033[?7h", stderr);
    fflush(stderr);
}
