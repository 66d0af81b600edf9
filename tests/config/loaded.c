/*
 * loaded.c - settings that load, print, and load again.
 */
#include "tests/config/loaded.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/error.h"
#include "tests/config/support.h"

struct tri_config reloaded(struct tri_config *config)
{
    struct tri_config again;
    struct tri_error error = {.text = ""};
    char *first = support_print(config);
    cr_assert(support_load(&again, first, NULL, NULL, &error), "%s\n%s", error.text, first);
    char *second = support_print(&again);
    cr_assert_str_eq(first, second);
    free(first);
    free(second);
    tri_config_free(config);
    return again;
}

struct tri_config loaded(const char *file, const char *flags, const char *environment)
{
    struct tri_config config;
    struct tri_error error = {.text = ""};
    cr_assert(support_load(&config, file, flags, environment, &error), "%s", error.text);
    return reloaded(&config);
}

void expect_words(const struct tri_config_words *words, const char *wanted)
{
    char text[512] = "";
    for (unsigned i = 0; i < words->count; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof(text) - len, "%s%s", i ? "|" : "", words->at[i]);
    }
    cr_expect_str_eq(text, wanted, "found %s, wanted %s", text, wanted);
}
