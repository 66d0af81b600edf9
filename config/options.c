/*
 * options.c - what outer blocks say and inner ones inherit.
 *
 * An inner value replaces the outer one, but fields of replies: those are named, so an inner field
 * replaces the outer ones of its name and leaves the others.
 */
#include "config/options.h"

#include <stdlib.h>
#include <string.h>

#include "config/grammar.h"
#include "config/load.h"
#include "config/words.h"

/* Of the key's field in its group. */
static size_t offset_in_group(const struct tri_key *key)
{
    return key->offset - (key->section == TRI_SECTION_TLS ? offsetof(struct tri_config, tls)
                                                          : offsetof(struct tri_config, options));
}

const void *tri_options_field(const void *group, const struct tri_key *key)
{
    return (const char *)group + offset_in_group(key);
}

/* Is the field named by one of the values? */
static bool is_replaced(const char *field, const char *const values[], unsigned count)
{
    size_t len = tri_grammar_token(field) + 1; /* with the colon */
    for (unsigned i = 0; i < count; i++)
        if (strncasecmp(field, values[i], len) == 0)
            return true;
    return false;
}

static bool inherit_words(struct tri_config_words *words, const struct tri_config_words *outer,
                          const char *const values[], unsigned count, struct tri_error *error)
{
    for (unsigned i = 0; i < outer->count; i++)
        if (!is_replaced(outer->at[i], values, count) && !tri_words_add(words, outer->at[i], error))
            return false;
    return true;
}

static bool inherit(void *field, const void *outer, const struct tri_key *key,
                    struct tri_error *error)
{
    if (key->type == TRI_TYPE_WORDS)
        return inherit_words(field, outer, NULL, 0, error);
    if (key->type == TRI_TYPE_SWITCH) {
        *(bool *)field = *(const bool *)outer;
        return true;
    }
    const char *text = *(char *const *)outer;
    return tri_value_apply(key, text ? text : "", field, error);
}

bool tri_options_resolve(void *group, const void *outer, const struct tri_key *key,
                         const char *const values[], unsigned count, struct tri_error *error)
{
    void *field = (char *)group + offset_in_group(key);
    const void *outer_field = tri_options_field(outer, key);
    if (count == 0)
        return inherit(field, outer_field, key, error);
    bool adds_up = key == &tri_keys[TRI_KEY_HEADERS];
    if (adds_up && !inherit_words(field, outer_field, values, count, error))
        return false;
    if (adds_up && count == 1 && *values[0] == '\0') /* no fields on top */
        return true;
    for (unsigned i = 0; i < count; i++)
        if (!tri_value_apply(key, values[i], field, error))
            return false;
    return true;
}

bool tri_options_is_equal(const void *a, const void *b, const struct tri_key *key)
{
    const void *left = tri_options_field(a, key), *right = tri_options_field(b, key);
    if (key->type == TRI_TYPE_WORDS)
        return tri_words_is_equal(left, right);
    if (key->type == TRI_TYPE_SWITCH)
        return *(const bool *)left == *(const bool *)right;
    const char *one = *(char *const *)left, *other = *(char *const *)right;
    return one && other ? strcmp(one, other) == 0 : one == other;
}

void tri_options_free(struct tri_config_options *options)
{
    tri_words_free(&options->index);
    tri_words_free(&options->try_files);
    tri_words_free(&options->headers);
    free(options->cache_control);
    free(options->hsts);
    free(options->symlinks);
    *options = (struct tri_config_options){0};
}
