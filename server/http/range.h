/*
 * range.h - the Range field of a request (RFC 9110 14.1.2, 14.2), against a known length.
 *
 * Why so strict: a field that names a thousand overlapping pieces is an attack (RFC 9110 17.15),
 * so what comes back is merged, bounded and never larger than the whole.
 */
#pragma once

#include "server/base/slice.h"

#include <stdint.h>

#define TRI_RANGES_MAX 16 /* ranges that are answered; a field with more of them is ignored */

struct tri_range {
    int64_t first, last; /* bytes, both included: 0 <= first <= last < length */
};

enum tri_ranges {
    TRI_RANGES_IGNORED,       /* no such unit, malformed, or abusive: send the whole, 200    */
    TRI_RANGES_FOUND,         /* 206 with these                                              */
    TRI_RANGES_UNSATISFIABLE, /* 416: well formed, but nothing of it lies within the length  */
};

/*
 * Read a Range field.
 *   value   of the field, without blanks around it
 *   length  bytes of the whole representation, >= 0
 *   ranges  those that can be satisfied, in the order asked for; overlapping and touching ones
 *           are merged into the place of the first of them
 */
enum tri_ranges tri_range_parse(struct tri_slice value, int64_t length,
                                struct tri_range ranges[static TRI_RANGES_MAX],
                                uint32_t *ret_count);
