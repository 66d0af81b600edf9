/*
 * variant.h - which representation of a file a client gets: as it is, precompressed beside it, or
 * compressed while it is sent (RFC 9110 12.1, 12.5.3).
 */
#pragma once

#include "server/handlers/files/cache.h"
#include "server/http/coding.h"
#include "server/http/exchange.h"

#include <stdbool.h>

struct tri_variant {
    const struct tri_file *file; /* a reference: what is sent, or what is compressed */
    struct tri_slice type;       /* that of the file asked for, whatever the coding */
    struct tri_slice etag;       /* of this representation alone; in the file or the arena */
    enum tri_coding coding;
    bool is_live; /* compressed while it is sent */
    bool varies;  /* another Accept-Encoding may get another representation */
};

/*
 * May the choice fall on what has to be compressed first? What lies compressed on the disk goes
 * before it in any case.
 */
enum tri_live { TRI_LIVE_FREELY, TRI_LIVE_IF_NOTHING_ELSE, TRI_LIVE_NEVER };

/*
 * Choose by Accept-Encoding and by what is at hand.
 *   file     the reference is taken; it comes back in variant->file, or its variant's does
 *   returns  0, or the status to refuse with: 406, 500 (out of memory); the reference is gone then
 */
int tri_variant_choose(struct tri_exchange *x, const struct tri_file *file, enum tri_live live,
                       struct tri_variant *variant);

/* Which fields tell the representation to the client. */
enum tri_telling {
    TRI_TELLING_STORED,     /* all, and that ranges may be asked for                    */
    TRI_TELLING_LIVE,       /* all; ranges of what is made while it is sent are not had */
    TRI_TELLING_VALIDATORS, /* as on a 304: no metadata that the client has (15.4.5)    */
    TRI_TELLING_CHOICE,     /* that there was one; the file may have been given back    */
};

/* Add them to the reply. */
void tri_variant_tell(struct tri_exchange *x, const struct tri_variant *variant,
                      enum tri_telling telling);
