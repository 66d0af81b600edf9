/*
 * report.h - a result for people and for programs.
 */
#pragma once

#include <stdio.h>

#include "loadtest/fingerprint.h"
#include "loadtest/options.h"
#include "loadtest/result.h"

/* "1.23 ms", "45.6 us", "2.00 s": four characters of figure and the unit. */
const char *tri_print_time(double ns, char text[static 16]);
/* "12.3k", "1.20M" */
const char *tri_print_count(double count, char text[static 16]);
/* "4.5 MiB" */
const char *tri_print_bytes(double bytes, char text[static 16]);

/* The loop, in words that begin every report: "closed loop: ..." or "open loop: ...". */
void tri_report_loop(const struct tri_plan *plan, const struct tri_result *result, char *text,
                     size_t room);

void tri_report_text(FILE *to, const struct tri_options *options, const struct tri_result *result);
void tri_report_csv(FILE *to, const struct tri_result *result);

/* One run as a JSON object, schema "tri-load/1"; see loadtest/README.md. */
void tri_report_json(FILE *to, const struct tri_plan *plan, const struct tri_result *result,
                     const struct tri_fingerprint *fingerprint);

/* As a member "fingerprint" with a comma before it. */
void tri_json_fingerprint(FILE *to, const struct tri_fingerprint *fingerprint);

/* A JSON string with its quotes. */
void tri_json_string(FILE *to, const char *text);

/* A page around the JSON of a run or a comparison, which is written between the two. */
void tri_report_html_begin(FILE *to, const char *title);
void tri_report_html_end(FILE *to);
