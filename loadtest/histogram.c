/*
 * histogram.c - log-linear buckets; see histogram.h.
 *
 *     slot   0 .. 2047            2048 .. 3071           3072 .. 4095          ...
 *     value  0 .. 2047, each one  2048 .. 4095, by twos  4096 .. 8191, by fours
 */
#include "loadtest/histogram.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HALF_BITS 10 /* half of the 2,048 sub-buckets */
#define HALF (1u << HALF_BITS)
#define SUB_BITS (HALF_BITS + 1)
#define TICKS_PER_HALF 5 /* lines of .hgrm each time the distance to 100% halves */

void tri_histogram_init(struct tri_histogram *histogram)
{
    memset(histogram, 0, sizeof(*histogram));
    histogram->lowest = TRI_HISTOGRAM_SLOTS;
}

void tri_histogram_reset(struct tri_histogram *histogram)
{
    if (histogram->lowest <= histogram->highest)
        memset(histogram->counts + histogram->lowest, 0,
               (histogram->highest - histogram->lowest + 1) * sizeof(histogram->counts[0]));
    histogram->total = 0;
    histogram->sum_ns = 0;
    histogram->min_ns = histogram->max_ns = 0;
    histogram->lowest = TRI_HISTOGRAM_SLOTS;
    histogram->highest = 0;
}

uint32_t tri_histogram_slot(int64_t ns)
{
    uint64_t value = ns > 0 ? (uint64_t)ns : 0;
    if (value > (uint64_t)TRI_HISTOGRAM_HIGHEST_NS)
        value = (uint64_t)TRI_HISTOGRAM_HIGHEST_NS;
    uint32_t bucket = 64 - SUB_BITS - (uint32_t)__builtin_clzll(value | ((1u << SUB_BITS) - 1));
    return (bucket << HALF_BITS) + (uint32_t)(value >> bucket);
}

int64_t tri_histogram_slot_least(uint32_t slot)
{
    if (slot < 2 * HALF)
        return slot;
    uint32_t bucket = (slot >> HALF_BITS) - 1;
    return (int64_t)((slot & (HALF - 1)) + HALF) << bucket;
}

int64_t tri_histogram_slot_most(uint32_t slot)
{
    uint32_t bucket = slot < 2 * HALF ? 0 : (slot >> HALF_BITS) - 1;
    return tri_histogram_slot_least(slot) + (INT64_C(1) << bucket) - 1;
}

void tri_histogram_add_many(struct tri_histogram *histogram, int64_t ns, uint64_t count)
{
    if (ns < 0)
        ns = 0;
    uint32_t slot = tri_histogram_slot(ns);
    if (count == 0)
        return;
    if (histogram->total == 0 || ns < histogram->min_ns)
        histogram->min_ns = ns;
    if (ns > histogram->max_ns)
        histogram->max_ns = ns;
    if (slot < histogram->lowest)
        histogram->lowest = slot;
    if (slot > histogram->highest)
        histogram->highest = slot;
    histogram->counts[slot] += count;
    histogram->total += count;
    histogram->sum_ns += (double)ns * (double)count;
}

void tri_histogram_add(struct tri_histogram *histogram, int64_t ns)
{
    tri_histogram_add_many(histogram, ns, 1);
}

void tri_histogram_merge(struct tri_histogram *into, const struct tri_histogram *from)
{
    if (from->total == 0)
        return;
    for (uint32_t slot = from->lowest; slot <= from->highest; slot++)
        into->counts[slot] += from->counts[slot];
    if (into->total == 0 || from->min_ns < into->min_ns)
        into->min_ns = from->min_ns;
    if (from->max_ns > into->max_ns)
        into->max_ns = from->max_ns;
    if (from->lowest < into->lowest)
        into->lowest = from->lowest;
    if (from->highest > into->highest)
        into->highest = from->highest;
    into->total += from->total;
    into->sum_ns += from->sum_ns;
}

/* The bucket's upper edge, cut where no value was. */
static int64_t value_of(const struct tri_histogram *histogram, uint32_t slot)
{
    int64_t most = tri_histogram_slot_most(slot);
    return most > histogram->max_ns || slot == histogram->highest ? histogram->max_ns : most;
}

/* The slot in which the value of this rank (from 1) lies, and how many values end with it. */
static uint32_t slot_of_rank(const struct tri_histogram *histogram, uint64_t rank, uint64_t *upto)
{
    uint64_t seen = 0;
    uint32_t slot = histogram->lowest;
    for (; slot < histogram->highest; slot++) {
        seen += histogram->counts[slot];
        if (seen >= rank)
            break;
    }
    if (slot == histogram->highest)
        seen = histogram->total;
    *upto = seen;
    return slot;
}

static uint64_t rank_of(const struct tri_histogram *histogram, double quantile)
{
    double exact = quantile * (double)histogram->total;
    double rank = ceil(exact - exact * 1e-12); /* 0.9 * 10 is a hair more than 9 */
    if (rank < 1)
        return 1;
    return rank >= (double)histogram->total ? histogram->total : (uint64_t)rank;
}

int64_t tri_histogram_quantile(const struct tri_histogram *histogram, double quantile)
{
    uint64_t upto;
    if (histogram->total == 0)
        return 0;
    if (quantile <= 0)
        return histogram->min_ns;
    return value_of(histogram, slot_of_rank(histogram, rank_of(histogram, quantile), &upto));
}

double tri_histogram_mean(const struct tri_histogram *histogram)
{
    return histogram->total ? histogram->sum_ns / (double)histogram->total : 0;
}

double tri_histogram_deviation(const struct tri_histogram *histogram)
{
    double mean = tri_histogram_mean(histogram), squares = 0;
    if (histogram->total == 0)
        return 0;
    for (uint32_t slot = histogram->lowest; slot <= histogram->highest; slot++) {
        double middle =
            ((double)tri_histogram_slot_least(slot) + (double)tri_histogram_slot_most(slot)) / 2;
        squares += (middle - mean) * (middle - mean) * (double)histogram->counts[slot];
    }
    return sqrt(squares / (double)histogram->total);
}

uint32_t tri_histogram_pack(const struct tri_histogram *histogram, struct tri_bucket **ret_buckets)
{
    uint32_t used = 0;
    *ret_buckets = NULL;
    if (histogram->total == 0)
        return 0;
    for (uint32_t slot = histogram->lowest; slot <= histogram->highest; slot++)
        used += histogram->counts[slot] != 0;
    struct tri_bucket *buckets = calloc(used, sizeof(*buckets));
    if (!buckets)
        return 0;
    uint32_t at = 0;
    for (uint32_t slot = histogram->lowest; slot <= histogram->highest; slot++)
        if (histogram->counts[slot])
            buckets[at++] = (struct tri_bucket){slot, histogram->counts[slot]};
    *ret_buckets = buckets;
    return used;
}

void tri_histogram_write_hgrm(const struct tri_histogram *histogram, FILE *to)
{
    fprintf(to, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    double percentile = 0;
    while (histogram->total) {
        uint64_t upto;
        uint32_t slot = slot_of_rank(histogram, rank_of(histogram, percentile / 100), &upto);
        double value_ms = (double)value_of(histogram, slot) / 1e6;
        if (upto == histogram->total) {
            fprintf(to, "%12.3f %14.12f %10" PRIu64 "\n", value_ms, 1.0, upto);
            break;
        }
        fprintf(to, "%12.3f %14.12f %10" PRIu64 " %14.2f\n", value_ms, percentile / 100, upto,
                1 / (1 - percentile / 100));
        /* from 50% on in steps of a tenth of what is left of 100%, and so on */
        double halvings = floor(log2(100 / (100 - percentile))) + 1;
        percentile += 100 / (TICKS_PER_HALF * exp2(halvings));
    }
    fprintf(to, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n",
            tri_histogram_mean(histogram) / 1e6, tri_histogram_deviation(histogram) / 1e6);
    fprintf(to, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n",
            (double)histogram->max_ns / 1e6, histogram->total);
    fprintf(to, "#[Buckets = %12d, SubBuckets     = %12d]\n", 32, 2048);
}
