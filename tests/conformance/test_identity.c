/*
 * test_identity.c - the same bytes leave all three modes, however a request is cut.
 *
 * Every row of the tables is sent whole to each mode, then in two pieces at each of its bytes (of
 * long rows: at CUTS of them), then byte by byte, always followed by the end of our side. What
 * comes back until the end must be one and the same, but for:
 *
 *     Date          masked
 *     chunks        joined: an echo's chunks are as its body came
 *     100 Continue  left out: whether a body is waited for depends on when it comes
 *
 * CUTS connections at a time go through each step together, so that one pause serves them all.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "tests/conformance/root.h"
#include "tests/conformance/rows.h"
#include "tests/support/client.h"
#include "tests/support/server.h"

enum { MODES = 3, CUTS = 64, BYTEWISE_MOST = 400 };

#define PAUSE_NS (2 * TRI_MILLISECOND) /* a first piece is read before the second comes */

TestSuite(conformance_identity, .timeout = 110, .init = root_enter, .fini = root_leave);

/* --- transcripts --- */

struct transcript {
    char *text; /* owned */
    size_t len;
};

static void write_head(FILE *to, const struct support_response *response)
{
    const struct tri_slice *date = support_response_field(response, "Date");
    struct tri_slice head = response->head;
    size_t before = date ? (size_t)(date->at - head.at) : head.len;
    fwrite(head.at, 1, before, to);
    if (date)
        fwrite(date->at + date->len, 1, head.len - before - date->len, to);
}

/* What the client got, as it is compared. */
static struct transcript transcribe(const struct row *row, const struct support_client *client)
{
    struct transcript made;
    struct tri_slice rest = {client->in, client->in_bytes};
    enum support_parse parsed = SUPPORT_WHOLE;
    FILE *to = open_memstream(&made.text, &made.len);
    tri_assert(to);
    bool skips_interim = strstr(row->answers, "100") == NULL;
    for (size_t i = 0; rest.len > 0 && parsed == SUPPORT_WHOLE;) {
        struct support_response response;
        parsed = support_response_parse(&response, rest, client->eof, row_is_to_head(row, i));
        bool is_interim = response.status == 100;
        if (response.status == 0 || parsed == SUPPORT_MALFORMED) {
            fprintf(to, "[%s]", response.fault ? response.fault : "cut");
            fwrite(rest.at, 1, rest.len, to);
        } else if (!is_interim) {
            write_head(to, &response);
            fwrite(response.body, 1, response.body_bytes, to);
            fputs(parsed == SUPPORT_WHOLE ? "[end]" : "[cut]", to);
        }
        i += !(is_interim && skips_interim);
        rest = tri_slice_from(rest, response.used);
        support_response_free(&response);
    }
    if (!client->eof)
        fputs("[still open]", to);
    tri_assert(fclose(to) == 0);
    return made;
}

static bool is_same(struct transcript a, struct transcript b)
{
    return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

/* --- playing --- */

struct stream {
    const struct row *row;
    struct tri_slice bytes;
};

/* One way to send a stream to one mode. */
struct trial {
    unsigned mode;
    size_t cut; /* length of the first piece; 0: byte by byte; bytes.len: whole */
    struct support_client client;
};

/* A client that is refused early may find its second piece unwanted: that is no fault. */
static void play(const struct stream *stream, struct trial trials[], size_t count,
                 const struct support_server servers[static MODES])
{
    struct tri_slice bytes = stream->bytes;
    for (size_t i = 0; i < count; i++) {
        support_client_open(&trials[i].client, servers[trials[i].mode].port);
        support_client_send(&trials[i].client, (struct tri_slice){bytes.at, trials[i].cut});
    }
    support_pause(PAUSE_NS);
    for (size_t i = 0; i < count; i++) {
        struct trial *trial = &trials[i];
        struct tri_slice rest = tri_slice_from(bytes, trial->cut);
        support_client_send_cut(&trial->client, rest, trial->cut ? rest.len + 1 : 1, 0);
        support_client_end(&trial->client);
    }
    int64_t deadline_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    for (size_t i = 0; i < count; i++)
        support_client_finish(&trials[i].client, deadline_ns);
}

static void report(const struct stream *stream, const struct trial *trial, struct transcript wanted,
                   struct transcript found)
{
    size_t at = 0;
    while (at < wanted.len && at < found.len && wanted.text[at] == found.text[at])
        at++;
    size_t from = at > 40 ? at - 40 : 0;
    cr_expect(false,
              "\"%s\": --mode=%s, cut behind byte %zu of %zu, differs at byte %zu from "
              "--mode=%s, whole: \"%.80s\" is wanted, \"%.80s\" came",
              stream->row->name, support_modes[trial->mode], trial->cut, stream->bytes.len, at,
              support_modes[0], wanted.text + from, found.text + from);
}

/* Compare what `trials` got with *wanted, or make it that when there is none yet. */
static void compare(const struct stream *stream, struct trial trials[], size_t count,
                    struct transcript *wanted)
{
    bool reported = false;
    for (size_t i = 0; i < count; i++) {
        struct transcript found = transcribe(stream->row, &trials[i].client);
        if (!wanted->text) {
            *wanted = found;
        } else {
            if (!is_same(*wanted, found) && !reported) {
                report(stream, &trials[i], *wanted, found);
                reported = true;
            }
            free(found.text);
        }
        support_client_close(&trials[i].client);
    }
}

static void try_stream(const struct stream *stream,
                       const struct support_server servers[static MODES])
{
    static struct trial trials[CUTS + 2];
    struct transcript wanted = {NULL, 0};
    size_t len = stream->bytes.len;
    for (unsigned mode = 0; mode < MODES; mode++) {
        size_t places = len > 1 ? len - 1 : 0, cuts = places < CUTS ? places : CUTS;
        size_t count = 0;
        trials[count++] = (struct trial){.mode = mode, .cut = len};
        for (size_t i = 0; i < cuts; i++)
            trials[count++] = (struct trial){.mode = mode, .cut = 1 + i * places / cuts};
        if (len > 1 && len <= BYTEWISE_MOST)
            trials[count++] = (struct trial){.mode = mode, .cut = 0};
        play(stream, trials, count, servers);
        compare(stream, trials, count, &wanted);
    }
    free(wanted.text);
}

static void try_topic(const struct topic *topic)
{
    struct support_server servers[MODES];
    struct tri_error error;
    for (unsigned mode = 0; mode < MODES; mode++)
        cr_assert(topic_start(topic, &servers[mode], SUPPORT_PLAIN, support_modes[mode], &error),
                  "%s", error.text);
    for (size_t i = 0; i < topic->count; i++) {
        const struct row *row = &topic->rows[i];
        if ((row->flags & VARIES) || !row_is_for(row, SUPPORT_PLAIN))
            continue;
        size_t len;
        char *send = row_bytes(row, &len);
        send = realloc(send, len + row->then.len + 1);
        tri_assert(send);
        if (row->then.len > 0)
            memcpy(send + len, row->then.at, row->then.len);
        struct stream stream = {row, {send, len + row->then.len}};
        try_stream(&stream, servers);
        free(send);
    }
    for (unsigned mode = 0; mode < MODES; mode++)
        cr_expect(support_server_stop(&servers[mode], &error), "%s", error.text);
}

#define X(id)                                                                                      \
    Test(conformance_identity, id)                                                                 \
    {                                                                                              \
        try_topic(&topic_##id);                                                                    \
    }
TOPIC_MAP(X)
#undef X
