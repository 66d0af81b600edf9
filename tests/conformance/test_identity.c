/*
 * test_identity.c - the same bytes leave all three modes, plain and over TLS, however a request is
 * cut.
 *
 * Every row of the tables is sent whole to each mode, then in two pieces at each of its bytes (of
 * long rows: at CUTS of them), then byte by byte, always followed by the end of our side. What
 * comes back until the end must be one and the same, but for:
 *
 *     Date          masked
 *     chunks        joined: an echo's chunks are as its body came
 *     100 Continue  left out: whether a body is waited for depends on when it comes
 *
 * Over TLS each row is sent whole to each mode, and to one of them, by turns, in two records with a
 * pause between and in as many as there are bytes. What the parser makes of a cut is decided above
 * the transport and has been tried at all places; what the transport can do wrong is to bring a
 * piece late, twice or not at all, because OpenSSL holds it while a mode waits for the socket, or
 * to miss the end behind it. For that it matters that there are several records, and what their
 * number is to a read, but not at which byte of the request they meet; the place of the one cut
 * moves from row to row all the same. Records that are cut by TCP are the business of tests/tls.
 *
 * All connections of one mode, and those over TLS, go through each step together, so that one pause
 * serves them all.
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
    bool is_cut = parsed != SUPPORT_WHOLE;
    if (client->ssl && client->reset)
        fputs("[reset]", to);
    else if (client->ssl && client->eof && client->cut != is_cut)
        fputs(is_cut ? "[close_notify behind a cut]" : "[no close_notify]", to);
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

/* One way to send a stream to one server. */
struct trial {
    const struct support_server *server;
    size_t cut; /* length of the first piece; 0: byte by byte; bytes.len: whole */
    struct support_client client;
};

static struct trial trials[CUTS + MODES + 1]; /* those that go together */

/* A client that is refused early may find its second piece unwanted: that is no fault. */
static void play(const struct stream *stream, size_t count)
{
    struct tri_slice bytes = stream->bytes;
    for (size_t i = 0; i < count; i++) {
        support_client_open_to(&trials[i].client, trials[i].server);
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
              "\"%s\": --mode=%s%s, cut behind byte %zu of %zu, differs at byte %zu from "
              "--mode=%s, whole: \"%.80s\" is wanted, \"%.80s\" came",
              stream->row->name, trial->server->mode,
              trial->server->transport == SUPPORT_TLS ? ", TLS" : "", trial->cut, stream->bytes.len,
              at, support_modes[0], wanted.text + from, found.text + from);
}

/* Compare what `trials` got with *wanted, or make it that when there is none yet. */
static void compare(const struct stream *stream, size_t count, struct transcript *wanted)
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

/* Add those of one server that are in pieces: cut at up to `cuts` places, and byte by byte. */
static size_t add_pieces(size_t count, const struct stream *stream,
                         const struct support_server *server, size_t cuts, size_t turn)
{
    size_t len = stream->bytes.len, places = len > 1 ? len - 1 : 0;
    if (cuts > places)
        cuts = places;
    for (size_t i = 0; i < cuts; i++)
        trials[count++] =
            (struct trial){.server = server, .cut = 1 + (i * places / cuts + turn) % places};
    if (len > 1 && len <= BYTEWISE_MOST)
        trials[count++] = (struct trial){.server = server, .cut = 0};
    return count;
}

static size_t add_whole(size_t count, const struct stream *stream,
                        const struct support_server *server)
{
    trials[count] = (struct trial){.server = server, .cut = stream->bytes.len};
    return count + 1;
}

struct servers { /* one of each mode */
    struct support_server plain[MODES], tls[MODES];
};

static void try_plain(const struct stream *stream, const struct support_server *server,
                      struct transcript *wanted)
{
    size_t count = add_whole(0, stream, server);
    count = add_pieces(count, stream, server, CUTS, 0);
    play(stream, count);
    compare(stream, count, wanted);
}

static void try_tls(const struct stream *stream, const struct support_server servers[static MODES],
                    size_t turn, struct transcript *wanted)
{
    size_t count = 0;
    for (unsigned mode = 0; mode < MODES; mode++)
        count = add_whole(count, stream, &servers[mode]);
    count = add_pieces(count, stream, &servers[turn % MODES], 1, turn * 31);
    play(stream, count);
    compare(stream, count, wanted);
}

/* `turn` chooses the mode that gets it in pieces over TLS. */
static void try_row(const struct row *row, const struct servers *servers, size_t turn)
{
    struct transcript wanted = {NULL, 0};
    size_t len;
    char *send = row_bytes(row, &len);
    send = realloc(send, len + row->then.len + 1);
    tri_assert(send);
    if (row->then.len > 0)
        memcpy(send + len, row->then.at, row->then.len);
    const struct stream stream = {row, {send, len + row->then.len}};
    for (unsigned mode = 0; mode < MODES && row_is_for(row, SUPPORT_PLAIN); mode++)
        try_plain(&stream, &servers->plain[mode], &wanted);
    if (row_is_for(row, SUPPORT_TLS))
        try_tls(&stream, servers->tls, turn, &wanted);
    free(wanted.text);
    free(send);
}

static void start(const struct topic *topic, struct support_server servers[static MODES],
                  enum support_transport transport)
{
    struct tri_error error;
    for (unsigned mode = 0; mode < MODES; mode++)
        cr_assert(topic_start(topic, &servers[mode], transport, support_modes[mode], &error), "%s",
                  error.text);
}

static void stop(struct support_server servers[static MODES])
{
    struct tri_error error;
    for (unsigned mode = 0; mode < MODES; mode++)
        cr_expect(support_server_stop(&servers[mode], &error), "%s", error.text);
}

static void try_topic(const struct topic *topic)
{
    struct servers servers;
    start(topic, servers.plain, SUPPORT_PLAIN);
    start(topic, servers.tls, SUPPORT_TLS);
    for (size_t i = 0; i < topic->count; i++)
        if (!(topic->rows[i].flags & VARIES))
            try_row(&topic->rows[i], &servers, i);
    stop(servers.plain);
    stop(servers.tls);
}

#define X(id)                                                                                      \
    Test(conformance_identity, id)                                                                 \
    {                                                                                              \
        try_topic(&topic_##id);                                                                    \
    }
TOPIC_MAP(X)
#undef X
