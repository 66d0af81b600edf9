/*
 * rows.c - see rows.h.
 */
#include "tests/conformance/rows.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/base/assert.h"
#include "server/base/error.h"
#include "tests/conformance/root.h"
#include "tests/support/client.h"

/* --- bytes --- */

/* The length of "{c*N}" at the front of `text`; 0 when there is none. */
static size_t repetition(struct tri_slice text, char *ret_kind, size_t *ret_count)
{
    size_t i = 3;
    if (text.len < 5 || text.at[0] != '{' || !strchr("*=", text.at[2]))
        return 0;
    *ret_kind = text.at[2];
    *ret_count = 0;
    for (; i < text.len && isdigit((unsigned char)text.at[i]); i++)
        *ret_count = *ret_count * 10 + (size_t)(text.at[i] - '0');
    return i < text.len && i > 3 && text.at[i] == '}' ? i + 1 : 0;
}

/* One pass: copy `text`, with `filler` bytes for a {c=N}. `at` may be NULL, to measure. */
static size_t expand(struct tri_slice text, size_t filler, size_t *ret_target, char *at)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len;) {
        char kind = 0;
        size_t count = 1;
        size_t used = repetition(tri_slice_from(text, i), &kind, &count);
        char byte = text.at[used ? i + 1 : i];
        if (kind == '=' && used) {
            *ret_target = count;
            count = filler;
        } else if (!used) {
            count = 1;
        }
        if (at)
            memset(at + len, byte, count);
        len += count;
        i += used ? used : 1;
    }
    return len;
}

char *row_bytes(const struct row *row, size_t *ret_len)
{
    size_t target = 0, filler = 0;
    size_t len = row->send.len;
    if (row->flags & EXPAND) {
        len = expand(row->send, 0, &target, NULL);
        filler = target > len ? target - len : 0;
        len += filler;
    }
    char *bytes = malloc(len + 1);
    tri_assert(bytes);
    if (row->flags & EXPAND)
        expand(row->send, filler, &target, bytes);
    else
        memcpy(bytes, row->send.at, len);
    *ret_len = len;
    return bytes;
}

/* --- what is expected --- */

bool row_answer_next(const char **list, struct row_answer *ret_answer)
{
    *list += strspn(*list, " ");
    if (!**list)
        return false;
    char *end;
    *ret_answer = (struct row_answer){.status = (int)strtol(*list, &end, 10)};
    ret_answer->to_head = *end == '-';
    ret_answer->cut = *end == '!';
    ret_answer->optional = *end == '?';
    *list = end + (*end && *end != ' ');
    return true;
}

bool row_is_to_head(const struct row *row, size_t i)
{
    const char *list = row->answers;
    struct row_answer answer = {0};
    for (size_t at = 0; at <= i; at++)
        if (!row_answer_next(&list, &answer))
            return false;
    return answer.to_head;
}

/* Does the body hold each line of row->holds? */
static bool judge_held(const struct row *row, struct tri_slice body, struct tri_error *why)
{
    for (const char *at = row->holds; at && *at;) {
        struct tri_slice text = {at, strcspn(at, "\n")};
        bool absent = *at == '!';
        bool is_held = memmem(body.at, body.len, at + absent, text.len - absent) != NULL;
        if (is_held == absent) {
            tri_error_set(why, "\"%.*s\" is wanted in the body", (int)text.len, text.at);
            return false;
        }
        at += text.len + (at[text.len] == '\n');
    }
    return true;
}

/* Does the last answer have the body and the fields that the row wants? */
static bool judge_content(const struct row *row, const struct support_response *response,
                          struct tri_error *why)
{
    struct tri_slice body = {response->body, response->body_bytes};
    if (row->body && !tri_slice_is(body, tri_slice_of(row->body))) {
        tri_error_set(why, "the body is \"%.*s\"", (int)(body.len < 80 ? body.len : 80), body.at);
        return false;
    }
    for (const char *at = row->fields; at && *at;) {
        struct tri_slice line = {at, strcspn(at, "\n")};
        char name[64];
        bool absent = *at == '!';
        const char *colon = memchr(line.at, ':', line.len);
        struct tri_slice named = {at + absent, (colon ? (size_t)(colon - at) : line.len) - absent};
        snprintf(name, sizeof(name), "%.*s", (int)named.len, named.at);
        const struct tri_slice *value = support_response_field(response, name);
        bool ok = absent || !value || !colon
                      ? absent == !value
                      : tri_slice_is(*value, tri_slice_from(line, named.len + 2));
        if (!ok) {
            tri_error_set(why, "\"%.*s\" is wanted, %s is \"%.*s\"", (int)line.len, line.at, name,
                          value ? (int)value->len : 6, value ? value->at : "absent");
            return false;
        }
        at += line.len + (at[line.len] == '\n');
    }
    return judge_held(row, body, why);
}

/* --- playing --- */

/* Read one answer; *ret_unused: it was another than this optional one. */
static bool play_answer(const struct row *row, struct support_client *client,
                        const struct row_answer *answer, bool is_last, bool *ret_unused,
                        struct tri_error *why)
{
    struct support_response response;
    bool ends = is_last && row->end == CLOSES;
    size_t used = client->used;
    const char *fault = support_client_response(client, &response, answer->to_head);
    bool is_cut = fault && client->eof && !response.fault && response.status > 0;
    bool ok = false;

    *ret_unused = answer->optional && !fault && response.status != answer->status;
    if (*ret_unused) {
        client->used = used;
        ok = true;
    } else if (answer->cut ? !is_cut : fault != NULL) {
        tri_error_set(why, "%d is wanted, but %s", answer->status,
                      fault ? fault : "the answer is whole");
    } else if (response.status != answer->status) {
        tri_error_set(why, "%d is wanted, %.*s is answered", answer->status,
                      (int)strcspn(response.head.at, "\r"), response.head.at);
    } else if (!answer->cut && response.close != ends && row->end != LEAVES) {
        tri_error_set(why, "the answer %d %s", response.status,
                      ends ? "does not say Connection: close" : "says Connection: close");
    } else {
        ok = !is_last || answer->cut || judge_content(row, &response, why);
        if (answer->cut) /* all there is belongs to it */
            client->used = client->in_bytes;
    }
    support_response_free(&response);
    return ok;
}

/* A request that must be answered now. */
static bool probe(struct support_client *client, const char *where, struct tri_error *why)
{
    struct support_response response;
    support_client_send(client, ROW_PROBE);
    const char *fault = support_client_response(client, &response, false);
    if (!fault && !tri_slice_is((struct tri_slice){response.body, response.body_bytes}, ROW_PROBED))
        fault = "it got another answer than its own";
    if (fault)
        tri_error_set(why, "a request %s: %s", where, fault);
    support_response_free(&response);
    return !fault;
}

/* The server takes new connections. */
static bool still_serves(const struct support_server *server, struct tri_error *why)
{
    struct support_client client;
    support_client_open_to(&client, server);
    bool ok = probe(&client, "on a new connection", why);
    support_client_close(&client);
    return ok;
}

/* The bytes, and in the same piece what must not be interpreted behind them. */
static void send_first(const struct row *row, struct support_client *client)
{
    size_t len;
    char *bytes = row_bytes(row, &len);
    bool refuses = (row->end == CLOSES || row->end == DROPS) && row->then.len == 0;
    size_t probe_len = refuses ? ROW_PROBE.len : 0;
    bytes = realloc(bytes, len + ROW_PROBE.len);
    tri_assert(bytes);
    if (probe_len > 0)
        memcpy(bytes + len, ROW_PROBE.at, probe_len);
    support_client_send(client, (struct tri_slice){bytes, len + probe_len});
    if (row->end == LEAVES)
        support_client_end(client);
    free(bytes);
}

bool row_is_for(const struct row *row, enum support_transport transport)
{
    return !(row->flags & (transport == SUPPORT_TLS ? PLAIN : SECURE));
}

bool row_play(const struct row *row, const struct support_server *server, struct tri_error *why)
{
    struct support_client client;
    const char *list = row->answers;
    struct row_answer answer = {0};
    bool ok = true, unused = false, then = row->then.len > 0;

    support_client_open_to(&client, server);
    send_first(row, &client);
    while (ok && row_answer_next(&list, &answer)) {
        ok = play_answer(row, &client, &answer, *list == '\0', &unused, why);
        if (then)
            support_client_send(&client, row->then);
        then = false;
    }
    if (ok && row->end == STAYS) {
        ok = probe(&client, "behind it", why);
    } else if (ok) {
        const char *fault =
            answer.cut ? support_client_cut_off(&client) : support_client_over(&client);
        if (fault)
            tri_error_set(why, "at the end, %s", fault);
        ok = !fault;
    }
    support_client_close(&client);
    return ok && (row->end == STAYS || still_serves(server, why));
}

bool topic_start(const struct topic *topic, struct support_server *server,
                 enum support_transport transport, const char *mode, struct tri_error *error)
{
    const char *flags[SUPPORT_SERVER_FLAGS] = {topic->root ? ROOT_FLAG : NULL};
    size_t n = topic->root;
    for (size_t i = 0; topic->flags[i]; i++)
        flags[n++] = topic->flags[i];
    return support_server_start_over(server, transport, mode, flags, error);
}
