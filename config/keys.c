/*
 * keys.c - the rows of config/keys.def as data. A row whose field has not the type that its key
 * type demands does not compile.
 */
#include "config/keys.h"

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"

#define THREADS 1u
#define LOOP 2u
#define MN 4u
#define ALL (THREADS | LOOP | MN)

typedef char *enum_field;
typedef char *list_field[TRI_CONFIG_LISTENS];
typedef struct tri_config_words words_field;
typedef char *path_field;
typedef char *text_field;
typedef bool switch_field;
typedef uint64_t count_field;
typedef uint64_t size_field;
typedef int64_t duration_field;
#define ENUM enum_field
#define LIST list_field
#define WORDS words_field
#define PATH path_field
#define TEXT text_field
#define SWITCH switch_field
#define COUNT count_field
#define SIZE size_field
#define DURATION duration_field
#define KEY(id, section, name, flag, type, field, ...)                                             \
    _Static_assert(                                                                                \
        __builtin_types_compatible_p(__typeof__(((struct tri_config *)0)->field), type),           \
        "field " #field " does not hold a " #type);
#define ACTION(...)
#include "config/keys.def"

const struct tri_key tri_keys[TRI_KEY_COUNT] = {
#define KEY(id, in, key, option, kind, field, value, least, most, what, where, text)               \
    [TRI_KEY_##id] = {.section = TRI_SECTION_##in,                                                 \
                      .type = TRI_TYPE_##kind,                                                     \
                      .name = key,                                                                 \
                      .flag = option,                                                              \
                      .variable = TRI_VARIABLE_PREFIX #id,                                         \
                      .preset = value,                                                             \
                      .min = least,                                                                \
                      .max = most,                                                                 \
                      .unit = what,                                                                \
                      .meaning = text,                                                             \
                      .modes = where,                                                              \
                      .offset = offsetof(struct tri_config, field)},
#define ACTION(...)
#include "config/keys.def"
};

const struct tri_action tri_actions[TRI_ACTION_COUNT] = {
#define KEY(...)
#define ACTION(id, flag, takes, argument, meaning)                                                 \
    [TRI_ACTION_##id] = {flag, takes, argument, meaning},
#include "config/keys.def"
};

const char *const tri_section_names[TRI_SECTION_COUNT] = {"",       "",         "tls",
                                                          "limits", "timeouts", "files"};

const char *tri_key_name(const struct tri_key *key, char *name, size_t room)
{
    const char *block = tri_section_names[key->section];
    snprintf(name, room, "%s%s%s", block, *block ? "." : "", key->name);
    return name;
}

bool tri_key_is_list(const struct tri_key *key)
{
    return key->type == TRI_TYPE_LIST || key->type == TRI_TYPE_WORDS;
}

const char *tri_key_placeholder(const struct tri_key *key)
{
    switch (key->type) {
    case TRI_TYPE_COUNT:
        return "N";
    case TRI_TYPE_SIZE:
        return "SIZE";
    case TRI_TYPE_DURATION:
        return "TIME";
    case TRI_TYPE_ENUM:
    case TRI_TYPE_LIST:
    case TRI_TYPE_WORDS:
    case TRI_TYPE_PATH:
    case TRI_TYPE_TEXT:
    case TRI_TYPE_SWITCH:
        break;
    }
    return key->unit;
}

const char *tri_key_word(const char *words, unsigned i, char *word, size_t room)
{
    for (; i > 0; i--) {
        words = strchr(words, '|');
        if (!words)
            return NULL;
        words++;
    }
    snprintf(word, room, "%.*s", (int)strcspn(words, "|"), words);
    return word;
}

const char *tri_key_modes(const struct tri_key *key, char *text, size_t room)
{
    char word[32];
    size_t len = 0;
    if (key->modes == ALL)
        len = (size_t)snprintf(text, room, "all");
    else
        for (unsigned i = 0; tri_key_word(tri_keys[TRI_KEY_MODE].unit, i, word, sizeof(word)); i++)
            if (key->modes & 1u << i && len < room)
                len += (size_t)snprintf(text + len, room - len, "%s%s", len ? ", " : "", word);
    return text;
}
