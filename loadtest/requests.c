/*
 * requests.c - request bytes and their order; see requests.h.
 */
#include "loadtest/requests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/buf.h"
#include "server/base/error.h"

#define FILE_MAX (64u << 20)
#define BYTES_MAX (256u << 20) /* of one request with all its copies */

struct draft {
    struct tri_slice method, target, body;
    struct tri_slice fields; /* whole lines of the file, may be empty */
    unsigned weight;
};

bool tri_file_read(const char *path, char **ret_bytes, size_t *ret_len, struct tri_error *error)
{
    bool ok = false;
    struct tri_buf all = {0};
    FILE *file = fopen(path, "rb");
    if (!file) {
        tri_error_os(error, "%.100s", path);
        return false;
    }
    for (;;) {
        if (!tri_buf_reserve(&all, 65536, FILE_MAX)) {
            tri_error_set(error, "%.100s: is larger than 64 MiB", path);
            goto done;
        }
        size_t got = fread(tri_buf_tail(&all), 1, 65536, file);
        tri_buf_added(&all, got);
        if (got == 0)
            break;
    }
    if (ferror(file)) {
        tri_error_os(error, "%.100s", path);
        goto done;
    }
    *ret_len = tri_buf_len(&all);
    *ret_bytes = all.bytes;
    all = (struct tri_buf){0};
    ok = true;
done:
    tri_buf_free(&all);
    fclose(file);
    return ok;
}

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

/* Take the next line off `text`; without its line end. */
static struct tri_slice take_line(struct tri_slice *text)
{
    const char *end = text->len ? memchr(text->at, '\n', text->len) : NULL;
    size_t len = end ? (size_t)(end - text->at) : text->len;
    struct tri_slice line = {text->at, len};
    *text = tri_slice_from(*text, end ? len + 1 : len);
    if (line.len && line.at[line.len - 1] == '\r')
        line.len--;
    return line;
}

static bool has_field(const struct draft *draft, const struct tri_request_spec *spec,
                      const char *name)
{
    struct tri_slice rest = draft->fields;
    while (rest.len)
        if (names(take_line(&rest), name))
            return true;
    for (unsigned i = 0; i < spec->field_count; i++)
        if (names(tri_slice_of(spec->fields[i]), name))
            return true;
    return false;
}

static bool add_fields(struct tri_buf *bytes, const struct tri_plan *plan,
                       const struct draft *draft, const struct tri_request_spec *spec)
{
    char length[64];
    bool ok = true;
    struct tri_slice rest = draft->fields;
    if (!has_field(draft, spec, "Host"))
        ok = add_text(bytes, "Host: ") && add_text(bytes, plan->target.authority) &&
             add_text(bytes, "\r\n");
    while (ok && rest.len) {
        struct tri_slice line = take_line(&rest);
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

static bool build(struct tri_plan *plan, const struct draft *draft,
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
    struct draft draft = {
        tri_slice_of(method), tri_slice_of(plan->target.path), spec->body, {NULL, 0}, 1};
    plan->request = calloc(1, sizeof(*plan->request));
    if (!plan->request) {
        tri_error_os(error, "requests");
        return false;
    }
    plan->request_count = 1;
    return build(plan, &draft, spec, &plan->request[0], error) && tri_requests_cycle(plan, error);
}

/* --- the file --- */

static bool begins(struct tri_slice text, const char *with)
{
    size_t len = strlen(with);
    return text.len >= len && memcmp(text.at, with, len) == 0;
}

/* "### anything weight=3" */
static bool take_weight(struct tri_slice line, unsigned *weight)
{
    const char *found = line.len ? memmem(line.at, line.len, "weight=", 7) : NULL;
    *weight = 1;
    if (!found)
        return true;
    unsigned value = 0, digits = 0;
    for (const char *c = found + 7; c < line.at + line.len && *c >= '0' && *c <= '9'; c++) {
        value = value * 10 + (unsigned)(*c - '0');
        if (++digits > 5)
            return false;
    }
    *weight = value;
    return digits > 0 && value > 0;
}

/* "GET /path" or "GET /path HTTP/1.1" or "GET http://anybody/path" */
static bool take_request_line(struct tri_slice line, struct draft *draft)
{
    const char *blank = line.len ? memchr(line.at, ' ', line.len) : NULL;
    if (!blank || blank == line.at)
        return false;
    draft->method = (struct tri_slice){line.at, (size_t)(blank - line.at)};
    draft->target = tri_slice_from(line, draft->method.len + 1);
    const char *version = memchr(draft->target.at, ' ', draft->target.len);
    if (version)
        draft->target.len = (size_t)(version - draft->target.at);
    return draft->target.len > 0 && draft->target.at[0] == '/';
}

/* Everything up to the next line that begins with "###", which stays. */
static struct tri_slice take_section(struct tri_slice *text)
{
    struct tri_slice section = {text->at, 0}, rest = *text;
    while (rest.len && !begins(rest, "###")) {
        take_line(&rest);
        section.len = text->len - rest.len;
    }
    *text = rest;
    return section;
}

static bool take_draft(struct tri_slice section, struct draft *draft)
{
    struct tri_slice line = {NULL, 0};
    while (section.len && line.len == 0)
        line = take_line(&section); /* leading empty lines */
    if (!take_request_line(line, draft))
        return false;
    draft->fields = (struct tri_slice){section.at, 0};
    while (section.len) {
        struct tri_slice before = section;
        line = take_line(&section);
        if (line.len == 0)
            break;
        if (!memchr(line.at, ':', line.len))
            return false;
        draft->fields.len += before.len - section.len;
    }
    while (section.len &&
           (section.at[section.len - 1] == '\n' || section.at[section.len - 1] == '\r'))
        section.len--; /* the empty lines before the next ### */
    draft->body = section;
    return true;
}

static bool add_request(struct tri_plan *plan, struct draft *draft,
                        const struct tri_request_spec *spec, struct tri_error *error)
{
    char path[512], *body = NULL;
    if (plan->request_count == TRI_REQUESTS_MAX) {
        tri_error_set(error, "more than %d requests", TRI_REQUESTS_MAX);
        return false;
    }
    if (begins(draft->body, "@") && !memchr(draft->body.at, '\n', draft->body.len)) {
        snprintf(path, sizeof(path), "%.*s", (int)draft->body.len - 1, draft->body.at + 1);
        if (!tri_file_read(path, &body, &draft->body.len, error))
            return false;
        draft->body.at = body;
    }
    bool ok = build(plan, draft, spec, &plan->request[plan->request_count], error);
    plan->request_count += ok;
    free(body);
    return ok;
}

bool tri_requests_from_text(struct tri_plan *plan, struct tri_slice text,
                            const struct tri_request_spec *spec, struct tri_error *error)
{
    plan->request = calloc(TRI_REQUESTS_MAX, sizeof(*plan->request));
    if (!plan->request) {
        tri_error_os(error, "requests");
        return false;
    }
    while (text.len) {
        struct draft draft = {.weight = 1};
        unsigned number = plan->request_count + 1;
        if (begins(text, "###") && !take_weight(take_line(&text), &draft.weight)) {
            tri_error_set(error, "request %u: its weight is not a number from 1 to 10000", number);
            return false;
        }
        struct tri_slice section = take_section(&text);
        struct tri_slice left = section;
        while (left.len && strchr(" \t\r\n", left.at[0]))
            left = tri_slice_from(left, 1);
        if (left.len == 0)
            continue; /* "###" before the first or after the last */
        if (!take_draft(section, &draft)) {
            tri_error_set(error,
                          "request %u: a line is neither \"METHOD /path\" nor \"Name: value\""
                          " (a body comes after an empty line)",
                          number);
            return false;
        }
        if (!add_request(plan, &draft, spec, error))
            return false;
    }
    if (plan->request_count == 0) {
        tri_error_set(error, "there is no request in it (try a line \"GET /\")");
        return false;
    }
    return tri_requests_cycle(plan, error);
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
