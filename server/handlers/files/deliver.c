/*
 * deliver.c - from a file to its reply: 200, 206, 304, 406, 412 or 416.
 *
 * The order is RFC 9110's: the representation is selected first (12), the conditions are checked
 * against that one (13.2), and only what still stands is cut into ranges (14.2). Range is for GET
 * alone; of several ranges that together are no smaller than the file the file is sent.
 *
 * Ranges and compression while sending exclude each other, since nobody knows which bytes are at
 * an offset of what is not made yet: a request with a Range gets the file as it is.
 */
#include "server/handlers/files/deliver.h"

#include <inttypes.h>
#include <time.h>

#include "server/base/assert.h"
#include "server/handlers/files/compress.h"
#include "server/handlers/files/multipart.h"
#include "server/handlers/files/variant.h"
#include "server/http/conditional.h"
#include "server/http/range.h"

/* What of a request's fields has a say. */
struct asked {
    const struct tri_slice *range; /* the one Range field of a GET, or NULL */
    bool has_condition;            /* any "If-...": only then the wall clock is asked */
};

static struct asked look_for(const struct tri_request *request)
{
    struct asked asked = {0};
    bool may_range = request->method == TRI_METHOD_GET;
    for (uint32_t i = 0; i < request->fields.count; i++) {
        const struct tri_field *field = &request->fields.at[i];
        if (field->name.len > 3 && strncasecmp(field->name.at, "If-", 3) == 0) {
            asked.has_condition = true;
        } else if (tri_slice_is_nocase(field->name, TRI_SLICE("Range"))) {
            may_range = may_range && !asked.range; /* a second one makes it malformed */
            asked.range = &field->value;
        }
    }
    if (!may_range)
        asked.range = NULL;
    return asked;
}

static int64_t wall_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

static struct tri_validators validators_of(const struct tri_variant *variant)
{
    return (struct tri_validators){variant->etag, variant->file->modified_s};
}

static struct tri_next refuse(struct tri_exchange *x, int status)
{
    if (status != TRI_STATUS_NOT_ACCEPTABLE)
        return tri_reply_exhausted(x);
    tri_reply_field(x, TRI_SLICE("Vary"), TRI_SLICE("Accept-Encoding"));
    return tri_reply_error(x, status,
                           TRI_SLICE("this file comes as it is; Accept-Encoding rules that out\n"));
}

static struct tri_next reply_not_modified(struct tri_exchange *x, const struct tri_variant *variant)
{
    tri_variant_tell(x, variant, TRI_TELLING_VALIDATORS);
    return tri_reply_parts(x, TRI_STATUS_NOT_MODIFIED, (struct tri_slice){"", 0}, NULL, 0, -1,
                           tri_file_hold(variant->file));
}

static struct tri_next reply_failed(struct tri_exchange *x, const struct tri_variant *variant)
{
    tri_file_drop(variant->file);
    tri_variant_tell(x, variant, TRI_TELLING_CHOICE);
    return tri_reply_error(x, TRI_STATUS_PRECONDITION_FAILED,
                           TRI_SLICE("a condition of the request does not hold for this file\n"));
}

static struct tri_next reply_unsatisfiable(struct tri_exchange *x,
                                           const struct tri_variant *variant)
{
    struct tri_slice whole = tri_arena_printf(x->arena, "bytes */%" PRId64, variant->file->bytes);
    tri_file_drop(variant->file);
    if (!whole.at)
        return tri_reply_exhausted(x);
    tri_variant_tell(x, variant, TRI_TELLING_CHOICE);
    tri_reply_field(x, TRI_SLICE("Content-Range"), whole);
    return tri_reply_error(x, TRI_STATUS_RANGE_NOT_SATISFIABLE,
                           TRI_SLICE("the file has no such bytes\n"));
}

/* Reply with parts of the file, whose reference goes to the response. */
static struct tri_next reply_parts(struct tri_exchange *x, const struct tri_variant *variant,
                                   int status, struct tri_slice type, const struct tri_part *parts,
                                   uint32_t count)
{
    tri_variant_tell(x, variant, TRI_TELLING_STORED);
    return tri_reply_parts(x, status, type, parts, count, variant->file->fd,
                           tri_file_hold(variant->file));
}

/* One piece of the file: the whole with 200, or a range with 206 and its Content-Range. */
static struct tri_next reply_piece(struct tri_exchange *x, const struct tri_variant *variant,
                                   const struct tri_range *range)
{
    const struct tri_file *file = variant->file;
    struct tri_part *part = tri_arena_alloc(x->arena, sizeof(*part));
    struct tri_slice place = {"", 0};
    if (range)
        place = tri_arena_printf(x->arena, "bytes %" PRId64 "-%" PRId64 "/%" PRId64, range->first,
                                 range->last, file->bytes);
    if (!part || !place.at) {
        tri_file_drop(file);
        return tri_reply_exhausted(x);
    }
    *part = tri_multipart_piece(file, range ? *range : (struct tri_range){0, file->bytes - 1});
    if (range)
        tri_reply_field(x, TRI_SLICE("Content-Range"), place);
    return reply_parts(x, variant, range ? TRI_STATUS_PARTIAL_CONTENT : TRI_STATUS_OK,
                       variant->type, part, 1);
}

/*
 * Several ranges: of the bytes of a coding they would be hard to tell from a multipart that is
 * itself encoded, so there, and where it saves nothing, the whole goes out.
 */
static struct tri_next reply_ranges(struct tri_exchange *x, const struct tri_variant *variant,
                                    const struct tri_range *ranges, uint32_t count)
{
    struct tri_multipart multipart;
    if (variant->coding != TRI_CODING_IDENTITY ||
        !tri_multipart_make(x->arena, variant->file, variant->type, ranges, count, &multipart) ||
        multipart.bytes >= variant->file->bytes)
        return reply_piece(x, variant, NULL);
    return reply_parts(x, variant, TRI_STATUS_PARTIAL_CONTENT, multipart.type, multipart.parts,
                       multipart.count);
}

/* What is there as it will be sent; `range` may be NULL. */
static struct tri_next reply_stored(struct tri_exchange *x, const struct tri_variant *variant,
                                    const struct tri_slice *range, int64_t now_s)
{
    const struct tri_validators validators = validators_of(variant);
    struct tri_range ranges[TRI_RANGES_MAX];
    uint32_t count = 0;
    enum tri_ranges found = TRI_RANGES_IGNORED;
    if (range && tri_conditional_range(x->request, &validators, now_s))
        found = tri_range_parse(*range, variant->file->bytes, ranges, &count);
    switch (found) {
    case TRI_RANGES_UNSATISFIABLE:
        return reply_unsatisfiable(x, variant);
    case TRI_RANGES_FOUND:
        tri_assert(count > 0);
        return count == 1 ? reply_piece(x, variant, ranges)
                          : reply_ranges(x, variant, ranges, count);
    case TRI_RANGES_IGNORED:
        break;
    }
    return reply_piece(x, variant, NULL);
}

struct tri_next tri_deliver(struct tri_exchange *x, const struct tri_file *file)
{
    const struct asked asked = look_for(x->request);
    int64_t now_s = asked.has_condition ? wall_s() : 0;
    enum tri_live live = asked.range ? TRI_LIVE_IF_NOTHING_ELSE : TRI_LIVE_FREELY;
    for (;; live = TRI_LIVE_NEVER) {
        struct tri_variant variant;
        enum tri_condition condition = TRI_CONDITION_HOLDS;
        int status = tri_variant_choose(x, file, live, &variant);
        if (status != 0)
            return refuse(x, status);
        if (asked.has_condition) {
            const struct tri_validators validators = validators_of(&variant);
            condition = tri_conditional_check(x->request, &validators, now_s);
        }
        if (condition == TRI_CONDITION_NOT_MODIFIED)
            return reply_not_modified(x, &variant);
        if (condition == TRI_CONDITION_FAILED)
            return reply_failed(x, &variant);
        if (!variant.is_live)
            return reply_stored(x, &variant, asked.range, now_s);
        if (tri_compress_begin(x, variant.file, variant.coding)) {
            tri_variant_tell(x, &variant, TRI_TELLING_LIVE);
            return tri_compress_step(x);
        }
        file = variant.file; /* no compressor is free: choose again */
    }
}
