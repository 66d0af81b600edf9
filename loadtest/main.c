/*
 * main.c - tri-load: START HERE. Reads the command line, does what it says, reports.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loadtest/commands.h"
#include "server/base/error.h"
#include "server/base/fd.h"

static int obey(struct tri_options *options)
{
    switch (options->command) {
    case TRI_COMMAND_SWEEP:
    case TRI_COMMAND_COMPARE:
        return tri_command_lab(options);
    case TRI_COMMAND_DIFF:
        return tri_command_diff(options);
    case TRI_COMMAND_RUN:
        break;
    }
    return tri_command_run(options);
}

int main(int argc, char *argv[])
{
    struct tri_options options;
    struct tri_error error = {0};
    int exit_code;
    if (!tri_fd_open_standard()) {
        perror("tri-load: a standard stream is closed, and /dev/null cannot stand in for it");
        return TRI_EXIT_FAILED;
    }
    if (!tri_options_parse(&options, argc, argv, &error)) {
        fprintf(stderr, "tri-load: %s\n", error.text);
        tri_plan_deinit(&options.plan);
        return TRI_EXIT_USAGE;
    }
    if (options.help) {
        tri_options_help(stdout);
        exit_code = TRI_EXIT_FINE;
    } else if (options.version) {
        printf("tri-load %s\n", TRI_VERSION);
        exit_code = TRI_EXIT_FINE;
    } else {
        exit_code = obey(&options);
    }
    tri_plan_deinit(&options.plan);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "tri-load: standard output: could not be written\n");
        exit_code = exit_code ? exit_code : TRI_EXIT_FAILED;
    }
    return exit_code;
}
