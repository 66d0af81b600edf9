/*
 * serving.h - one server of a given mode under test, and clients that ask it for a path.
 *
 * Each test of a mode runs once per mode: EACH_MODE(suite, name) opens such a test, in which
 * `mode` is the name of the mode.
 */
#pragma once

#include "tests/support/client.h"
#include "tests/support/server.h"

#include <stdint.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

extern struct support_server server; /* at most one in a test */

#define FLAGS(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

#define EACH_MODE(suite, name)                                                                     \
    static void suite##_##name(const char *mode);                                                  \
    ParameterizedTestParameters(suite, name)                                                       \
    {                                                                                              \
        static int modes[] = {0, 1, 2};                                                            \
        return cr_make_param_array(int, modes, 3);                                                 \
    }                                                                                              \
    ParameterizedTest(int *index, suite, name)                                                     \
    {                                                                                              \
        suite##_##name(support_modes[*index]);                                                     \
    }                                                                                              \
    static void suite##_##name(const char *mode)

/* A file in a folder of the test's own, between scratch_make() and scratch_remove(). */
extern char scratch_path[64];
void scratch_make(void);
void scratch_remove(void);
void scratch_write(const char *text);

/* --name=value; a few of them are valid at a time. */
const char *flag(const char *name, const char *value);

/* Start the server; NULL for no flags. */
void serve(const char *mode, const char *const flags[]);

/* End it by SIGTERM; it must exit 0. */
void finish(void);

/* Wait for its end; the exit code as program_wait() has it. No more is left of it afterwards. */
int wait_for_exit(int64_t ns);

/* Connect, and ask for `path`. */
struct support_client ask(const char *path);

/* Ask on a connection that is there. */
void ask_again(struct support_client *client, const char *path);

/* The status of the next response, 0 when there is none; *ret_close: does it say so? */
int answer(struct support_client *client, bool *ret_close);

/* One request on a connection of its own; its status, and how long it took. */
int fetch(const char *path, int64_t *ret_ns);

/* How many lines that contain `text` the server has written to its standard error. */
unsigned logged(const char *text);
