/*
 * test_tables.c - every row of every topic, in every mode. Each failing row is named.
 */
#include <criterion/criterion.h>

#include "server/base/error.h"
#include "tests/conformance/root.h"
#include "tests/conformance/rows.h"
#include "tests/support/server.h"

TestSuite(conformance_threads, .timeout = 100, .init = root_enter, .fini = root_leave);
TestSuite(conformance_loop, .timeout = 100, .init = root_enter, .fini = root_leave);
TestSuite(conformance_mn, .timeout = 100, .init = root_enter, .fini = root_leave);

static void play(const struct topic *topic, const char *mode)
{
    struct support_server server;
    struct tri_error error;

    cr_assert(topic_start(topic, &server, mode, &error), "%s", error.text);
    for (size_t i = 0; i < topic->count; i++) {
        const struct row *row = &topic->rows[i];
        struct tri_error why = {.text = ""};
        bool ok = row_play(row, server.port, &why);
        cr_expect(ok, "--mode=%s, %s: \"%s\" (%s): %s", mode, topic->name, row->name, row->source,
                  why.text);
    }
    cr_expect(support_server_stop(&server, &error), "%s", error.text);
}

#define X(id)                                                                                      \
    Test(conformance_threads, id)                                                                  \
    {                                                                                              \
        play(&topic_##id, "threads");                                                              \
    }                                                                                              \
    Test(conformance_loop, id)                                                                     \
    {                                                                                              \
        play(&topic_##id, "loop");                                                                 \
    }                                                                                              \
    Test(conformance_mn, id)                                                                       \
    {                                                                                              \
        play(&topic_##id, "mn");                                                                   \
    }
TOPIC_MAP(X)
#undef X
