/*
 * law_coding.c - Accept-Encoding: weights are those of a plain reading, the order and the lines in
 * which members come do not matter, and what is chosen is at hand and wanted.
 *
 * The input is one field value.
 */
#include "laws.h"

#include <regex.h>
#include <stdlib.h>

#include "server/base/assert.h"
#include "server/http/coding.h"

enum { MEMBERS = 16, FIELD_BYTES = 512 };

static struct tri_codings accepted(struct tri_field *at, uint32_t count)
{
    struct tri_fields fields = {at, count, count};
    struct tri_codings codings = tri_coding_accepted(&fields);
    for (int i = 0; i < TRI_CODING_COUNT; i++)
        tri_assert(codings.weight[i] <= 1000);
    return codings;
}

static bool is_same(const struct tri_codings *a, const struct tri_codings *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* Cut at commas; false when there are too many members for this law. */
static bool split(struct tri_slice list, struct tri_slice members[static MEMBERS], uint32_t *count)
{
    size_t start = 0;
    *count = 0;
    for (size_t i = 0; i <= list.len; i++) {
        if (i < list.len && list.at[i] != ',')
            continue;
        if (*count == MEMBERS)
            return false;
        members[(*count)++] = (struct tri_slice){list.at + start, i - start};
        start = i + 1;
    }
    return true;
}

/* Members, from the one at `first` on and around, forwards or backwards, as one value. */
static struct tri_slice join(const struct tri_slice members[static MEMBERS], uint32_t count,
                             uint32_t first, bool backwards, char text[static FIELD_BYTES + 1])
{
    size_t len = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (first + (backwards ? count - i : i)) % count;
        memcpy(text + len, members[at].at, members[at].len);
        len += members[at].len;
        text[len++] = ',';
    }
    return (struct tri_slice){text, len};
}

static void check_order(const struct tri_slice members[static MEMBERS], uint32_t count,
                        const struct tri_codings *codings)
{
    char text[FIELD_BYTES + 1];
    struct tri_field lines[MEMBERS];

    for (uint32_t first = 0; first < count; first++) {
        for (int backwards = 0; backwards < 2; backwards++) {
            struct tri_field line = {TRI_SLICE("accept-encoding"),
                                     join(members, count, first, backwards, text)};
            struct tri_codings turned = accepted(&line, 1);
            tri_assert(is_same(&turned, codings));
        }
        lines[first] = (struct tri_field){TRI_SLICE("Accept-Encoding"), members[first]};
    }
    struct tri_codings apart = accepted(lines, count);
    tri_assert(is_same(&apart, codings));
}

static void check_choice(const struct tri_codings *codings)
{
    for (unsigned at_hand = 0; at_hand < 1u << TRI_CODING_COUNT; at_hand++) {
        unsigned chosen = tri_coding_choose(codings, at_hand);
        bool is_none = chosen == TRI_CODING_COUNT;
        uint16_t most = is_none ? 0 : codings->weight[chosen];
        tri_assert(is_none || ((at_hand & 1u << chosen) && most > 0));
        for (unsigned i = 0; i < TRI_CODING_COUNT; i++) {
            if (!(at_hand & 1u << i))
                continue;
            tri_assert(codings->weight[i] <= most);
            tri_assert(is_none || i >= chosen || codings->weight[i] < most);
        }
    }
}

/* --- plain reading --- */

/* codings [ weight ] of RFC 9110 12.5.3: group 1 is the coding, 3 the weight. */
static const regex_t *member_pattern(void)
{
    static regex_t pattern;
    if (pattern.re_nsub == 0)
        tri_assert(regcomp(&pattern,
                           "^[ \t]*([^ \t;]+)[ \t]*"
                           "(;[ \t]*q=(0(\\.[0-9]{0,3})?|1(\\.0{0,3})?))?[ \t]*$",
                           REG_EXTENDED | REG_ICASE) == 0);
    return &pattern;
}

static const char *const names[] = {"br", "zstd", "gzip", "identity", "*"};
enum { NAMES = 5 };

/* Raise the weight of the coding that a member names. */
static void read_member(struct tri_slice member, int weights[static NAMES])
{
    char text[FIELD_BYTES + 1];
    regmatch_t group[4];

    memcpy(text, member.at, member.len);
    text[member.len] = '\0';
    if (memchr(text, '\0', member.len) || regexec(member_pattern(), text, 4, group, 0) != 0)
        return;
    text[group[1].rm_eo] = '\0';
    const char *name = text + group[1].rm_so;
    name = strcasecmp(name, "x-gzip") == 0 ? "gzip" : name;
    double weight = group[3].rm_so < 0 ? 1 : strtod(text + group[3].rm_so, NULL);
    int thousandths = (int)(weight * 1000 + 0.5);
    for (int i = 0; i < NAMES; i++)
        if (strcasecmp(name, names[i]) == 0 && thousandths > weights[i])
            weights[i] = thousandths;
}

static void check_weights(const struct tri_slice members[static MEMBERS], uint32_t count,
                          const struct tri_codings *codings)
{
    int weights[NAMES] = {-1, -1, -1, -1, -1};
    for (uint32_t i = 0; i < count; i++)
        read_member(members[i], weights);
    for (int i = 0; i < TRI_CODING_COUNT; i++) {
        int weight = weights[i] >= 0 ? weights[i] : weights[NAMES - 1];
        tri_assert(codings->weight[i] == (weight >= 0 ? weight : i == TRI_CODING_IDENTITY));
    }
}

void tri_law_coding(struct tri_slice input)
{
    struct tri_slice members[MEMBERS];
    uint32_t count;

    if (input.len >= FIELD_BYTES || !split(input, members, &count))
        return;
    struct tri_field fields[] = {{TRI_SLICE("Accept-Encoding"), input},
                                 {TRI_SLICE("Accept-Encoding"), input}};
    struct tri_codings codings = accepted(fields, 1), twice = accepted(fields, 2);
    tri_assert(is_same(&codings, &twice));
    check_order(members, count, &codings);
    check_choice(&codings);
    check_weights(members, count, &codings);
}
