/*
 * range.c - see range.h.
 */
#include "server/http/range.h"

#include "server/http/scan.h"

enum { SPECS_MAX = 64 }; /* looked at before merging; honest clients send a few */

/* --- numbers of any length --- */

static struct tri_slice digits_of(struct tri_slice text)
{
    size_t len = 0;
    while (len < text.len && text.at[len] >= '0' && text.at[len] <= '9')
        len++;
    return (struct tri_slice){text.at, len};
}

static struct tri_slice without_zeros(struct tri_slice digits)
{
    while (digits.len > 0 && digits.at[0] == '0')
        digits = tri_slice_from(digits, 1);
    return digits;
}

static bool is_larger(struct tri_slice a, struct tri_slice b)
{
    a = without_zeros(a);
    b = without_zeros(b);
    return a.len != b.len ? a.len > b.len : a.len > 0 && memcmp(a.at, b.at, a.len) > 0;
}

/* What does not fit is INT64_MAX, which lies behind the end of everything. */
static int64_t value_of(struct tri_slice digits)
{
    int64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        int digit = digits.at[i] - '0';
        if (value > (INT64_MAX - digit) / 10)
            return INT64_MAX;
        value = value * 10 + digit;
    }
    return value;
}

/* --- ranges --- */

/* int-range or suffix-range; TRI_RANGES_IGNORED: malformed. */
static enum tri_ranges read_spec(struct tri_slice spec, int64_t length, struct tri_range *range)
{
    struct tri_slice first = digits_of(spec), rest = tri_slice_from(spec, first.len);
    if (rest.len == 0 || rest.at[0] != '-')
        return TRI_RANGES_IGNORED;
    rest = tri_slice_from(rest, 1);
    struct tri_slice last = digits_of(rest);
    if (last.len < rest.len || first.len + last.len == 0)
        return TRI_RANGES_IGNORED;

    range->last = length - 1;
    if (first.len == 0) {
        int64_t suffix = value_of(last);
        range->first = suffix < length ? length - suffix : 0;
        return suffix > 0 && length > 0 ? TRI_RANGES_FOUND : TRI_RANGES_UNSATISFIABLE;
    }
    if (last.len > 0 && is_larger(first, last))
        return TRI_RANGES_IGNORED;
    range->first = value_of(first);
    if (last.len > 0 && value_of(last) < range->last)
        range->last = value_of(last);
    return range->first < length ? TRI_RANGES_FOUND : TRI_RANGES_UNSATISFIABLE;
}

static bool is_touching(struct tri_range a, struct tri_range b)
{
    return a.first <= b.last + 1 && b.first <= a.last + 1;
}

/*
 * Add a range to those before it, none of which touch each other: so whatever touches the union
 * touches the new one, and one pass finds it.
 *   returns  the new count
 */
static uint32_t add(struct tri_range ranges[static SPECS_MAX], uint32_t count,
                    struct tri_range range)
{
    struct tri_range whole = range;
    uint32_t kept = 0, place = SPECS_MAX;

    for (uint32_t i = 0; i < count; i++) {
        struct tri_range other = ranges[i];
        if (!is_touching(other, range)) {
            ranges[kept++] = other;
            continue;
        }
        whole.first = other.first < whole.first ? other.first : whole.first;
        whole.last = other.last > whole.last ? other.last : whole.last;
        if (place == SPECS_MAX)
            place = kept++;
    }
    if (place == SPECS_MAX)
        place = kept++;
    ranges[place] = whole;
    return kept;
}

enum tri_ranges tri_range_parse(struct tri_slice value, int64_t length,
                                struct tri_range ranges[static TRI_RANGES_MAX], uint32_t *ret_count)
{
    static const struct tri_slice unit = {"bytes=", 6};
    struct tri_range found[SPECS_MAX], range;
    struct tri_slice spec;
    uint32_t specs = 0, count = 0;

    *ret_count = 0;
    if (value.len < unit.len || !tri_slice_is_nocase((struct tri_slice){value.at, unit.len}, unit))
        return TRI_RANGES_IGNORED;
    struct tri_slice set = tri_slice_from(value, unit.len), trimmed = tri_scan_trim(set);
    if (trimmed.len == 0 || (trimmed.at != set.at && trimmed.at[0] != ','))
        return TRI_RANGES_IGNORED; /* blanks belong to commas alone */

    while (tri_scan_member(&set, &spec)) {
        if (spec.len == 0)
            continue;
        enum tri_ranges kind = read_spec(spec, length, &range);
        if (kind == TRI_RANGES_IGNORED || ++specs > SPECS_MAX)
            return TRI_RANGES_IGNORED;
        if (kind == TRI_RANGES_FOUND)
            count = add(found, count, range);
    }
    if (specs == 0 || count > TRI_RANGES_MAX)
        return TRI_RANGES_IGNORED;
    memcpy(ranges, found, count * sizeof(found[0]));
    *ret_count = count;
    return count > 0 ? TRI_RANGES_FOUND : TRI_RANGES_UNSATISFIABLE;
}
