/*
 * test_units.c - quantities as people write them, and the sentences for those they should not.
 */
#include "server/base/units.h"

#include "server/base/error.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

TestSuite(base_units, .timeout = 5);

Test(base_units, durations)
{
    static const struct {
        const char *text;
        int64_t ns;
    } rows[] = {
        {"0", 0},
        {"0s", 0},
        {"1ns", 1},
        {"7us", 7000},
        {"250ms", 250000000},
        {"15s", 15000000000},
        {"15S", 15000000000},
        {"2m", 120000000000},
        {"1h", 3600000000000},
        {"9223372036854775807ns", INT64_MAX},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ns = -1;
        cr_assert(tri_units_duration(rows[i].text, &ns, NULL), "%s", rows[i].text);
        cr_assert(eq(i64, ns, rows[i].ns), "%s", rows[i].text);
    }
}

Test(base_units, bad_durations_leave_the_value_alone)
{
    static const char *const texts[] = {
        "",
        "s",
        "15",
        "-1s",
        "+1s",
        " 1s",
        "1s ",
        "1.5s",
        "15 sec",
        "15sec",
        "1d",
        "0x1s",
        "9223372036854775808ns",
        "2562048h",
        "99999999999999999999s",
        "00x",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct tri_error error = {0};
        int64_t ns = 77;
        cr_assert(not(tri_units_duration(texts[i], &ns, &error)), "%s", texts[i]);
        cr_assert(eq(i64, ns, 77), "%s", texts[i]);
        cr_assert(ne(chr, error.text[0], '\0'), "%s", texts[i]);
    }
}

Test(base_units, messages_say_what_was_found_and_what_would_do)
{
    struct tri_error error;
    int64_t ns;
    uint64_t number;
    bool on;
    cr_assert(not(tri_units_duration("15 sec", &ns, &error)));
    cr_assert(eq(str, error.text, "\"15 sec\" is not a duration (try 15s or 1500ms)"));
    cr_assert(not(tri_units_duration("9999999h", &ns, &error)));
    cr_assert(eq(str, error.text, "\"9999999h\" is too large for a duration (try 15s or 1500ms)"));
    cr_assert(not(tri_units_size("16KB", &number, &error)));
    cr_assert(eq(str, error.text, "\"16KB\" is not a size (try 512, 16KiB or 8MiB)"));
    cr_assert(not(tri_units_count("many", &number, &error)));
    cr_assert(eq(str, error.text, "\"many\" is not a number (try 64, 10k or 1m)"));
    cr_assert(not(tri_units_switch("maybe", &on, &error)));
    cr_assert(eq(str, error.text, "\"maybe\" is neither on nor off (try on, off, yes or no)"));
}

Test(base_units, sizes)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } rows[] = {
        {"0", 0},
        {"512", 512},
        {"16KiB", 16384},
        {"16k", 16384},
        {"16K", 16384},
        {"8MiB", 8388608},
        {"8m", 8388608},
        {"1GiB", 1073741824},
        {"1g", 1073741824},
        {"18446744073709551615", UINT64_MAX},
        {"17179869183g", UINT64_MAX - (UINT64_C(1) << 30) + 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t bytes = 77;
        cr_assert(tri_units_size(rows[i].text, &bytes, NULL), "%s", rows[i].text);
        cr_assert(eq(u64, bytes, rows[i].bytes), "%s", rows[i].text);
    }
    uint64_t bytes;
    cr_assert(not(tri_units_size("18446744073709551616", &bytes, NULL)));
    cr_assert(not(tri_units_size("17179869184g", &bytes, NULL)));
    cr_assert(not(tri_units_size("1t", &bytes, NULL)));
    cr_assert(not(tri_units_size("", &bytes, NULL)));
}

Test(base_units, counts_are_decimal)
{
    uint64_t count = 0;
    cr_assert(tri_units_count("64", &count, NULL));
    cr_assert(eq(u64, count, 64));
    cr_assert(tri_units_count("10k", &count, NULL));
    cr_assert(eq(u64, count, 10000));
    cr_assert(tri_units_count("1m", &count, NULL));
    cr_assert(eq(u64, count, 1000000));
    cr_assert(not(tri_units_count("1KiB", &count, NULL)));
}

Test(base_units, switches)
{
    static const char *const yes[] = {"on", "yes", "true", "1", "ON"};
    static const char *const no[] = {"off", "no", "false", "0", "Off"};
    bool on;
    for (size_t i = 0; i < COUNT(yes); i++) {
        on = false;
        cr_assert(tri_units_switch(yes[i], &on, NULL) && on, "%s", yes[i]);
        on = true;
        cr_assert(tri_units_switch(no[i], &on, NULL) && !on, "%s", no[i]);
    }
    cr_assert(not(tri_units_switch("", &on, NULL)));
    cr_assert(not(tri_units_switch("2", &on, NULL)));
}

Test(base_units, what_is_printed_parses_back)
{
    static const struct {
        uint64_t value;
        const char *duration;
        const char *size;
    } rows[] = {
        {0, "0", "0"},
        {1, "1ns", "1"},
        {1024, "1024ns", "1KiB"},
        {1500000000, "1500ms", "1500000000"},
        {60000000000, "1m", "58593750KiB"},
        {90000000000, "90s", "87890625KiB"},
        {UINT64_C(1) << 30, "1073741824ns", "1GiB"},
        {INT64_MAX, "9223372036854775807ns", "9223372036854775807"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[32];
        int64_t ns = -1;
        uint64_t bytes = 77;
        tri_units_print_duration((int64_t)rows[i].value, text, sizeof(text));
        cr_assert(eq(str, text, (char *)rows[i].duration));
        cr_assert(tri_units_duration(text, &ns, NULL));
        cr_assert(eq(u64, (uint64_t)ns, rows[i].value));
        tri_units_print_size(rows[i].value, text, sizeof(text));
        cr_assert(eq(str, text, (char *)rows[i].size));
        cr_assert(tri_units_size(text, &bytes, NULL));
        cr_assert(eq(u64, bytes, rows[i].value));
    }
}
