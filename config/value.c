/*
 * value.c - the text of one setting into its field, checked against its row of keys.def.
 */
#include "config/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/grammar.h"
#include "config/listens.h"
#include "config/words.h"
#include "server/base/address.h"
#include "server/base/assert.h"
#include "server/base/units.h"

bool tri_load_is_printable(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

static bool check_word(const struct tri_key *key, const char *text, struct tri_error *error)
{
    char word[32];
    for (unsigned i = 0; tri_key_word(key->unit, i, word, sizeof(word)); i++)
        if (strcmp(word, text) == 0)
            return true;
    tri_error_set(error, "\"%.60s\" is not known (try one of %s)", text, key->unit);
    return false;
}

static bool parse_number(const struct tri_key *key, const char *text, uint64_t *ret_number,
                         struct tri_error *error)
{
    int64_t ns;
    switch (key->type) {
    case TRI_TYPE_COUNT:
        return tri_units_count(text, ret_number, error);
    case TRI_TYPE_SIZE:
        return tri_units_size(text, ret_number, error);
    case TRI_TYPE_DURATION:
        if (!tri_units_duration(text, &ns, error))
            return false;
        *ret_number = (uint64_t)ns;
        return true;
    case TRI_TYPE_ENUM:
    case TRI_TYPE_LIST:
    case TRI_TYPE_WORDS:
    case TRI_TYPE_PATH:
    case TRI_TYPE_TEXT:
    case TRI_TYPE_SWITCH:
        break;
    }
    return false;
}

static bool check_number(const struct tri_key *key, const char *text, uint64_t *ret_number,
                         struct tri_error *error)
{
    uint64_t min, max;
    tri_assert(*key->min && *key->max);
    if (!parse_number(key, text, ret_number, error) || !parse_number(key, key->min, &min, error) ||
        !parse_number(key, key->max, &max, error))
        return false;
    if (*ret_number >= min && *ret_number <= max)
        return true;
    tri_error_set(error, "\"%.60s\" is too %s (try %s to %s)", text,
                  *ret_number < min ? "small" : "large", key->min, key->max);
    return false;
}

static bool set_text(char **field, const char *text, struct tri_error *error)
{
    char *copy = *text ? strdup(text) : NULL;
    if (*text && !copy) {
        tri_error_set(error, TRI_OUT_OF_MEMORY);
        return false;
    }
    free(*field);
    *field = copy;
    return true;
}

bool tri_value_apply(const struct tri_key *key, const char *text, void *field,
                     struct tri_error *error)
{
    struct tri_address address;
    uint64_t number;
    bool on;
    if (!tri_load_is_printable(text)) {
        tri_error_set(error, "holds a control character (write one line of plain text)");
        return false;
    }
    switch (key->type) {
    case TRI_TYPE_ENUM:
        return check_word(key, text, error) && (!field || set_text(field, text, error));
    case TRI_TYPE_PATH:
    case TRI_TYPE_TEXT:
        return tri_grammar_check(key, text, error) && (!field || set_text(field, text, error));
    case TRI_TYPE_WORDS:
        return tri_grammar_check(key, text, error) && (!field || tri_words_add(field, text, error));
    case TRI_TYPE_LIST:
        return (*text == '\0' || tri_address_parse(&address, text, error)) &&
               (!field || tri_listens_add(key, field, text, error));
    case TRI_TYPE_SWITCH:
        if (!tri_units_switch(text, &on, error))
            return false;
        if (field)
            *(bool *)field = on;
        return true;
    case TRI_TYPE_COUNT:
    case TRI_TYPE_SIZE:
    case TRI_TYPE_DURATION:
        if (!check_number(key, text, &number, error))
            return false;
        if (field && key->type == TRI_TYPE_DURATION)
            *(int64_t *)field = (int64_t)number;
        else if (field)
            *(uint64_t *)field = number;
        return true;
    }
    return false;
}

bool tri_load_set(struct tri_load *load, enum tri_key_id id, const char *text,
                  struct tri_origin origin)
{
    const struct tri_key *key = &tri_keys[id];
    struct tri_error reason;
    bool keep = origin.source >= load->origins[id].source;
    void *field = (char *)load->config + key->offset;
    if (!tri_value_apply(key, text, keep ? field : NULL, &reason))
        return tri_load_refuse(load, key, origin, "%s", reason.text);
    if (keep)
        load->origins[id] = origin;
    return true;
}

uint64_t tri_load_number(const struct tri_config *config, const struct tri_key *key)
{
    const void *field = (const char *)config + key->offset;
    if (key->type == TRI_TYPE_LIST)
        return tri_listens_count(key, field);
    if (key->type == TRI_TYPE_SWITCH)
        return *(const bool *)field;
    if (key->type == TRI_TYPE_DURATION)
        return (uint64_t)(*(const int64_t *)field);
    return *(const uint64_t *)field;
}
