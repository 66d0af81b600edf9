/*
 * test_tables.c - every row of every topic, in every mode, plain and over TLS. Each failing row is
 * named.
 */
#include <criterion/criterion.h>

#include "server/base/error.h"
#include "tests/conformance/flow.h"
#include "tests/conformance/root.h"
#include "tests/conformance/rows.h"

FLOW_SUITES(conformance, .timeout = 100, .init = root_enter, .fini = root_leave);

static void play(enum support_transport transport, const char *mode, const struct topic *topic)
{
    static const char *const kinds[] = {[SUPPORT_PLAIN] = "plain", [SUPPORT_TLS] = "TLS"};
    struct support_server server;
    struct tri_error error;

    cr_assert(topic_start(topic, &server, transport, mode, &error), "%s", error.text);
    for (size_t i = 0; i < topic->count; i++) {
        const struct row *row = &topic->rows[i];
        struct tri_error why = {.text = ""};
        bool ok = !row_is_for(row, transport) || row_play(row, &server, &why);
        cr_expect(ok, "--mode=%s, %s, %s: \"%s\" (%s): %s", mode, kinds[transport], topic->name,
                  row->name, row->source, why.text);
    }
    cr_expect(support_server_stop(&server, &error), "%s", error.text);
}

#define X(id)                                                                                      \
    FLOW_IN_MODES(conformance, id, SUPPORT_PLAIN, play, &topic_##id)                               \
    FLOW_IN_MODES(conformance_tls, id, SUPPORT_TLS, play, &topic_##id)
TOPIC_MAP(X)
#undef X
