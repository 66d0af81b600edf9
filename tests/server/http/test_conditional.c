/*
 * test_conditional.c - preconditions: entity tags, dates, and which of them is asked first.
 */
#include "server/http/conditional.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_conditional, .timeout = 5);

#define NOW 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */
#define THEN "Sun, 06 Nov 1994 08:49:30 GMT"
#define BEFORE_THEN "Sun, 06 Nov 1994 08:49:29 GMT"
#define AFTER_THEN "Sun, 06 Nov 1994 08:49:31 GMT"
#define AT_NOW "Sun, 06 Nov 1994 08:49:37 GMT"
#define FUTURE "Sun, 06 Nov 1994 08:49:38 GMT"

enum { FIELDS = 4, HOLDS = TRI_CONDITION_HOLDS, SAME = TRI_CONDITION_NOT_MODIFIED };
enum { FAILED = TRI_CONDITION_FAILED };

static const struct tri_validators strong = {{"\"a,b\"", 5}, NOW - 7};
static const struct tri_validators weak = {{"W/\"a,b\"", 7}, NOW - 7};
static const struct tri_validators none = {{NULL, 0}, -1};

/* A request with fields given as name, value, name, value... */
static struct tri_request request_of(enum tri_method method, struct tri_field at[static FIELDS],
                                     const char *const texts[static 2 * FIELDS])
{
    struct tri_request request = {.method = method, .fields = {at, 0, FIELDS}};
    for (int i = 0; i < FIELDS && texts[2 * i]; i++)
        at[request.fields.count++] =
            (struct tri_field){tri_slice_of(texts[2 * i]), tri_slice_of(texts[2 * i + 1])};
    return request;
}

static int check(enum tri_method method, const struct tri_validators *validators,
                 const char *const texts[static 2 * FIELDS])
{
    struct tri_field at[FIELDS];
    struct tri_request request = request_of(method, at, texts);
    return (int)tri_conditional_check(&request, validators, NOW);
}

static bool may_range(const struct tri_validators *validators,
                      const char *const texts[static 2 * FIELDS])
{
    struct tri_field at[FIELDS];
    struct tri_request request = request_of(TRI_METHOD_GET, at, texts);
    return tri_conditional_range(&request, validators, NOW);
}

#define TEXTS(...) ((const char *[2 *FIELDS]){__VA_ARGS__})
#define GET(validators, ...) check(TRI_METHOD_GET, validators, TEXTS(__VA_ARGS__))
#define PUT(validators, ...) check(TRI_METHOD_PUT, validators, TEXTS(__VA_ARGS__))

Test(http_conditional, without_conditions_all_holds)
{
    cr_assert(eq(int, GET(&strong, NULL), HOLDS));
    cr_assert(eq(int, PUT(&none, "Host", "a"), HOLDS));
}

Test(http_conditional, if_match_compares_strongly) /* RFC 9110 13.1.1 */
{
    static const struct {
        const char *list;
        int of_strong, of_weak, of_none;
    } rows[] = {
        {"\"a,b\"", HOLDS, FAILED, FAILED},
        {"W/\"a,b\"", FAILED, FAILED, FAILED},
        {"\"x\", \"a,b\"", HOLDS, FAILED, FAILED},
        {",, \"x\"\t,\t\"a,b\" ,", HOLDS, FAILED, FAILED},
        {"W/\"a,b\", \"a,b\"", HOLDS, FAILED, FAILED},
        {"\"A,B\"", FAILED, FAILED, FAILED},
        {"\"\"", FAILED, FAILED, FAILED},
        {"", FAILED, FAILED, FAILED},
        {"*", HOLDS, HOLDS, HOLDS},
        {"*, \"a,b\"", FAILED, FAILED, FAILED},
        {"\"*\"", FAILED, FAILED, FAILED},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *list = rows[i].list;
        cr_assert(eq(int, GET(&strong, "If-Match", list), rows[i].of_strong), "%s", list);
        cr_assert(eq(int, GET(&weak, "If-Match", list), rows[i].of_weak), "%s", list);
        cr_assert(eq(int, PUT(&none, "if-match", list), rows[i].of_none), "%s", list);
    }
}

Test(http_conditional, if_none_match_compares_weakly) /* RFC 9110 13.1.2 */
{
    static const char *const matching[] = {"\"a,b\"", "W/\"a,b\"", "\"x\",W/\"a,b\"",
                                           ", \"y\" ,\"a,b\",", "*"};
    for (size_t i = 0; i < sizeof(matching) / sizeof(matching[0]); i++) {
        cr_assert(eq(int, GET(&strong, "If-None-Match", matching[i]), SAME), "%s", matching[i]);
        cr_assert(eq(int, GET(&weak, "If-None-Match", matching[i]), SAME), "%s", matching[i]);
        cr_assert(eq(int, PUT(&strong, "If-None-Match", matching[i]), FAILED), "%s", matching[i]);
    }
    cr_assert(eq(int, GET(&strong, "If-None-Match", "\"x\", \"y\""), HOLDS));
    cr_assert(eq(int, GET(&strong, "If-None-Match", ""), HOLDS));
    cr_assert(eq(int, GET(&none, "If-None-Match", "\"\""), HOLDS));
    cr_assert(eq(int, GET(&none, "If-None-Match", "*"), SAME));
    cr_assert(eq(int, check(TRI_METHOD_HEAD, &strong, TEXTS("If-None-Match", "\"a,b\"")), SAME));
    cr_assert(eq(int, check(TRI_METHOD_DELETE, &strong, TEXTS("If-None-Match", "*")), FAILED));
}

Test(http_conditional, a_malformed_list_matches_nothing) /* RFC 9110 8.8.3 */
{
    static const char *const lists[] = {
        "a,b",
        "\"a,b",
        "a,b\"",
        "w/\"a,b\"",
        "W\"a,b\"",
        "W/ \"a,b\"",
        "W/",
        "W",
        "/\"a,b\"",
        "'a,b'",
        "\"a,b\" \"x\"",
        "\"a,b\"\"x\"",
        "\"a,b\";x",
        "\"a,b\", x",
        "x, \"a,b\"",
        "\"a,b\", *",
        "*, *",
        "**",
        "\"a,b\", \"x y\"",
        "\"a,b\", \"\t\"",
        "\"a,b\", \"",
        "\"a,b\", \"\x7f\"",
        "\"\\\"\", \"a,b\"",
    };
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        cr_assert(eq(int, GET(&strong, "If-None-Match", lists[i]), HOLDS), "%s", lists[i]);
        cr_assert(eq(int, GET(&strong, "If-Match", lists[i]), FAILED), "%s", lists[i]);
    }
    cr_assert(eq(int, GET(&strong, "If-None-Match", "\"a,b\", \"!#\\'\x80\xff\""), SAME));
}

Test(http_conditional, repeated_fields_are_one_list) /* RFC 9110 5.3 */
{
    cr_assert(eq(int, GET(&strong, "If-None-Match", "\"x\"", "if-none-match", "\"a,b\""), SAME));
    cr_assert(eq(int, GET(&strong, "If-None-Match", "\"a,b\"", "If-None-Match", "x"), HOLDS));
    cr_assert(eq(int, GET(&strong, "If-None-Match", "*", "If-None-Match", "*"), HOLDS));
    cr_assert(eq(int, GET(&strong, "If-Match", "\"x\"", "If-Match", "\"a,b\""), HOLDS));
}

Test(http_conditional, if_modified_since_is_for_get_and_head) /* RFC 9110 13.1.3 */
{
    static const struct {
        const char *date;
        int expected;
    } rows[] = {
        {THEN, SAME},
        {AFTER_THEN, SAME},
        {AT_NOW, SAME},
        {BEFORE_THEN, HOLDS},
        {FUTURE, HOLDS},
        {"Sunday, 06-Nov-94 08:49:30 GMT", SAME},
        {"Sun Nov  6 08:49:30 1994", SAME},
        {"Sun Nov  6 08:49:29 1994", HOLDS},
        {"yesterday", HOLDS},
        {"", HOLDS},
        {"784111770", HOLDS},
        {THEN ", " THEN, HOLDS},
        {"Sun, 06 Nov 1994 08:49:30 UTC", HOLDS},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *const *texts = TEXTS("If-Modified-Since", rows[i].date);
        cr_assert(eq(int, check(TRI_METHOD_GET, &strong, texts), rows[i].expected), "row %zu", i);
        cr_assert(eq(int, check(TRI_METHOD_HEAD, &strong, texts), rows[i].expected), "row %zu", i);
        cr_assert(eq(int, check(TRI_METHOD_POST, &strong, texts), HOLDS), "row %zu", i);
        cr_assert(eq(int, check(TRI_METHOD_GET, &none, texts), HOLDS), "row %zu", i);
    }
    cr_assert(eq(int, GET(&strong, "If-Modified-Since", THEN, "If-Modified-Since", THEN), HOLDS));
}

Test(http_conditional, if_unmodified_since_is_for_any_method) /* RFC 9110 13.1.4 */
{
    static const struct {
        const char *date;
        int expected;
    } rows[] = {
        {THEN, HOLDS},         {AFTER_THEN, HOLDS},  {FUTURE, HOLDS},
        {BEFORE_THEN, FAILED}, {"yesterday", HOLDS}, {"Sun Nov  6 08:49:29 1994", FAILED},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_assert(eq(int, GET(&strong, "If-Unmodified-Since", rows[i].date), rows[i].expected));
        cr_assert(eq(int, PUT(&strong, "If-Unmodified-Since", rows[i].date), rows[i].expected));
        cr_assert(eq(int, PUT(&none, "If-Unmodified-Since", rows[i].date), HOLDS));
    }
}

Test(http_conditional, precedence_is_that_of_rfc_9110) /* 13.2.2 */
{
    /* If-Match stands in for If-Unmodified-Since... */
    cr_assert(eq(int, GET(&strong, "If-Unmodified-Since", BEFORE_THEN, "If-Match", "*"), HOLDS));
    cr_assert(eq(int, GET(&strong, "If-Unmodified-Since", THEN, "If-Match", "\"x\""), FAILED));
    /* ...and If-None-Match for If-Modified-Since, malformed or not. */
    cr_assert(eq(int, GET(&strong, "If-Modified-Since", THEN, "If-None-Match", "\"x\""), HOLDS));
    cr_assert(eq(int, GET(&strong, "If-Modified-Since", THEN, "If-None-Match", "x"), HOLDS));
    cr_assert(eq(int, GET(&strong, "If-Modified-Since", BEFORE_THEN, "If-None-Match", "*"), SAME));
    /* 412 comes before 304. */
    cr_assert(eq(int, GET(&strong, "If-None-Match", "*", "If-Match", "\"x\""), FAILED));
    cr_assert(eq(int, GET(&strong, "If-None-Match", "*", "If-Match", "*"), SAME));
    cr_assert(
        eq(int, GET(&strong, "If-None-Match", "*", "If-Unmodified-Since", BEFORE_THEN), FAILED));
    cr_assert(eq(int, GET(&strong, "If-Modified-Since", THEN, "If-Unmodified-Since", THEN), SAME));
}

Test(http_conditional, methods_that_select_nothing_have_no_conditions) /* RFC 9110 13.2.1 */
{
    static const enum tri_method methods[] = {TRI_METHOD_OPTIONS, TRI_METHOD_CONNECT,
                                              TRI_METHOD_TRACE};
    for (int i = 0; i < 3; i++) {
        cr_assert(eq(int, check(methods[i], &strong, TEXTS("If-Match", "\"x\"")), HOLDS));
        cr_assert(eq(int, check(methods[i], &strong, TEXTS("If-None-Match", "*")), HOLDS));
    }
}

Test(http_conditional, if_range_needs_a_strong_match) /* RFC 9110 13.1.5 */
{
    static const struct {
        const char *value;
        bool expected;
    } rows[] = {
        {"\"a,b\"", true},
        {"W/\"a,b\"", false},
        {"\"x\"", false},
        {"\"x\", \"a,b\"", false},
        {"\"a,b\",", false},
        {"\"a,b", false},
        {"a,b", false},
        {"*", false},
        {"", false},
        {THEN, true},
        {"Sunday, 06-Nov-94 08:49:30 GMT", true},
        {BEFORE_THEN, false},
        {AFTER_THEN, false},
        {"now", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *const *texts = TEXTS("If-range", rows[i].value);
        bool is_date = rows[i].expected && rows[i].value[0] != '"';
        cr_assert(eq(int, may_range(&strong, texts), rows[i].expected), "%s", rows[i].value);
        cr_assert(eq(int, may_range(&weak, texts), is_date), "%s", rows[i].value);
        cr_assert(not(may_range(&none, texts)), "%s", rows[i].value);
    }
    cr_assert(may_range(&none, TEXTS("Range", "bytes=0-")));
    cr_assert(not(may_range(&strong, TEXTS("If-Range", "\"a,b\"", "If-Range", "\"a,b\""))));
}

Test(http_conditional, a_date_of_this_second_is_a_weak_validator) /* RFC 9110 8.8.2.2 */
{
    const struct tri_validators fresh = {{NULL, 0}, NOW}, settled = {{NULL, 0}, NOW - 1};
    cr_assert(not(may_range(&fresh, TEXTS("If-Range", AT_NOW))));
    cr_assert(may_range(&settled, TEXTS("If-Range", "Sun, 06 Nov 1994 08:49:36 GMT")));
}
