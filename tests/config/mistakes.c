/*
 * mistakes.c - rows of wrong settings and the line that each is refused with.
 */
#include "tests/config/mistakes.h"

#include <criterion/criterion.h>

#include "server/base/error.h"
#include "tests/config/support.h"

void expect_mistakes(const struct mistake *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct tri_config config;
        struct tri_error error = {.text = "loaded"};
        bool ok = support_load(&config, rows[i].file, rows[i].flags, rows[i].environment, &error);
        cr_expect_not(ok, "row %zu: %s", i, rows[i].text);
        cr_expect_str_eq(error.text, rows[i].text, "row %zu\n   found %s\n  wanted %s", i,
                         error.text, rows[i].text);
        if (ok)
            tri_config_free(&config);
    }
}
