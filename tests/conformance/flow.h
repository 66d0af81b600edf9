/*
 * flow.h - tests that are more than a row: each runs in every mode, plain and over TLS, with a
 * server of its own.
 *
 *     FLOW(conformance_flows, answers_in_pieces, "--limit-output=4KiB")
 *     {
 *         struct support_client client;
 *         support_client_open_to(&client, server);
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

/* Suites NAME_MODE and NAME_tls_MODE; what follows the name is for each of them. */
#define FLOW_SUITES(name, ...)                                                                     \
    FLOW_SUITES_OF(name, __VA_ARGS__);                                                             \
    FLOW_SUITES_OF(name##_tls, __VA_ARGS__)
#define FLOW_SUITES_OF(name, ...)                                                                  \
    TestSuite(name##_threads, __VA_ARGS__);                                                        \
    TestSuite(name##_loop, __VA_ARGS__);                                                           \
    TestSuite(name##_mn, __VA_ARGS__)

typedef void flow_run(struct support_server *server);

#define FLOW(suite, id, ...)                                                                       \
    FLOW_DECLARED(id, __VA_ARGS__)                                                                 \
    FLOW_IN_MODES(suite, id, SUPPORT_PLAIN, flow_in, id##_flags, id)                               \
    FLOW_IN_MODES(suite##_tls, id, SUPPORT_TLS, flow_in, id##_flags, id)                           \
    static void id(struct support_server *server)

/* One in whose outcome TLS has no part, or one that is about TLS. */
#define FLOW_PLAIN(suite, id, ...)                                                                 \
    FLOW_DECLARED(id, __VA_ARGS__)                                                                 \
    FLOW_IN_MODES(suite, id, SUPPORT_PLAIN, flow_in, id##_flags, id)                               \
    static void id(struct support_server *server)
#define FLOW_TLS(suite, id, ...)                                                                   \
    FLOW_DECLARED(id, __VA_ARGS__)                                                                 \
    FLOW_IN_MODES(suite##_tls, id, SUPPORT_TLS, flow_in, id##_flags, id)                           \
    static void id(struct support_server *server)

#define FLOW_DECLARED(id, ...)                                                                     \
    static flow_run id;                                                                            \
    static const char *const id##_flags[] = {__VA_ARGS__, NULL};

/* Tests that call run(transport, mode, ...). */
#define FLOW_IN_MODES(suite, id, transport, run, ...)                                              \
    Test(suite##_threads, id)                                                                      \
    {                                                                                              \
        run(transport, "threads", __VA_ARGS__);                                                    \
    }                                                                                              \
    Test(suite##_loop, id)                                                                         \
    {                                                                                              \
        run(transport, "loop", __VA_ARGS__);                                                       \
    }                                                                                              \
    Test(suite##_mn, id)                                                                           \
    {                                                                                              \
        run(transport, "mn", __VA_ARGS__);                                                         \
    }

/* Start a server, run, and see that the server still serves and ends well. */
void flow_in(enum support_transport transport, const char *mode, const char *const flags[],
             flow_run *run);

/* Expect one whole response with this status, and with this body unless NULL. */
void flow_expect(struct support_client *client, int status, const char *body);

/* The same for a response to HEAD. */
void flow_expect_head(struct support_client *client, int status);

/* Expect the end of the connection, with close_notify over TLS, and nothing before it. */
void flow_expect_over(struct support_client *client);

/* The server has been told to end: it does, with exit code 0. */
void flow_expect_ended(struct support_server *server);

/* A connection of its own gets its answer. */
void flow_expect_served(const struct support_server *server);

void flow_send(struct support_client *client, const char *text);
