/*
 * values.h - the texts that stand behind flags, as numbers.
 *
 * Why apart: each form ("15s", "1k:50k", "200,304") is read in one place and refused in one voice:
 * what was found, and what would do. Which flag it was is added by the caller (apply.c).
 * Each returns false with an error, and then has changed nothing but what it was to fill.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct tri_error;
struct tri_expectation;

/* "1500ms", "15s", "2m"; a bare number means seconds, as wrk has it. */
bool tri_value_duration(const char *text, int64_t *ret_ns, struct tri_error *error);
/* The same, but not 0. */
bool tri_value_positive(const char *text, int64_t *ret_ns, struct tri_error *error);
/* "50ms" or "50ms-150ms" */
bool tri_value_span(const char *text, int64_t *ret_least_ns, int64_t *ret_most_ns,
                    struct tri_error *error);
/* "64" or "10k", within bounds */
bool tri_value_number(const char *text, uint64_t least, uint64_t most, unsigned *ret_number,
                      struct tri_error *error);
/* "1,10,100,1k" into `numbers`, at most `room` */
bool tri_value_numbers(const char *text, unsigned *numbers, unsigned room, unsigned *ret_count,
                       struct tri_error *error);
/* "5k" or "1k:50k", requests a second */
bool tri_value_rate(const char *text, double *ret_from, double *ret_to, struct tri_error *error);
/* One of two or three words: its place. */
bool tri_value_word(const char *text, const char *const *words, unsigned count, int *ret_at,
                    struct tri_error *error);
/* "200,304" */
bool tri_value_statuses(const char *text, struct tri_expectation *expect, struct tri_error *error);
