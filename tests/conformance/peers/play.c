/*
 * play.c - the tables against servers that are running, and tri-httpd beside them.
 *
 *     play_peers root                      make the folder of root.h, say where, and leave it there
 *     play_peers check                     is every freedom that of a row?
 *     play_peers rows                      which rows are compared, which are free, and why
 *     play_peers NAME=PORT...              play, and print tables in Markdown
 *
 * peers/run is who calls it. What failed, and why, goes to standard error, a line each. A row that
 * fails is played once more, since these servers share a machine with their tester.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "tests/conformance/peers/judge.h"
#include "tests/conformance/root.h"
#include "tests/conformance/rows.h"
#include "tests/support/client.h"
#include "tests/support/server.h"

#define ROW_NS (2 * TRI_SECOND) /* for all answers to a row */
#define PLAYERS 8               /* rows played at a time */
#define SERVERS 16

static const struct topic *const topics[] = {
#define X(id) &topic_##id,
    TOPIC_MAP(X)
#undef X
};
#define TOPICS (sizeof(topics) / sizeof(topics[0]))

/* --- one row --- */

static enum verdict look(const struct row *row, enum freedom freedom,
                         const struct support_client *client, bool over, struct tri_error *why)
{
    const struct transcript transcript = {
        {client->in, client->in_bytes}, client->eof, over || client->eof};
    return judge(row, freedom, &transcript, why);
}

/* The row's bytes and the probe in one piece; with `then`, it and the probe follow what comes. */
static void send_row(const struct row *row, struct support_client *client, int64_t deadline_ns)
{
    size_t len;
    char *bytes = row_bytes(row, &len);
    bool probes = row->end != LEAVES;
    if (probes && row->then.len == 0) {
        bytes = realloc(bytes, len + ROW_PROBE.len);
        tri_assert(bytes);
        memcpy(bytes + len, ROW_PROBE.at, ROW_PROBE.len);
        len += ROW_PROBE.len;
    }
    support_client_send(client, (struct tri_slice){bytes, len});
    free(bytes);
    if (row->then.len > 0) {
        support_client_more(client, deadline_ns);
        support_client_send(client, row->then);
        if (probes)
            support_client_send(client, ROW_PROBE);
    }
    if (!probes)
        support_client_end(client);
}

static bool play_row(const struct row *row, enum freedom freedom, uint16_t port,
                     struct tri_error *why)
{
    struct support_client client;
    int64_t deadline_ns = tri_clock_now() + ROW_NS;
    enum verdict verdict = VERDICT_OPEN;
    bool over = false;

    support_client_open(&client, port);
    send_row(row, &client, deadline_ns);
    while (verdict == VERDICT_OPEN && !over) {
        over = !support_client_more(&client, deadline_ns) || client.eof;
        verdict = look(row, freedom, &client, over, why);
    }
    tri_assert(verdict != VERDICT_OPEN);
    support_client_close(&client);
    return verdict == VERDICT_PASSED;
}

/* --- one topic --- */

struct match { /* a topic against a server */
    const struct topic *topic;
    const char *server;
    uint16_t port;
    atomic_size_t next, played, failed;
};

static void *play_rows(void *arg)
{
    struct match *match = arg;
    const struct topic *topic = match->topic;
    for (size_t i; (i = atomic_fetch_add(&match->next, 1)) < topic->count;) {
        const struct row *row = &topic->rows[i];
        enum freedom freedom = freedom_find(topic, row).freedom;
        struct tri_error why = {.text = ""};
        if (freedom == NOT_COMPARED)
            continue;
        atomic_fetch_add(&match->played, 1);
        if (play_row(row, freedom, match->port, &why) || play_row(row, freedom, match->port, &why))
            continue;
        atomic_fetch_add(&match->failed, 1);
        fprintf(stderr, "%s, %s: \"%s\" (%s): %s\n", match->server, topic->name, row->name,
                row->source, why.text);
    }
    return NULL;
}

static void play_match(struct match *match)
{
    pthread_t players[PLAYERS];
    for (size_t i = 0; i < PLAYERS; i++)
        tri_assert(pthread_create(&players[i], NULL, play_rows, match) == 0);
    for (size_t i = 0; i < PLAYERS; i++)
        tri_assert(pthread_join(players[i], NULL) == 0);
}

/* --- all of them --- */

struct contender {
    char name[64];
    uint16_t port;    /* of a server that runs; 0: tri-httpd is started for each topic */
    const char *mode; /* of tri-httpd, borrowed; NULL: another server */
    size_t played[TOPICS], failed[TOPICS];
};

/* Is there a row that other servers can be held to? */
static bool is_compared(const struct topic *topic)
{
    for (size_t i = 0; i < topic->count; i++)
        if (freedom_find(topic, &topic->rows[i]).freedom != NOT_COMPARED)
            return true;
    return false;
}

static bool play_topic(struct contender *contender, size_t t, struct tri_error *error)
{
    struct match match = {.topic = topics[t], .server = contender->name, .port = contender->port};
    struct support_server server;
    if (!is_compared(topics[t]))
        return true;
    if (contender->mode) {
        if (!topic_start(topics[t], &server, SUPPORT_PLAIN, contender->mode, error))
            return false;
        match.port = server.port;
    }
    play_match(&match);
    contender->played[t] = match.played;
    contender->failed[t] = match.failed;
    return !contender->mode || support_server_stop(&server, error);
}

static size_t sum(const size_t counts[static TOPICS])
{
    size_t total = 0;
    for (size_t t = 0; t < TOPICS; t++)
        total += counts[t];
    return total;
}

static void print_tables(const struct contender *contenders, size_t count)
{
    printf("| server | rows compared | rows failed |\n|---|---|---|\n");
    for (size_t i = 0; i < count; i++)
        printf("| %s | %zu | %zu |\n", contenders[i].name, sum(contenders[i].played),
               sum(contenders[i].failed));
    printf("\n| rows failed, by topic | rows |");
    for (size_t i = 0; i < count; i++)
        printf(" %s |", contenders[i].name);
    printf("\n|---|---|");
    for (size_t i = 0; i < count; i++)
        printf("---|");
    for (size_t t = 0; t < TOPICS; t++) {
        if (contenders[0].played[t] == 0)
            continue;
        printf("\n| %s | %zu |", topics[t]->name, contenders[0].played[t]);
        for (size_t i = 0; i < count; i++)
            printf(" %zu |", contenders[i].failed[t]);
    }
    printf("\n");
}

/* "NAME=PORT" */
static bool read_contender(const char *word, struct contender *contender)
{
    const char *equals = strrchr(word, '=');
    unsigned long port = equals ? strtoul(equals + 1, NULL, 10) : 0;
    if (!equals || port == 0 || port > UINT16_MAX)
        return false;
    *contender = (struct contender){.port = (uint16_t)port};
    snprintf(contender->name, sizeof(contender->name), "%.*s", (int)(equals - word), word);
    return true;
}

static int play(char *words[], size_t count)
{
    static struct contender contenders[SERVERS];
    size_t n = 0;
    int code = 0;
    for (size_t i = 0; i < count && n < SERVERS - 3; i++)
        if (!read_contender(words[i], &contenders[n++])) {
            fprintf(stderr, "play_peers: \"%s\" is not NAME=PORT\n", words[i]);
            return 2;
        }
    for (size_t i = 0; i < 3; i++) {
        contenders[n].mode = support_modes[i];
        snprintf(contenders[n].name, sizeof(contenders[n].name), "tri-httpd, %s", support_modes[i]);
        n++;
    }
    root_enter();
    for (size_t i = 0; i < n && code == 0; i++)
        for (size_t t = 0; t < TOPICS && code == 0; t++) {
            struct tri_error error;
            if (!play_topic(&contenders[i], t, &error)) {
                fprintf(stderr, "play_peers: %s: %s\n", contenders[i].name, error.text);
                code = 1;
            }
        }
    root_leave();
    if (code == 0)
        print_tables(contenders, n);
    return code;
}

static int print_rows(void)
{
    static const char *const names[] = {[LETTER] = "as it is",
                                        [TAKES] = "may be taken",
                                        [TAKES_ONCE] = "may be taken, once",
                                        [REFUSES] = "may be refused",
                                        [WAITS] = "may wait",
                                        [SIMPLE] = "may be HTTP/0.9",
                                        [RESOLVES] = "may be any",
                                        [SKIPS_RESIDUE] = "may be taken, its residue refused",
                                        [NOT_COMPARED] = "not compared"};
    for (size_t t = 0; t < TOPICS; t++)
        for (size_t i = 0; i < topics[t]->count; i++) {
            struct freedom_of of = freedom_find(topics[t], &topics[t]->rows[i]);
            printf("%s: %s: %s%s%s\n", topics[t]->name, topics[t]->rows[i].name, names[of.freedom],
                   of.reason ? ": " : "", of.reason ? of.reason : "");
        }
    return 0;
}

int main(int argc, char *argv[])
{
    char path[64];
    if (argc == 2 && strcmp(argv[1], "root") == 0) {
        root_enter();
        tri_assert(getcwd(path, sizeof(path)));
        puts(path);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "check") == 0)
        return freedom_check() ? 0 : 1;
    if (argc == 2 && strcmp(argv[1], "rows") == 0)
        return print_rows();
    return play(argv + 1, (size_t)(argc - 1));
}
