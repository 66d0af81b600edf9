/*
 * histogram.h - how long things took, with three significant digits from 1 ns to an hour.
 *
 * The buckets are those of HdrHistogram (lowest 1, highest 3.6e12, 3 digits): 2,048 of width 1,
 * then 1,024 for each doubling, so that a value is off by less than 0.1%. Recording is an
 * increment, merging is addition, and nothing is discarded: a longer time than an hour counts in
 * the last bucket and keeps its place in `max_ns`.
 *
 * Threads: one writer; whoever reads or merges makes sure that the writer is elsewhere.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

#define TRI_HISTOGRAM_SLOTS 33792
#define TRI_HISTOGRAM_HIGHEST_NS INT64_C(3600000000000)

struct tri_histogram {
    uint64_t total;           /* values recorded */
    int64_t min_ns, max_ns;   /* exact; meaningless while total is 0 */
    double sum_ns;            /* for an exact mean */
    uint32_t lowest, highest; /* slots in use lie in [lowest, highest]; empty: lowest > highest */
    uint64_t counts[TRI_HISTOGRAM_SLOTS];
};

/* A slot as it is stored and sent: which one, and how many values it holds. */
struct tri_bucket {
    uint32_t slot;
    uint64_t count;
};

/* Make a histogram empty; memory that is all zero is one too, once this was called on it. */
void tri_histogram_init(struct tri_histogram *histogram);

/* Forget everything; touches only the slots that were used. */
void tri_histogram_reset(struct tri_histogram *histogram);

/* Count `ns` once or `count` times; what is negative counts as 0. */
void tri_histogram_add(struct tri_histogram *histogram, int64_t ns);
void tri_histogram_add_many(struct tri_histogram *histogram, int64_t ns, uint64_t count);

/* Add all of `from`. */
void tri_histogram_merge(struct tri_histogram *into, const struct tri_histogram *from);

/*
 * The value that the share `quantile` (0 to 1) of all values does not exceed: the upper edge of
 * its bucket, as HdrHistogram has it, but never more than the largest value. 0 when empty.
 */
int64_t tri_histogram_quantile(const struct tri_histogram *histogram, double quantile);

double tri_histogram_mean(const struct tri_histogram *histogram);
double tri_histogram_deviation(const struct tri_histogram *histogram);

/* The slot of a value, and the least and the greatest value of a slot. */
uint32_t tri_histogram_slot(int64_t ns);
int64_t tri_histogram_slot_least(uint32_t slot);
int64_t tri_histogram_slot_most(uint32_t slot);

/*
 * The slots in use, for storing.
 *   returns  how many; the array is the caller's to free, NULL when empty or without memory
 */
uint32_t tri_histogram_pack(const struct tri_histogram *histogram, struct tri_bucket **ret_buckets);

/* Write the percentile spectrum that plotters of .hgrm files read; values in milliseconds. */
void tri_histogram_write_hgrm(const struct tri_histogram *histogram, FILE *to);
