/*
 * lab.h - many runs side by side: servers by connection counts by rounds.
 *
 * Rounds are interleaved: every server is measured once before any is measured again, so that a
 * machine whose speed drifts drifts for all of them. What is told of a cell is the median of its
 * rounds, with the least and the greatest.
 */
#pragma once

#include "loadtest/fingerprint.h"
#include "loadtest/options.h"
#include "loadtest/result.h"

enum tri_measure {
    TRI_MEASURE_RATE,
    TRI_MEASURE_P50,
    TRI_MEASURE_P99,
    TRI_MEASURE_P999,
    TRI_MEASURE_CPU,  /* of the server: seconds for 100k requests */
    TRI_MEASURE_PSS,  /* of the server: peak bytes (RSS where PSS may not be read) */
    TRI_MEASURE_EACH, /* bytes that the server holds for each connection, above what it began with
                       */
    TRI_MEASURE_SWITCHES, /* of the server: context switches for each request */
    TRI_MEASURE_FAULTS,
    TRI_MEASURE_COUNT
};

extern const char *const tri_measure_names[TRI_MEASURE_COUNT]; /* as in JSON */

struct tri_cell {
    double *values[TRI_MEASURE_COUNT]; /* owned: one for each round; NAN: not known */
    unsigned count;
    bool is_trusted;
};

struct tri_lab {
    struct tri_options *options; /* borrowed */
    const char *names[TRI_SERVERS_MAX];
    char *commands[TRI_SERVERS_MAX];   /* owned; NULL: it runs already */
    const char *urls[TRI_SERVERS_MAX]; /* borrowed; of one that runs already, NULL: see options */
    unsigned server_count;
    struct tri_cell *cells; /* owned: by server, then by connection count */
    bool was_interrupted;
};

bool tri_lab_init(struct tri_lab *lab, struct tri_options *options, struct tri_error *error);
void tri_lab_deinit(struct tri_lab *lab);
struct tri_cell *tri_lab_cell(const struct tri_lab *lab, unsigned server, unsigned count);

/* Measure everything; a line of progress for each run goes to standard error. */
bool tri_lab_run(struct tri_lab *lab, struct tri_error *error);

/* The median, least and greatest of a measure; false when it is not known. */
bool tri_cell_spread(const struct tri_cell *cell, enum tri_measure measure, double *ret_median,
                     double *ret_least, double *ret_most);

void tri_lab_report_text(FILE *to, const struct tri_lab *lab);
/* Schema "tri-load-lab/1"; see loadtest/README.md. */
void tri_lab_report_json(FILE *to, const struct tri_lab *lab,
                         const struct tri_fingerprint *fingerprint);
