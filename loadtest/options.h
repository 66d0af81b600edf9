/*
 * options.h - the command line: what to do, and what to tell about it.
 */
#pragma once

#include <stdio.h>

#include "loadtest/plan.h"
#include "loadtest/requests.h"
#include "loadtest/slo.h"

#define TRI_COUNTS_MAX 32  /* connection counts of a sweep */
#define TRI_SERVERS_MAX 16 /* servers of a comparison */

enum tri_command { TRI_COMMAND_RUN, TRI_COMMAND_SWEEP, TRI_COMMAND_COMPARE, TRI_COMMAND_DIFF };

struct tri_options {
    enum tri_command command;
    struct tri_plan plan;
    bool help, version;

    /* texts are borrowed from the command line */
    const char *url, *unix_path, *resolve, *body_file, *request_file;
    const char *watch;                    /* a number or a name */
    const char *server;                   /* a command that is started, with {port} in it */
    const char *modes;                    /* compare: of tri-httpd */
    const char *server_flags;             /* compare: further flags for tri-httpd */
    const char *path;                     /* compare: what is asked for */
    const char *json, *csv, *hgrm, *html; /* files; "-": standard output; NULL: none */
    struct tri_request_spec spec;
    struct tri_slo slo;
    bool has_slo, quiet, has_duration, has_grace, has_interval, has_threads;

    unsigned counts[TRI_COUNTS_MAX]; /* sweep and compare: connections */
    unsigned count_count;
    unsigned rounds;
    char *const *words; /* what is not a flag: servers of a comparison, files of a difference */
    int word_count;
};

/*
 * Read the command line.
 *   returns  false with an error that names flag, value and what would do
 * Does not resolve, read files or build requests: tri_options_finish() does.
 */
bool tri_options_parse(struct tri_options *options, int argc, char *argv[],
                       struct tri_error *error);

/* Make the plan complete for `url`: resolve, read the files, build the requests. */
bool tri_options_finish(struct tri_options *options, const char *url, struct tri_error *error);

void tri_options_help(FILE *to);
