/*
 * commands.h - what tri-load can be told to do; each returns an exit code.
 */
#pragma once

#include "loadtest/engine.h"
#include "loadtest/options.h"

enum {
    TRI_EXIT_FINE = 0,
    TRI_EXIT_FAILED = 1,
    TRI_EXIT_USAGE = 2,
    TRI_EXIT_OBJECTIVE = 3,
    TRI_EXIT_INTERRUPTED = 130
};

int tri_command_run(struct tri_options *options);  /* measure once */
int tri_command_lab(struct tri_options *options);  /* sweep, compare */
int tri_command_diff(struct tri_options *options); /* two stored results */

/* Open where a report goes; "-" is standard output. Both say on standard error what failed. */
FILE *tri_report_open(const char *path);
bool tri_report_close(FILE *to, const char *path);
