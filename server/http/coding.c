/*
 * coding.c - see coding.h.
 *
 * Of a coding that is named more than once the highest weight counts, so the order of the members
 * does not matter.
 */
#include "server/http/coding.h"

#include "server/base/assert.h"
#include "server/http/scan.h"

static const struct tri_slice names[TRI_CODING_COUNT] = {
    [TRI_CODING_BROTLI] = {"br", 2},
    [TRI_CODING_ZSTD] = {"zstd", 4},
    [TRI_CODING_GZIP] = {"gzip", 4},
    [TRI_CODING_IDENTITY] = {"identity", 8},
};

enum { ANY = TRI_CODING_COUNT, NAMES }; /* "*" is one of the names */

/* Index of a name; NAMES when it is none that matters here. */
static int find(struct tri_slice name)
{
    if (tri_slice_is(name, TRI_SLICE("*")))
        return ANY;
    if (tri_slice_is_nocase(name, TRI_SLICE("x-gzip")))
        return TRI_CODING_GZIP;
    for (int i = 0; i < TRI_CODING_COUNT; i++)
        if (tri_slice_is_nocase(name, names[i]))
            return i;
    return NAMES;
}

/* What stands behind a name (RFC 9110 12.4.2): thousandths, 1000 for nothing, -1: malformed. */
static int read_weight(struct tri_slice text)
{
    text = tri_scan_trim(text);
    if (text.len == 0)
        return 1000;
    if (text.at[0] != ';')
        return -1;
    text = tri_scan_trim(tri_slice_from(text, 1));
    if (text.len < 3 || text.len > 7 ||
        !tri_slice_is_nocase((struct tri_slice){text.at, 2}, TRI_SLICE("q=")) ||
        (text.len > 3 && text.at[3] != '.'))
        return -1;

    int weight = 0, unit = 1000;
    for (size_t i = 2; i < text.len; i++) {
        if (i == 3)
            continue;
        if (text.at[i] < '0' || text.at[i] > '9')
            return -1;
        weight += unit * (text.at[i] - '0');
        unit /= 10;
    }
    return weight <= 1000 ? weight : -1;
}

static void read_field(struct tri_slice list, int weights[static NAMES])
{
    struct tri_slice member;

    while (tri_scan_member(&list, &member)) {
        struct tri_slice name = {member.at, tri_scan_token(member)};
        int index = find(name);
        if (index == NAMES)
            continue;
        int weight = read_weight(tri_slice_from(member, name.len));
        if (weight > weights[index])
            weights[index] = weight;
    }
}

struct tri_codings tri_coding_accepted(const struct tri_fields *fields)
{
    int weights[NAMES]; /* -1: not named */
    for (int i = 0; i < NAMES; i++)
        weights[i] = -1;
    for (uint32_t i = 0; i < fields->count; i++)
        if (tri_slice_is_nocase(fields->at[i].name, TRI_SLICE("Accept-Encoding")))
            read_field(fields->at[i].value, weights);

    struct tri_codings codings;
    for (int i = 0; i < TRI_CODING_COUNT; i++) {
        int weight = weights[i] >= 0 ? weights[i] : weights[ANY];
        if (weight <
            0) /* identity that nobody spoke of will do, but all that was asked for first */
            weight = i == TRI_CODING_IDENTITY;
        codings.weight[i] = (uint16_t)weight;
    }
    return codings;
}

enum tri_coding tri_coding_choose(const struct tri_codings *codings, unsigned at_hand)
{
    int best = TRI_CODING_COUNT;
    uint16_t most = 0;
    for (int i = 0; i < TRI_CODING_COUNT; i++) {
        if ((at_hand & 1u << i) && codings->weight[i] > most) {
            most = codings->weight[i];
            best = i;
        }
    }
    return (enum tri_coding)best;
}

struct tri_slice tri_coding_name(enum tri_coding coding)
{
    tri_assert((unsigned)coding < TRI_CODING_COUNT);
    return coding == TRI_CODING_IDENTITY ? (struct tri_slice){"", 0} : names[coding];
}
