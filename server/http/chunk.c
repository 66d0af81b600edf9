/*
 * chunk.c - see chunk.h.
 */
#include "server/http/chunk.h"

#include "server/http/scan.h"

enum { SIZE_DIGITS = 16 }; /* so that a uint64_t cannot overflow; leading zeros count */

/* Bytes of a quoted-string at the front, quotes included (RFC 9110 5.6.4); 0 when there is none. */
static size_t quoted_bytes(struct tri_slice text)
{
    if (text.len == 0 || text.at[0] != '"')
        return 0;
    for (size_t i = 1; i < text.len; i++) {
        if (text.at[i] == '"')
            return i + 1;
        if (text.at[i] == '\\')
            i++;
    }
    return 0;
}

static struct tri_slice skip_blanks(struct tri_slice text)
{
    size_t len = 0;
    while (len < text.len && (text.at[len] == ' ' || text.at[len] == '\t'))
        len++;
    return tri_slice_from(text, len);
}

/* BWS `sign` BWS at the front of *rest: move behind it; else leave *rest alone. */
static bool take_sign(struct tri_slice *rest, char sign)
{
    struct tri_slice text = skip_blanks(*rest);
    if (text.len == 0 || text.at[0] != sign)
        return false;
    *rest = skip_blanks(tri_slice_from(text, 1));
    return true;
}

/* *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] ) */
static bool extensions_are_valid(struct tri_slice rest)
{
    while (take_sign(&rest, ';')) {
        size_t name = tri_scan_token(rest);
        if (name == 0)
            return false;
        rest = tri_slice_from(rest, name);
        if (!take_sign(&rest, '='))
            continue;
        size_t value = tri_scan_token(rest);
        if (value == 0)
            value = quoted_bytes(rest);
        if (value == 0)
            return false;
        rest = tri_slice_from(rest, value);
    }
    return rest.len == 0;
}

bool tri_chunk_parse(struct tri_chunk_line *chunk, struct tri_slice line,
                     struct tri_refusal *refusal)
{
    size_t digits = 0;
    uint64_t size = 0;

    for (; digits < line.len && tri_scan_hex(line.at[digits]) >= 0; digits++) {
        if (digits == SIZE_DIGITS)
            return tri_refuse(refusal, 400, "A chunk size has too many digits", "RFC 9112 7.1");
        size = size << 4 | (uint64_t)tri_scan_hex(line.at[digits]);
    }
    if (digits == 0)
        return tri_refuse(refusal, 400, "A chunk does not begin with its size", "RFC 9112 7.1");
    if (!extensions_are_valid(tri_slice_from(line, digits)))
        return tri_refuse(refusal, 400,
                          "A chunk size is followed by something else than extensions",
                          "RFC 9112 7.1.1");
    chunk->size = size;
    chunk->extension_bytes = line.len - digits;
    return true;
}
