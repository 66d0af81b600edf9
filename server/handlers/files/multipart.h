/*
 * multipart.h - several ranges of a file as one body, multipart/byteranges (RFC 9110 14.6, 15.3.7).
 */
#pragma once

#include "server/base/arena.h"
#include "server/handlers/files/cache.h"
#include "server/http/range.h"

#include <stdbool.h>

struct tri_multipart {
    struct tri_slice type;        /* with its boundary */
    const struct tri_part *parts; /* of the file and of memory */
    uint32_t count;
    int64_t bytes; /* of all parts */
};

/* The piece of a file's bytes, from its memory if that is there. */
struct tri_part tri_multipart_piece(const struct tri_file *file, struct tri_range range);

/*
 * Lay `count` ranges out. All memory is of the arena; the file is borrowed.
 *   type     of the file
 *   returns  false: out of memory, or of chance for a boundary
 */
bool tri_multipart_make(struct tri_arena *arena, const struct tri_file *file, struct tri_slice type,
                        const struct tri_range *ranges, uint32_t count,
                        struct tri_multipart *multipart);
