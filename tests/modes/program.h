/*
 * program.h - one run of the tri-httpd binary with any flags, whatever becomes of it: for the
 * tests that are about starting and ending. Servers that are to serve come from support/server.h.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct program {
    pid_t pid;
    int out, err; /* owned; standard output and error, in memory */
};

enum { PROGRAM_RUNS = -1 }; /* instead of an exit code */

/* Start it with `flags`, NULL-terminated; asserts that it can be. It dies with the test. */
void program_start(struct program *program, const char *const flags[]);

/* Its exit code, 128 + n after signal n, or PROGRAM_RUNS when it has not ended after `ns`. */
int program_wait(const struct program *program, int64_t ns);

/* What it has written so far to one of its outputs; valid until the next call. */
const char *program_text(int output);

/* Wait for the first line of its standard output, and return all of it; "" when none comes. */
const char *program_first_line(const struct program *program);

/* Run it to its end, which must come by itself. */
int program_run(struct program *program, const char *const flags[]);

/*
 * Have a shell run `line` (ulimit, redirections) before each start of the binary,
 * support/server.h's included. The shell's file is to be removed once that has begun to serve or
 * ended.
 */
void program_wrap(const char *line);
void program_unwrap(void);

/* The living processes of a process group, and the CPU time that they have used. */
struct census {
    unsigned processes;
    pid_t pids[64];
    double cpu_seconds;
};

struct census program_census(pid_t group);
