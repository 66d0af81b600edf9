/*
 * request_file.c - files: of many requests in the .http form (requests.h), and of bodies.
 *
 * The text is taken apart from the top: sections at "###", in each a request line, fields up to an
 * empty line, and the body. What does not fit is refused with the number of the request; nothing is
 * guessed, since a load of other requests than one meant looks just as good.
 */
#include "loadtest/draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/buf.h"
#include "server/base/error.h"

#define FILE_MAX (64u << 20)

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
static bool take_request_line(struct tri_slice line, struct tri_draft *draft)
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
        tri_draft_line(&rest);
        section.len = text->len - rest.len;
    }
    *text = rest;
    return section;
}

static bool take_draft(struct tri_slice section, struct tri_draft *draft)
{
    struct tri_slice line = {NULL, 0};
    while (section.len && line.len == 0)
        line = tri_draft_line(&section); /* leading empty lines */
    if (!take_request_line(line, draft))
        return false;
    draft->fields = (struct tri_slice){section.at, 0};
    while (section.len) {
        struct tri_slice before = section;
        line = tri_draft_line(&section);
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

static bool add_request(struct tri_plan *plan, struct tri_draft *draft,
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
    bool ok = tri_draft_build(plan, draft, spec, &plan->request[plan->request_count], error);
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
        struct tri_draft draft = {.weight = 1};
        unsigned number = plan->request_count + 1;
        if (begins(text, "###") && !take_weight(tri_draft_line(&text), &draft.weight)) {
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
