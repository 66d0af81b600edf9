/*
 * law_range.c - a Range field against a bitmap of a small file.
 *
 * The first byte is the length of the file, the rest is the field. The plain reading looks at one
 * character at a time, adds up no numbers that do not matter, and paints bytes.
 */
#include "laws.h"

#include "server/base/assert.h"
#include "server/http/range.h"

enum { FILE_BYTES = 256, FIELD_BYTES = 1024, SPECS = 64, BEYOND = 1000 };

/* What a plain reading makes of the field. */
struct plain {
    bool valid;
    int specs;
    bool wanted[FILE_BYTES];
    int asked[FILE_BYTES]; /* number of the first spec that asked for the byte */
};

static bool is_digit(char byte)
{
    return strchr("0123456789", byte) && byte;
}

/* Numbers beyond the end are all alike. */
static int number_of(const char *digits)
{
    int number = 0;
    for (; is_digit(*digits); digits++)
        number = number > BEYOND ? number : number * 10 + (*digits - '0');
    return number;
}

/* Compare numbers of any length: as text, once both are padded to the same width. */
static bool is_larger(const char *a, const char *b)
{
    char wide[2][FIELD_BYTES];
    const char *both[] = {a, b};
    for (int i = 0; i < 2; i++) {
        size_t len = strspn(both[i], "0123456789");
        memset(wide[i], '0', FIELD_BYTES);
        memcpy(wide[i] + FIELD_BYTES - len, both[i], len);
    }
    return memcmp(wide[0], wide[1], FIELD_BYTES) > 0;
}

static void paint(struct plain *plain, int first, int last, int length)
{
    for (int i = first; i <= last && i < length; i++) {
        if (!plain->wanted[i])
            plain->asked[i] = plain->specs;
        plain->wanted[i] = true;
    }
}

/* One member, NUL-terminated and without blanks around it. */
static void read_spec(struct plain *plain, const char *spec, int length)
{
    size_t first = strspn(spec, "0123456789");
    size_t last = spec[first] == '-' ? strspn(spec + first + 1, "0123456789") : 0;
    if (spec[first] != '-' || spec[first + 1 + last] != '\0' || first + last == 0) {
        plain->valid = false;
        return;
    }
    const char *end = spec + first + 1;
    if (first == 0) {
        int suffix = number_of(end);
        paint(plain, suffix < length ? length - suffix : 0, suffix ? length - 1 : -1, length);
    } else {
        plain->valid = plain->valid && (last == 0 || !is_larger(spec, end));
        paint(plain, number_of(spec), last ? number_of(end) : length - 1, length);
    }
    plain->specs++;
}

static struct plain read_plainly(struct tri_slice field, int length)
{
    struct plain plain = {.valid = field.len > 6 && strncasecmp(field.at, "bytes=", 6) == 0 &&
                                   !memchr(field.at, '\0', field.len)};
    bool is_first = true;

    for (size_t start = 6; plain.valid && start <= field.len; is_first = false) {
        char spec[FIELD_BYTES + 1] = "";
        size_t end = start, blanks = 0, len = 0;
        while (end < field.len && field.at[end] != ',')
            end++;
        for (size_t i = start; i < end; i++) {
            char byte = field.at[i];
            bool is_blank = byte == ' ' || byte == '\t';
            blanks += is_blank && len == 0;
            if (!is_blank || len > 0)
                spec[len++] = byte;
        }
        while (len > 0 && (spec[len - 1] == ' ' || spec[len - 1] == '\t'))
            spec[--len] = '\0';
        if (len > 0 && is_first && blanks > 0)
            plain.valid = false;
        else if (len > 0)
            read_spec(&plain, spec, length);
        start = end + 1;
    }
    plain.valid = plain.valid && plain.specs > 0;
    return plain;
}

/* Ranges lie apart, and inside the length. */
static void check_shape(const struct tri_range *ranges, uint32_t count, int64_t length)
{
    tri_assert(count <= TRI_RANGES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        tri_assert(0 <= ranges[i].first && ranges[i].first <= ranges[i].last);
        tri_assert(ranges[i].last < length);
        for (uint32_t j = 0; j < i; j++)
            tri_assert(ranges[i].last < ranges[j].first - 1 ||
                       ranges[j].last < ranges[i].first - 1);
    }
}

/* The ranges are exactly the runs of wanted bytes, in the order of who first asked for any. */
static void check_runs(const struct plain *plain, const struct tri_range *ranges, uint32_t count)
{
    bool wanted[FILE_BYTES] = {false};
    int before = -1;
    for (uint32_t i = 0; i < count; i++) {
        int asked = plain->specs;
        for (int64_t at = ranges[i].first; at <= ranges[i].last; at++) {
            asked = plain->asked[at] < asked ? plain->asked[at] : asked;
            wanted[at] = true;
        }
        tri_assert(asked > before);
        before = asked;
    }
    tri_assert(memcmp(wanted, plain->wanted, sizeof(wanted)) == 0);
}

static uint32_t count_runs(const struct plain *plain)
{
    uint32_t runs = 0;
    for (int i = 0; i < FILE_BYTES; i++)
        runs += plain->wanted[i] && (i == 0 || !plain->wanted[i - 1]);
    return runs;
}

void tri_law_range(struct tri_slice input)
{
    struct tri_range ranges[TRI_RANGES_MAX];
    uint32_t count;

    if (input.len == 0 || input.len > FIELD_BYTES)
        return;
    int length = (unsigned char)input.at[0];
    struct tri_slice field = tri_slice_from(input, 1);
    if (field.len > 0 && strchr(" \t", field.at[field.len - 1]) && field.at[field.len - 1])
        return; /* values come without blanks around them */

    struct plain plain = read_plainly(field, length);
    uint32_t runs = count_runs(&plain);
    enum tri_ranges expected = TRI_RANGES_FOUND;
    if (!plain.valid || plain.specs > SPECS || runs > TRI_RANGES_MAX)
        expected = TRI_RANGES_IGNORED;
    else if (runs == 0)
        expected = TRI_RANGES_UNSATISFIABLE;
    tri_assert(tri_range_parse(field, length, ranges, &count) == expected);
    tri_assert(count == (expected == TRI_RANGES_FOUND ? runs : 0));
    check_shape(ranges, count, length);
    if (count > 0)
        check_runs(&plain, ranges, count);

    enum tri_ranges kind = tri_range_parse(field, INT64_MAX, ranges, &count);
    tri_assert((kind == TRI_RANGES_FOUND) == (count > 0));
    tri_assert(plain.valid || kind == TRI_RANGES_IGNORED);
    check_shape(ranges, count, INT64_MAX);
}
