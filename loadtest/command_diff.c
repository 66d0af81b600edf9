/*
 * command_diff.c - two stored results: what differs, and by more than chance would have it.
 *
 * Requests of one moment are not independent of each other, so that drawing single ones again
 * would make the interval far too narrow. What is drawn again, with replacement, are whole
 * intervals of each run (a block bootstrap); a figure's interval holds 95% of what they give.
 */
#include "loadtest/commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loadtest/json.h"
#include "loadtest/report.h"
#include "loadtest/schedule.h"
#include "server/base/error.h"

#define DRAWS 1000
#define BLOCKS_MAX 4096
#define BLOCKS_LEAST 5

struct block {
    double seconds, requests;
    struct tri_slice histogram; /* of the text */
};

struct stored {
    const char *path;
    char *text; /* owned */
    struct tri_slice json;
    bool is_stamped; /* its times end at the kernel's stamps */
    struct block blocks[BLOCKS_MAX];
    struct tri_histogram *histograms; /* owned: one for each block */
    unsigned count;
};

enum { RATE, P50, P90, P99, P999, MEAN, FIGURES };

static const char *const names[FIGURES] = {"requests/s", "p50", "p90", "p99", "p99.9", "mean"};

static bool fill(struct tri_histogram *histogram, struct tri_slice pairs)
{
    struct tri_slice pair, part;
    tri_histogram_init(histogram);
    for (size_t at = 0; tri_json_next(pairs, &at, &pair);) {
        double values[2];
        size_t inner = 0;
        for (int i = 0; i < 2; i++)
            if (!tri_json_next(pair, &inner, &part) || !tri_json_number(part, &values[i]) ||
                values[i] < 0 || values[i] > 1e18)
                return false;
        tri_histogram_add_many(histogram, (int64_t)values[0], (uint64_t)values[1]);
    }
    return true;
}

static bool take_block(struct stored *stored, struct tri_slice interval)
{
    struct tri_slice value;
    double from, until, requests;
    struct block *block = &stored->blocks[stored->count];
    if (!tri_json_find(interval, "from_s", &value) || !tri_json_number(value, &from) ||
        !tri_json_find(interval, "until_s", &value) || !tri_json_number(value, &until) ||
        !tri_json_find(interval, "requests", &value) || !tri_json_number(value, &requests) ||
        !tri_json_find(interval, "histogram", &block->histogram))
        return false;
    block->seconds = until - from;
    block->requests = requests;
    stored->count++;
    return true;
}

static bool load(struct stored *stored, const char *path, struct tri_error *error)
{
    size_t len;
    struct tri_slice schema, stamps, intervals, interval;
    *stored = (struct stored){.path = path};
    if (!tri_file_read(path, &stored->text, &len, error))
        return false;
    stored->json = (struct tri_slice){stored->text, len};
    if (!tri_json_find(stored->json, "schema", &schema) ||
        !tri_slice_is(schema, TRI_SLICE("\"tri-load/1\"")) ||
        !tri_json_find(stored->json, "intervals", &intervals)) {
        tri_error_set(error, "%.100s: is no result of tri-load (make one with --json=FILE)", path);
        return false;
    }
    stored->is_stamped = tri_json_find(stored->json, "timestamps", &stamps) &&
                         tri_slice_is(stamps, TRI_SLICE("\"kernel\""));
    for (size_t at = 0; stored->count < BLOCKS_MAX && tri_json_next(intervals, &at, &interval);)
        if (!take_block(stored, interval)) {
            tri_error_set(error, "%.100s: interval %u lacks its figures", path, stored->count + 1);
            return false;
        }
    if (stored->count < BLOCKS_LEAST) {
        tri_error_set(error,
                      "%.100s: %u intervals are too few to tell chance from change (try a "
                      "longer --duration)",
                      path, stored->count);
        return false;
    }
    stored->histograms = calloc(stored->count, sizeof(*stored->histograms));
    for (unsigned i = 0; stored->histograms && i < stored->count; i++)
        if (!fill(&stored->histograms[i], stored->blocks[i].histogram)) {
            tri_error_set(error, "%.100s: a histogram is damaged", path);
            return false;
        }
    if (!stored->histograms)
        tri_error_os(error, "%u histograms", stored->count);
    return stored->histograms != NULL;
}

/* The figures of a run whose intervals are drawn again; a NULL state: of the run as it is. */
static void draw(const struct stored *stored, uint64_t *random, struct tri_histogram *sum,
                 double figures[static FIGURES])
{
    double seconds = 0, requests = 0;
    tri_histogram_reset(sum);
    for (unsigned i = 0; i < stored->count; i++) {
        unsigned which = random ? (unsigned)(tri_random(random) * stored->count) : i;
        seconds += stored->blocks[which].seconds;
        requests += stored->blocks[which].requests;
        tri_histogram_merge(sum, &stored->histograms[which]);
    }
    figures[RATE] = seconds > 0 ? requests / seconds : 0;
    figures[P50] = (double)tri_histogram_quantile(sum, 0.5);
    figures[P90] = (double)tri_histogram_quantile(sum, 0.9);
    figures[P99] = (double)tri_histogram_quantile(sum, 0.99);
    figures[P999] = (double)tri_histogram_quantile(sum, 0.999);
    figures[MEAN] = tri_histogram_mean(sum);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const char *print_figure(int figure, double value, char text[static 16])
{
    return figure == RATE ? tri_print_count(value, text) : tri_print_time(value, text);
}

static bool compare(const struct stored *a, const struct stored *b)
{
    static double ratios[FIGURES][DRAWS];
    double before[FIGURES], after[FIGURES], drawn_a[FIGURES], drawn_b[FIGURES];
    uint64_t random = tri_random_seed(1, 0);
    struct tri_histogram *sum = malloc(sizeof(*sum));
    char first[16], second[16];
    if (!sum)
        return false;
    tri_histogram_init(sum);
    draw(a, NULL, sum, before);
    draw(b, NULL, sum, after);
    for (unsigned i = 0; i < DRAWS; i++) {
        draw(a, &random, sum, drawn_a);
        draw(b, &random, sum, drawn_b);
        for (int f = 0; f < FIGURES; f++)
            ratios[f][i] = drawn_a[f] > 0 ? drawn_b[f] / drawn_a[f] - 1 : 0;
    }
    free(sum);
    printf(
        "A %s (%u intervals)\nB %s (%u intervals)\n\n  %-12s %10s %10s %9s   95%% of the draws\n",
        a->path, a->count, b->path, b->count, "", "A", "B", "change");
    for (int f = 0; f < FIGURES; f++) {
        qsort(ratios[f], DRAWS, sizeof(double), compare_doubles);
        double least = ratios[f][DRAWS * 25 / 1000], most = ratios[f][DRAWS * 975 / 1000 - 1];
        bool is_real = least > 0 || most < 0;
        printf("  %-12s %10s %10s %+8.1f%%   %+.1f%% to %+.1f%%  %s\n", names[f],
               print_figure(f, before[f], first), print_figure(f, after[f], second),
               before[f] > 0 ? (after[f] / before[f] - 1) * 100 : 0, least * 100, most * 100,
               is_real ? "differs" : "may be chance");
    }
    if (a->is_stamped != b->is_stamped)
        printf(
            "\nThe times of %s end when responses arrived, those of the other when they had been "
            "read: they\nare not to be compared.\n",
            a->is_stamped ? "A" : "B");
    printf("\nTwo runs of different minutes differ for reasons of the machine as well: only runs "
           "that were\ntaken in turns (tri-load compare) say which server is faster.\n");
    return true;
}

static void unload(struct stored *stored)
{
    if (!stored)
        return;
    free(stored->text);
    free(stored->histograms);
    free(stored);
}

int tri_command_diff(struct tri_options *options)
{
    struct tri_error error = {.text = "out of memory"};
    struct stored *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
    bool ok = a && b && load(a, options->words[0], &error) && load(b, options->words[1], &error) &&
              compare(a, b);
    if (!ok)
        fprintf(stderr, "tri-load: %s\n", error.text);
    unload(a);
    unload(b);
    return ok ? TRI_EXIT_FINE : TRI_EXIT_FAILED;
}
