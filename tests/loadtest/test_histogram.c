/*
 * test_histogram.c - buckets and quantiles agree with those of HdrHistogram.
 */
#include "loadtest/histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(loadtest_histogram, .timeout = 20);

static struct tri_histogram histogram;

static double quantile_off(double quantile, double expected)
{
    return fabs((double)tri_histogram_quantile(&histogram, quantile) - expected) / expected;
}

/* HdrHistogram's own HistogramDataAccessTest: 10,000 of 1,000 and one of 100,000,000. */
Test(loadtest_histogram, agrees_with_the_published_example)
{
    tri_histogram_init(&histogram);
    tri_histogram_add_many(&histogram, 1000, 10000);
    tri_histogram_add(&histogram, 100000000);
    cr_assert(eq(u64, histogram.total, 10001));
    static const struct {
        double quantile, value;
    } rows[] = {{0.3, 1000}, {0.99, 1000}, {0.9999, 1000}, {0.99999, 1e8}, {1, 1e8}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_assert(le(dbl, quantile_off(rows[i].quantile, rows[i].value), 0.001), "%g",
                  rows[i].quantile);
    double mean = (10000 * 1000.0 + 1e8) / 10001;
    cr_assert(le(dbl, fabs(tri_histogram_mean(&histogram) - mean) / mean, 0.001));
    double squares = 10000 * (1000 - mean) * (1000 - mean) + (1e8 - mean) * (1e8 - mean);
    double deviation = sqrt(squares / 10001);
    cr_assert(le(dbl, fabs(tri_histogram_deviation(&histogram) - deviation) / deviation, 0.001));
}

/* The same with what recordValueWithExpectedInterval(100000000, 10000) adds: 9,999 values. */
Test(loadtest_histogram, agrees_with_the_published_example_corrected_for_omission)
{
    tri_histogram_init(&histogram);
    tri_histogram_add_many(&histogram, 1000, 10000);
    for (int64_t value = 100000000; value > 0; value -= 10000)
        tri_histogram_add(&histogram, value);
    cr_assert(eq(u64, histogram.total, 20000));
    static const struct {
        double quantile, value;
    } rows[] = {{0.3, 1000}, {0.5, 1000}, {0.75, 5e7}, {0.9, 8e7}, {0.99, 9.8e7}, {0.99999, 1e8}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_assert(le(dbl, quantile_off(rows[i].quantile, rows[i].value), 0.001), "%g",
                  rows[i].quantile);
}

Test(loadtest_histogram, slots_are_dense_and_hold_three_digits)
{
    cr_assert(eq(u32, tri_histogram_slot(2047), 2047));
    cr_assert(eq(u32, tri_histogram_slot(2048), 2048));
    cr_assert(eq(u32, tri_histogram_slot(2049), 2048));
    cr_assert(eq(u32, tri_histogram_slot(4095), 3071));
    cr_assert(eq(u32, tri_histogram_slot(4096), 3072));
    for (uint32_t slot = 0; slot + 1 < TRI_HISTOGRAM_SLOTS; slot++) {
        int64_t least = tri_histogram_slot_least(slot), most = tri_histogram_slot_most(slot);
        cr_assert(eq(i64, most + 1, tri_histogram_slot_least(slot + 1)));
        cr_assert(le(i64, (most - least) * 1000, least));
        if (least <= TRI_HISTOGRAM_HIGHEST_NS && most <= TRI_HISTOGRAM_HIGHEST_NS) {
            cr_assert(eq(u32, tri_histogram_slot(least), slot));
            cr_assert(eq(u32, tri_histogram_slot(most), slot));
        }
    }
}

Test(loadtest_histogram, nothing_is_discarded)
{
    tri_histogram_init(&histogram);
    tri_histogram_add(&histogram, -5);
    tri_histogram_add(&histogram, 2 * TRI_HISTOGRAM_HIGHEST_NS);
    cr_assert(eq(u64, histogram.total, 2));
    cr_assert(eq(i64, histogram.min_ns, 0));
    cr_assert(eq(i64, histogram.max_ns, 2 * TRI_HISTOGRAM_HIGHEST_NS));
    cr_assert(eq(i64, tri_histogram_quantile(&histogram, 1), 2 * TRI_HISTOGRAM_HIGHEST_NS));
}

Test(loadtest_histogram, merging_is_recording_in_one_place)
{
    static struct tri_histogram parts[2];
    unsigned state = 7;
    tri_histogram_init(&histogram);
    tri_histogram_init(&parts[0]);
    tri_histogram_init(&parts[1]);
    for (int i = 0; i < 100000; i++) {
        state = state * 1103515245 + 12345;
        int64_t value = (int64_t)(state >> 8) << (state % 7);
        tri_histogram_add(&histogram, value);
        tri_histogram_add(&parts[i % 2], value);
    }
    tri_histogram_merge(&parts[0], &parts[1]);
    cr_assert(eq(i32, memcmp(parts[0].counts, histogram.counts, sizeof(histogram.counts)), 0));
    cr_assert(eq(i64, parts[0].max_ns, histogram.max_ns));
    cr_assert(eq(i64, parts[0].min_ns, histogram.min_ns));
    tri_histogram_reset(&parts[0]);
    tri_histogram_init(&parts[1]);
    cr_assert(eq(i32, memcmp(&parts[0], &parts[1], sizeof(parts[0])), 0));
}

/* Lines as HdrHistogram's outputPercentileDistribution writes them, which plotters read. */
Test(loadtest_histogram, hgrm_has_the_form_that_plotters_read)
{
    char *text = NULL;
    size_t len = 0, lines = 0;
    double last = -1, value = 0, quantile = 0;
    tri_histogram_init(&histogram);
    for (int i = 1; i <= 10000; i++)
        tri_histogram_add(&histogram, i * 100000);
    FILE *to = open_memstream(&text, &len);
    tri_histogram_write_hgrm(&histogram, to);
    fclose(to);
    char *rest = text;
    cr_assert(
        eq(str, strsep(&rest, "\n"), "       Value     Percentile TotalCount 1/(1-Percentile)"));
    cr_assert(eq(str, strsep(&rest, "\n"), ""));
    for (char *line; (line = strsep(&rest, "\n")) && line[0] != '#'; lines++) {
        unsigned long count;
        cr_assert(ge(i32, sscanf(line, "%lf %lf %lu", &value, &quantile, &count), 3), "%s", line);
        cr_assert(gt(dbl, quantile, last));
        cr_assert(le(dbl, quantile * 10000, (double)count + 1e-6));
        cr_assert(le(dbl, fabs(value - (double)count / 10), 0.001 * value + 0.1));
        last = quantile;
    }
    cr_assert(gt(sz, lines, 40));
    cr_assert(eq(dbl, quantile, 1.0));
    cr_assert(epsilon_eq(dbl, value, 1000, 1e-9));
    free(text);
}
