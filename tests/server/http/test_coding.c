/*
 * test_coding.c - Accept-Encoding: weights, wildcards, and what is chosen by them.
 */
#include "server/http/coding.h"

#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_coding, .timeout = 5);

enum { FIELDS = 4, ALL = (1 << TRI_CODING_COUNT) - 1 };

static struct tri_codings accepted(const char *const values[static FIELDS])
{
    struct tri_field at[FIELDS + 1] = {{TRI_SLICE("Accept"), TRI_SLICE("br;q=0.7")}};
    struct tri_fields fields = {at, 1, FIELDS + 1};
    for (int i = 0; i < FIELDS && values[i]; i++)
        at[fields.count++] =
            (struct tri_field){TRI_SLICE("accept-ENCODING"), tri_slice_of(values[i])};
    return tri_coding_accepted(&fields);
}

static void check(const char *value, const char *expected)
{
    char text[64];
    struct tri_codings codings = accepted((const char *[FIELDS]){value});
    snprintf(text, sizeof(text), "br %d zstd %d gzip %d identity %d",
             codings.weight[TRI_CODING_BROTLI], codings.weight[TRI_CODING_ZSTD],
             codings.weight[TRI_CODING_GZIP], codings.weight[TRI_CODING_IDENTITY]);
    cr_assert(eq(str, text, (char *)expected), "%s", value);
}

Test(http_coding, without_the_field_only_identity_will_do)
{
    struct tri_codings codings = accepted((const char *[FIELDS]){NULL});
    for (int i = 0; i < TRI_CODING_COUNT; i++)
        cr_assert(eq(int, codings.weight[i] > 0, i == TRI_CODING_IDENTITY));
}

Test(http_coding, weighs_what_is_named) /* RFC 9110 12.5.3 */
{
    check("", "br 0 zstd 0 gzip 0 identity 1");
    check("gzip", "br 0 zstd 0 gzip 1000 identity 1");
    check("gzip, deflate, br, zstd", "br 1000 zstd 1000 gzip 1000 identity 1");
    check("compress, gzip", "br 0 zstd 0 gzip 1000 identity 1");
    check("compress;q=0.5, gzip;q=1.0", "br 0 zstd 0 gzip 1000 identity 1");
    check("gzip;q=1.0, identity; q=0.5, *;q=0", "br 0 zstd 0 gzip 1000 identity 500");
    check("GZip, X-GZIP;q=0.1, Br;Q=0.25", "br 250 zstd 0 gzip 1000 identity 1");
    check("x-gzip;q=0.3", "br 0 zstd 0 gzip 300 identity 1");
    check("x-br, brotli, gzipp, gzi", "br 0 zstd 0 gzip 0 identity 1");
}

Test(http_coding, a_star_stands_for_what_is_not_named) /* RFC 9110 12.5.3 */
{
    check("*", "br 1000 zstd 1000 gzip 1000 identity 1000");
    check("*;q=0", "br 0 zstd 0 gzip 0 identity 0");
    check("*;q=0, identity", "br 0 zstd 0 gzip 0 identity 1000");
    check("*;q=0, gzip;q=0.001", "br 0 zstd 0 gzip 1 identity 0");
    check("br;q=0, *;q=0.5", "br 0 zstd 500 gzip 500 identity 500");
    check("*;q=0.2, identity;q=0", "br 200 zstd 200 gzip 200 identity 0");
    check("identity;q=0", "br 0 zstd 0 gzip 0 identity 0");
}

Test(http_coding, weights_have_up_to_three_decimals) /* RFC 9110 12.4.2 */
{
    check("br;q=0.123, gzip;q=0., zstd;q=1.", "br 123 zstd 1000 gzip 0 identity 1");
    check("br;q=0.9 , gzip ; q=0.09\t,zstd\t;\tq=0.009", "br 900 zstd 9 gzip 90 identity 1");
    check("br;q=1.000, gzip;q=0.999, zstd;q=0.000", "br 1000 zstd 0 gzip 999 identity 1");
    check("br;q=1, gzip;q=0, zstd;q=0.5", "br 1000 zstd 500 gzip 0 identity 1");
}

Test(http_coding, malformed_members_are_passed_over)
{
    static const char *const members[] = {
        "br;q=1.001",   "br;q=2",      "br;q=-1",    "br;q=+1",    "br;q=0.1234", "br;q=.5",
        "br;q=",        "br;q",        "br;",        "br;q=1 5",   "br;q =1",     "br;q= 1",
        "br;q=0.1x",    "br;q=1.0000", "br;level=1", "br;q=1;a=b", "br br",       "\"br\"",
        "br;q=\"0.5\"", "br=1",        "br q=1",     ";q=1",       "br;qq=1",     "br;q=1e0",
    };
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        check(members[i], "br 0 zstd 0 gzip 0 identity 1");
        char list[64];
        snprintf(list, sizeof(list), "gzip;q=0.5, %s ,*;q=0.1", members[i]);
        check(list, "br 100 zstd 100 gzip 500 identity 100");
    }
    check(", ,\t,gzip,,", "br 0 zstd 0 gzip 1000 identity 1");
}

Test(http_coding, the_highest_weight_of_a_repeated_coding_counts)
{
    check("br;q=0.1, br;q=0.9, br;q=0", "br 900 zstd 0 gzip 0 identity 1");
    check("*;q=0, *;q=0.3", "br 300 zstd 300 gzip 300 identity 300");
    check("identity;q=0, identity;q=0.5", "br 0 zstd 0 gzip 0 identity 500");
}

Test(http_coding, repeated_fields_are_one_list) /* RFC 9110 5.3 */
{
    struct tri_codings codings = accepted((const char *[FIELDS]){"gzip;q=0.5", "", "br;q=0.2,*"});
    static const uint16_t expected[] = {200, 1000, 500, 1000};
    cr_assert(eq(int, memcmp(codings.weight, expected, sizeof(expected)), 0));
}

static enum tri_coding choose(const char *value, unsigned at_hand)
{
    struct tri_codings codings = accepted((const char *[FIELDS]){value});
    return tri_coding_choose(&codings, at_hand);
}

Test(http_coding, chooses_by_weight_and_then_by_its_own_order)
{
    const unsigned plain = 1 << TRI_CODING_IDENTITY, zipped = plain | 1 << TRI_CODING_GZIP;

    cr_assert(eq(int, choose("gzip, br, zstd", ALL), TRI_CODING_BROTLI));
    cr_assert(eq(int, choose("gzip, zstd", ALL), TRI_CODING_ZSTD));
    cr_assert(eq(int, choose("gzip, br;q=0.999", ALL), TRI_CODING_GZIP));
    cr_assert(eq(int, choose("gzip;q=0.001", ALL), TRI_CODING_GZIP));
    cr_assert(eq(int, choose("gzip, br", plain), TRI_CODING_IDENTITY));
    cr_assert(eq(int, choose("gzip;q=0.5, identity", zipped), TRI_CODING_IDENTITY));
    cr_assert(eq(int, choose("*", zipped), TRI_CODING_GZIP));
    cr_assert(eq(int, choose(NULL, ALL), TRI_CODING_IDENTITY));
    cr_assert(eq(int, choose("", ALL), TRI_CODING_IDENTITY));
}

Test(http_coding, nothing_acceptable_is_no_coding) /* RFC 9110 15.5.7 */
{
    cr_assert(eq(int, choose("*;q=0", ALL), TRI_CODING_COUNT));
    cr_assert(eq(int, choose("identity;q=0", ALL), TRI_CODING_COUNT));
    cr_assert(eq(int, choose("br, *;q=0", ALL & ~1u), TRI_CODING_COUNT));
    cr_assert(eq(int, choose("gzip", 0), TRI_CODING_COUNT));
}

Test(http_coding, names_are_those_of_the_registry) /* RFC 9110 8.4.1, RFC 7932, RFC 8878 */
{
    static const char *const names[TRI_CODING_COUNT] = {"br", "zstd", "gzip", ""};
    for (int i = 0; i < TRI_CODING_COUNT; i++)
        cr_assert(tri_slice_is(tri_coding_name((enum tri_coding)i), tri_slice_of(names[i])));
}
