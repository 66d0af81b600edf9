/*
 * multipart.c - parts in a row:
 *
 *     --BOUNDARY              \
 *     Content-Type: ...        |  memory
 *     Content-Range: ...       |
 *                             /
 *     bytes of the file
 *     --BOUNDARY              \   memory: a line's end ahead of it belongs to the boundary
 *     ...                     /   (RFC 2046 5.1.1)
 *     --BOUNDARY--
 *
 * The boundary is 128 bits of the kernel's chance, so that nobody can write a file that has it.
 */
#include "server/handlers/files/multipart.h"

#include <inttypes.h>
#include <sys/random.h>

#define BOUNDARY_BYTES 16
#define DELIMITER "\r\n--%s"

/* 32 hexadecimal digits. */
static bool make_boundary(char text[static 2 * BOUNDARY_BYTES + 1])
{
    unsigned char chance[BOUNDARY_BYTES];
    if (getrandom(chance, sizeof(chance), GRND_NONBLOCK) != (ssize_t)sizeof(chance))
        return false;
    for (size_t i = 0; i < sizeof(chance); i++) {
        text[2 * i] = "0123456789abcdef"[chance[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[chance[i] & 15];
    }
    text[2 * sizeof(chance)] = '\0';
    return true;
}

struct tri_part tri_multipart_piece(const struct tri_file *file, struct tri_range range)
{
    return (struct tri_part){
        .memory = file->memory ? file->memory + range.first : NULL,
        .offset = range.first,
        .length = range.last - range.first + 1,
    };
}

bool tri_multipart_make(struct tri_arena *arena, const struct tri_file *file, struct tri_slice type,
                        const struct tri_range *ranges, uint32_t count,
                        struct tri_multipart *multipart)
{
    char boundary[2 * BOUNDARY_BYTES + 1];
    struct tri_part *parts = tri_arena_alloc(arena, (2 * (size_t)count + 1) * sizeof(*parts));
    if (!parts || !make_boundary(boundary))
        return false;

    uint32_t at = 0;
    int64_t bytes = 0;
    for (uint32_t i = 0; i <= count; i++) {
        struct tri_slice head =
            i == count
                ? tri_arena_printf(arena, DELIMITER "--\r\n", boundary)
                : tri_arena_printf(arena,
                                   DELIMITER "\r\nContent-Type: %.*s\r\nContent-Range: bytes "
                                             "%" PRId64 "-%" PRId64 "/%" PRId64 "\r\n\r\n",
                                   boundary, (int)type.len, type.at, ranges[i].first,
                                   ranges[i].last, file->bytes);
        if (!head.at)
            return false;
        if (i == 0)
            head = tri_slice_from(head, 2); /* nothing stands before the first delimiter */
        parts[at++] = (struct tri_part){.memory = head.at, .length = (int64_t)head.len};
        bytes += (int64_t)head.len;
        if (i == count)
            break;
        parts[at] = tri_multipart_piece(file, ranges[i]);
        bytes += parts[at++].length;
    }
    *multipart = (struct tri_multipart){
        .type = tri_arena_printf(arena, "multipart/byteranges; boundary=%s", boundary),
        .parts = parts,
        .count = at,
        .bytes = bytes,
    };
    return multipart->type.at != NULL;
}
