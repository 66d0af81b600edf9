/*
 * drive.c - see drive.h.
 */
#include "drive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/list.h"

void drive_open(struct drive *d, enum tri_method method, const char *path, const char *query)
{
    *d = (struct drive){
        .request =
            {
                .method = method,
                .version_minor = 1,
                .keep_alive = true,
                .target = {.path = tri_slice_of(path), .query = tri_slice_of(query)},
            },
        .sent = calloc(1, 1),
    };
    tri_arena_init(&d->arena, NULL, 1 << 20);
    tri_exchange_init(&d->x, &d->request, &d->arena);
    d->output = (struct tri_output){.at = d->room, .room = sizeof(d->room)};
    d->x.output = &d->output;
    d->x.date = TRI_SLICE("Sun, 06 Nov 1994 08:49:37 GMT");
    d->x.now_ns = DRIVE_START_NS;
}

void drive_close(struct drive *d)
{
    tri_exchange_deinit(&d->x);
    tri_arena_reset(&d->arena);
    free(d->sent);
}

void drive_narrow(struct drive *d, size_t bytes)
{
    d->output.room = bytes;
}

void drive_field(struct drive *d, const char *name, const char *value)
{
    uint32_t room = sizeof(d->fields) / sizeof(*d->fields);
    uint32_t count = d->request.fields.count;
    cr_assert(lt(u32, count, room));
    d->fields[count] = (struct tri_field){tri_slice_of(name), tri_slice_of(value)};
    d->request.fields = (struct tri_fields){d->fields, count + 1, room};
}

void drive_param(struct drive *d, const char *name, const char *value)
{
    d->request.params[d->request.param_count++] =
        (struct tri_field){tri_slice_of(name), tri_slice_of(value)};
}

struct tri_next drive_call(struct drive *d, const struct tri_handler *handler)
{
    if (d->x.piece.len == 0 && d->body.len > 0) {
        size_t len = d->piece_bytes && d->piece_bytes < d->body.len ? d->piece_bytes : d->body.len;
        d->x.piece = (struct tri_slice){d->body.at, len};
        d->body = tri_slice_from(d->body, len);
    }
    d->x.body_done = d->body.len == 0;
    d->calls++;
    return handler->handle(&d->x);
}

static void append(struct drive *d, const char *bytes, size_t len)
{
    d->sent = realloc(d->sent, d->sent_len + len + 1);
    memcpy(d->sent + d->sent_len, bytes, len);
    d->sent_len += len;
    d->sent[d->sent_len] = '\0';
}

void drive_flush(struct drive *d)
{
    append(d, d->output.at, d->output.len);
    d->output.len = 0;
}

char *drive_parts(const struct drive *d, size_t *ret_len)
{
    const struct tri_response *response = &d->x.response;
    const struct tri_part *parts = response->parts ? response->parts : &response->whole;
    char *all = malloc((size_t)response->length + 1);
    size_t len = 0;
    for (uint32_t i = 0; i < response->part_count; i++) {
        size_t bytes = (size_t)parts[i].length;
        if (parts[i].memory) {
            memcpy(all + len, parts[i].memory, bytes);
        } else if (pread(response->file, all + len, bytes, parts[i].offset) != (ssize_t)bytes) {
            free(all);
            return NULL;
        }
        len += bytes;
    }
    cr_assert(eq(sz, len, (size_t)response->length));
    all[len] = '\0';
    *ret_len = len;
    return all;
}

static void finish_reply(struct drive *d)
{
    cr_assert(tri_exchange_head(&d->x));
    drive_flush(d);
    if (d->x.response.body != TRI_BODY_PARTS || d->x.framing == TRI_FRAMING_NONE)
        return;
    size_t len = 0;
    char *parts = drive_parts(d, &len);
    cr_assert(parts != NULL, "the file is too short");
    append(d, parts, len);
    free(parts);
}

/* Until the handler is done. */
static void grant(struct drive *d, const struct tri_handler *handler)
{
    for (;;) {
        struct tri_next next = drive_call(d, handler);
        if (next.kind == TRI_NEXT_DONE)
            break;
        if (next.kind == TRI_NEXT_AT) {
            cr_assert(gt(i64, next.at_ns, d->x.now_ns), "waiting for the past");
            d->x.now_ns = next.at_ns;
        }
        cr_assert(next.kind != TRI_NEXT_BODY || !d->x.body_done, "waiting for no body");
        cr_assert(next.kind != TRI_NEXT_ROOM || d->output.len > 0, "waiting for room it has");
        drive_flush(d);
    }
}

static void finish(struct drive *d)
{
    if (!d->x.head_written) {
        finish_reply(d);
        return;
    }
    while (!tri_exchange_end(&d->x)) {
        cr_assert(gt(sz, d->output.len, 0));
        drive_flush(d);
    }
    cr_assert(d->x.failed == false);
    drive_flush(d);
}

void drive_finish(struct drive *d, const struct tri_handler *handler)
{
    grant(d, handler);
    finish(d);
}

static bool run_step(struct tri_exchange *x, tri_handle *step, void *state)
{
    struct drive *d = TRI_CONTAINER(x, struct drive, x);
    const struct tri_handler act = {.handle = step};
    void *own = x->state;
    x->state = state;
    x->output = &d->output;
    grant(d, &act);
    drive_flush(d);
    x->output = NULL;
    x->state = own;
    return true;
}

void drive_run(struct drive *d, const struct tri_handler *handler)
{
    d->x.run_step = run_step;
    d->x.output = NULL;
    cr_assert(eq(int, handler->handle(&d->x).kind, TRI_NEXT_DONE));
    d->x.output = &d->output;
    finish(d);
}

int drive_status(const struct drive *d)
{
    return d->x.response.status;
}

const char *drive_reply_field(const struct drive *d, const char *name)
{
    static char value[1024];
    const struct tri_response *response = &d->x.response;
    const char *at = response->lines.at, *end = at ? at + response->lines.len : at;
    size_t len = strlen(name);
    value[0] = '\0';
    for (; at && at < end; at = strchr(at, '\n') + 1) /* prepared lines, each with its CRLF */
        if (strncasecmp(at, name, len) == 0 && at[len] == ':')
            snprintf(value, sizeof(value), "%.*s", (int)strcspn(at + len + 2, "\r"), at + len + 2);
    for (uint32_t i = 0; i < response->field_count; i++)
        if (tri_slice_is_nocase(response->fields[i].name, tri_slice_of(name)))
            snprintf(value, sizeof(value), "%.*s", (int)response->fields[i].value.len,
                     response->fields[i].value.at);
    return value;
}

struct tri_slice drive_body(struct drive *d)
{
    char *end = strstr(d->sent, "\r\n\r\n");
    cr_assert(ne(ptr, end, NULL));
    char *start = end + 4;
    if (d->x.framing != TRI_FRAMING_CHUNKED)
        return (struct tri_slice){start, d->sent_len - (size_t)(start - d->sent)};
    char *to = start;
    for (char *at = start;;) {
        size_t len = strtoul(at, &at, 16);
        cr_assert(memcmp(at, "\r\n", 2) == 0);
        memmove(to, at + 2, len);
        to += len;
        at += 2 + len;
        cr_assert(memcmp(at, "\r\n", 2) == 0);
        at += 2;
        if (len == 0) {
            cr_assert(eq(ptr, at, d->sent + d->sent_len), "bytes behind the last chunk");
            break;
        }
    }
    return (struct tri_slice){start, (size_t)(to - start)};
}

bool drive_body_is(struct drive *d, const char *text)
{
    return tri_slice_is(drive_body(d), tri_slice_of(text));
}

bool drive_has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

bool drive_lacks(const char *text, const char *part)
{
    return !drive_has(text, part);
}
