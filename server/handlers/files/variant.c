/*
 * variant.c - see variant.h.
 *
 * A coding is looked for on disk only once the client would have it, the best first: a request
 * costs one look-up as a rule, and none when the cache knows that there is nothing.
 *
 * Vary goes by what could happen, not by what did: a cache must know it from the first reply on,
 * even if the precompressed file comes into being later.
 */
#include "server/handlers/files/variant.h"

#include "server/handlers/files/compress.h"
#include "server/handlers/files/files.h"

#define BIT(coding) (1u << (coding))
#define STORED_CODINGS (BIT(TRI_CODING_BROTLI) | BIT(TRI_CODING_ZSTD) | BIT(TRI_CODING_GZIP))

static bool is_compressible(const struct tri_files_options *options, const struct tri_file *file)
{
    return options->compress && file->bytes > 0 && file->bytes >= options->compress_bytes &&
           tri_compress_is_for(file->type);
}

/* The tag of the file with the coding in it: two codings of one file are two representations. */
static struct tri_slice etag_of(struct tri_arena *arena, const struct tri_file *file,
                                enum tri_coding coding)
{
    struct tri_slice etag = tri_slice_of(file->etag);
    if (coding == TRI_CODING_IDENTITY)
        return etag;
    struct tri_slice name = tri_coding_name(coding);
    return tri_arena_printf(arena, "%.*s-%.*s\"", (int)etag.len - 1, etag.at, (int)name.len,
                            name.at);
}

int tri_variant_choose(struct tri_exchange *x, const struct tri_file *file, enum tri_live live,
                       struct tri_variant *variant)
{
    const struct tri_files *files = x->context;
    const struct tri_codings accepted = tri_coding_accepted(&x->request->fields);
    const unsigned could = is_compressible(&files->options, file) ? TRI_COMPRESS_CODINGS : 0;
    unsigned stored = files->options.precompressed ? STORED_CODINGS : 0;

    *variant = (struct tri_variant){.file = file, .type = file->type};
    variant->varies = could || stored;
    for (;;) {
        variant->coding = tri_coding_choose(&accepted, stored | BIT(TRI_CODING_IDENTITY));
        if (variant->coding >= TRI_CODING_IDENTITY)
            break;
        if (tri_file_get_coded(file, variant->coding, x->arena, x->now_ns, &variant->file) == 0) {
            tri_file_drop(file);
            break;
        }
        stored &= ~BIT(variant->coding);
    }
    if (variant->coding >= TRI_CODING_IDENTITY) { /* nothing is stored that would do */
        bool may = live == TRI_LIVE_FREELY ||
                   (live == TRI_LIVE_IF_NOTHING_ELSE && variant->coding >= TRI_CODING_COUNT);
        variant->coding =
            tri_coding_choose(&accepted, (may ? could : 0) | BIT(TRI_CODING_IDENTITY));
        variant->is_live = variant->coding < TRI_CODING_IDENTITY;
    }
    if (variant->coding >= TRI_CODING_COUNT) {
        tri_file_drop(file);
        return TRI_STATUS_NOT_ACCEPTABLE;
    }
    variant->etag = etag_of(x->arena, variant->file, variant->coding);
    if (variant->etag.at)
        return 0;
    tri_file_drop(variant->file);
    return TRI_STATUS_INTERNAL_SERVER_ERROR;
}

void tri_variant_tell(struct tri_exchange *x, const struct tri_variant *variant,
                      enum tri_telling telling)
{
    if (variant->varies)
        tri_reply_field(x, TRI_SLICE("Vary"), TRI_SLICE("Accept-Encoding"));
    if (telling == TRI_TELLING_CHOICE)
        return;
    if (telling == TRI_TELLING_STORED && variant->coding == TRI_CODING_IDENTITY) {
        tri_reply_lines(x, tri_slice_of(variant->file->lines));
        return;
    }
    tri_reply_field(x, TRI_SLICE("ETag"), variant->etag);
    if (telling == TRI_TELLING_VALIDATORS)
        return;
    struct tri_slice modified = tri_slice_of(variant->file->modified);
    if (modified.len > 0)
        tri_reply_field(x, TRI_SLICE("Last-Modified"), modified);
    if (variant->coding != TRI_CODING_IDENTITY)
        tri_reply_field(x, TRI_SLICE("Content-Encoding"), tri_coding_name(variant->coding));
    if (telling == TRI_TELLING_STORED)
        tri_reply_field(x, TRI_SLICE("Accept-Ranges"), TRI_SLICE("bytes"));
}
