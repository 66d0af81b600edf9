/*
 * flow.h - tests that are more than a row: each runs in every mode, with a server of its own.
 *
 *     FLOW(answers_in_pieces, "--limit-output=4KiB")
 *     {
 *         struct support_client client;
 *         support_client_open(&client, port);
 *         ...
 *     }
 *
 * The file that includes it has FLOW_SUITES(name) once, before its flows.
 */
#pragma once

#include "server/base/slice.h"
#include "tests/support/client.h"
#include "tests/support/server.h"

#include <criterion/criterion.h>
#include <stdint.h>

#define FLOW_SUITES(name)                                                                          \
    TestSuite(name##_threads, .timeout = 60);                                                      \
    TestSuite(name##_loop, .timeout = 60);                                                         \
    TestSuite(name##_mn, .timeout = 60)

typedef void flow_run(struct support_server *server, uint16_t port);

#define FLOW(suite, id, ...)                                                                       \
    static flow_run id;                                                                            \
    static const char *const id##_flags[] = {__VA_ARGS__, NULL};                                   \
    Test(suite##_threads, id)                                                                      \
    {                                                                                              \
        flow_in("threads", id##_flags, id);                                                        \
    }                                                                                              \
    Test(suite##_loop, id)                                                                         \
    {                                                                                              \
        flow_in("loop", id##_flags, id);                                                           \
    }                                                                                              \
    Test(suite##_mn, id)                                                                           \
    {                                                                                              \
        flow_in("mn", id##_flags, id);                                                             \
    }                                                                                              \
    static void id(struct support_server *server __attribute__((unused)),                          \
                   uint16_t port __attribute__((unused)))

/* Start a server, run, and see that the server still serves and ends well. */
void flow_in(const char *mode, const char *const flags[], flow_run *run);

/* Expect one whole response with this status, and with this body unless NULL. */
void flow_expect(struct support_client *client, int status, const char *body);

/* The same for a response to HEAD. */
void flow_expect_head(struct support_client *client, int status);

/* Expect the end of the connection, and nothing before it. */
void flow_expect_over(struct support_client *client);

/* The server has been told to end: it does, with exit code 0. */
void flow_expect_ended(struct support_server *server);

/* A connection of its own gets its answer. */
void flow_expect_served(uint16_t port);

void flow_send(struct support_client *client, const char *text);
