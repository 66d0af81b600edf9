/*
 * requests.c - drafts made into the bytes that are sent, and the order in which they are sent.
 *
 * Why beforehand: while it measures, a load tester that formats text is measuring itself. A request
 * is one run of bytes; with a pipeline the same bytes stand there as often as it holds requests, so
 * that all of them go in one write.
 *
 * Why the order is a table: weights are kept exactly over each cycle and spread evenly within it
 * (whom we owe most is next), so that two runs send the same and no random number is drawn.
 */
#include "loadtest/draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/buf.h"
#include "server/base/error.h"

#define BYTES_MAX (256u << 20) /* of one request with all its copies */

static bool add(struct tri_buf *buf, const char *text, size_t len)
{
    return tri_buf_add(buf, (struct tri_slice){text, len}, BYTES_MAX);
}

static bool add_text(struct tri_buf *buf, const char *text)
{
    return add(buf, text, strlen(text));
}

/* Whether a line is the field `name`. */
static bool names(struct tri_slice line, const char *name)
{
    size_t len = strlen(name);
    return line.len > len && line.at[len] == ':' && strncasecmp(line.at, name, len) == 0;
}

struct tri_slice tri_draft_line(struct tri_slice *text)
{
    const char *end = text->len ? memchr(text->at, '\n', text->len) : NULL;
    size_t len = end ? (size_t)(end - text->at) : text->len;
    struct tri_slice line = {text->at, len};
    *text = tri_slice_from(*text, end ? len + 1 : len);
    if (line.len && line.at[line.len - 1] == '\r')
        line.len--;
    return line;
}

static bool has_field(const struct tri_draft *draft, const struct tri_request_spec *spec,
                      const char *name)
{
    struct tri_slice rest = draft->fields;
    while (rest.len)
        if (names(tri_draft_line(&rest), name))
            return true;
    for (unsigned i = 0; i < spec->field_count; i++)
        if (names(tri_slice_of(spec->fields[i]), name))
            return true;
    return false;
}

static bool add_fields(struct tri_buf *bytes, const struct tri_plan *plan,
                       const struct tri_draft *draft, const struct tri_request_spec *spec)
{
    char length[64];
    bool ok = true;
    struct tri_slice rest = draft->fields;
    if (!has_field(draft, spec, "Host"))
        ok = add_text(bytes, "Host: ") && add_text(bytes, plan->target.authority) &&
             add_text(bytes, "\r\n");
    while (ok && rest.len) {
        struct tri_slice line = tri_draft_line(&rest);
        ok = add(bytes, line.at, line.len) && add_text(bytes, "\r\n");
    }
    for (unsigned i = 0; ok && i < spec->field_count; i++)
        ok = add_text(bytes, spec->fields[i]) && add_text(bytes, "\r\n");
    if (ok && draft->body.len && !has_field(draft, spec, "Content-Length") &&
        !has_field(draft, spec, "Transfer-Encoding")) {
        snprintf(length, sizeof(length), "Content-Length: %zu\r\n", draft->body.len);
        ok = add_text(bytes, length);
    }
    if (ok && plan->close && !has_field(draft, spec, "Connection"))
        ok = add_text(bytes, "Connection: close\r\n");
    return ok && add_text(bytes, "\r\n");
}

bool tri_draft_build(struct tri_plan *plan, const struct tri_draft *draft,
                     const struct tri_request_spec *spec, struct tri_request *request,
                     struct tri_error *error)
{
    struct tri_buf bytes = {0};
    unsigned copies = plan->pipeline ? plan->pipeline : 1;
    bool ok = add(&bytes, draft->method.at, draft->method.len) && add_text(&bytes, " ") &&
              add(&bytes, draft->target.at, draft->target.len) &&
              add_text(&bytes, " HTTP/1.1\r\n") && add_fields(&bytes, plan, draft, spec);
    request->head = (uint32_t)tri_buf_len(&bytes);
    ok = ok && (draft->body.len == 0 || add(&bytes, draft->body.at, draft->body.len));
    size_t len = tri_buf_len(&bytes);
    ok = ok && tri_buf_reserve(&bytes, len * copies, BYTES_MAX);
    for (unsigned i = 1; ok && i < copies; i++)
        ok = add(&bytes, bytes.bytes, len);
    if (!ok) {
        tri_buf_free(&bytes);
        tri_error_set(error, "a request with all its pipelined copies is larger than 256 MiB");
        return false;
    }
    request->bytes = bytes.bytes; /* nothing was dropped, so they begin there */
    request->len = (uint32_t)len;
    request->copies = copies;
    request->weight = draft->weight;
    request->is_head = tri_slice_is(draft->method, TRI_SLICE("HEAD"));
    snprintf(request->name, sizeof(request->name), "%.*s %.*s", (int)draft->method.len,
             draft->method.at, (int)(draft->target.len < 50 ? draft->target.len : 50),
             draft->target.at);
    return true;
}

/* --- the order --- */

bool tri_requests_cycle(struct tri_plan *plan, struct tri_error *error)
{
    uint64_t all = 0;
    int64_t owed[TRI_REQUESTS_MAX] = {0};
    for (unsigned i = 0; i < plan->request_count; i++)
        all += plan->request[i].weight;
    if (all == 0 || all > TRI_CYCLE_MAX) {
        tri_error_set(error, "the weights add up to %llu (1 to %d would do)",
                      (unsigned long long)all, TRI_CYCLE_MAX);
        return false;
    }
    plan->cycle = calloc(all, sizeof(*plan->cycle));
    if (!plan->cycle) {
        tri_error_os(error, "requests");
        return false;
    }
    plan->cycle_length = (unsigned)all;
    for (unsigned at = 0; at < all; at++) {
        unsigned best = 0; /* whom we owe most is next */
        for (unsigned i = 0; i < plan->request_count; i++) {
            owed[i] += plan->request[i].weight;
            if (owed[i] > owed[best])
                best = i;
        }
        owed[best] -= (int64_t)all;
        plan->cycle[at] = (uint16_t)best;
    }
    return true;
}

bool tri_requests_from_spec(struct tri_plan *plan, const struct tri_request_spec *spec,
                            struct tri_error *error)
{
    const char *method = spec->method ? spec->method : spec->body.len ? "POST" : "GET";
    struct tri_draft draft = {
        tri_slice_of(method), tri_slice_of(plan->target.path), spec->body, {NULL, 0}, 1};
    plan->request = calloc(1, sizeof(*plan->request));
    if (!plan->request) {
        tri_error_os(error, "requests");
        return false;
    }
    plan->request_count = 1;
    return tri_draft_build(plan, &draft, spec, &plan->request[0], error) &&
           tri_requests_cycle(plan, error);
}

void tri_plan_deinit(struct tri_plan *plan)
{
    for (unsigned i = 0; i < plan->request_count; i++)
        free(plan->request[i].bytes);
    free(plan->request);
    free(plan->cycle);
    free(plan->sources);
    free(plan->expect.fallback);
    plan->request = NULL;
    plan->request_count = 0;
    plan->cycle = NULL;
    plan->sources = NULL;
    plan->expect.fallback = NULL;
}
