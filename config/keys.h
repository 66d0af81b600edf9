/*
 * keys.h - config/keys.def as tables that code can walk. Private to config/.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum tri_key_type {
    TRI_TYPE_ENUM,     /* char *, one of the words of `unit` */
    TRI_TYPE_LIST,     /* char *[TRI_CONFIG_LISTENS], and the unsigned behind it: how many */
    TRI_TYPE_WORDS,    /* struct tri_config_words, none for "" */
    TRI_TYPE_PATH,     /* char *, NULL for "" */
    TRI_TYPE_TEXT,     /* char *, NULL for "" */
    TRI_TYPE_SWITCH,   /* bool */
    TRI_TYPE_COUNT,    /* uint64_t */
    TRI_TYPE_SIZE,     /* uint64_t */
    TRI_TYPE_DURATION, /* int64_t */
};

enum tri_key_section {
    TRI_SECTION_TOP,
    TRI_SECTION_OPTIONS, /* of struct tri_config_options: outside of blocks, in vhost, in route */
    TRI_SECTION_TLS,     /* of struct tri_config_tls: a block outside of blocks and in vhost; the
                            first of those that are blocks */
    TRI_SECTION_LIMITS,
    TRI_SECTION_TIMEOUTS,
    TRI_SECTION_FILES,
};
#define TRI_SECTION_COUNT 6

enum tri_key_id {
#define KEY(id, ...) TRI_KEY_##id,
#define ACTION(id, ...)
#include "config/keys.def"
    TRI_KEY_COUNT
};

enum tri_action_id {
#define KEY(id, ...)
#define ACTION(id, ...) TRI_ACTION_##id,
#include "config/keys.def"
    TRI_ACTION_COUNT
};

#define TRI_VARIABLE_PREFIX "TRI_HTTPD_"

struct tri_key {
    enum tri_key_section section;
    enum tri_key_type type;
    const char *name;      /* in its block of the file */
    const char *flag;      /* without the dashes */
    const char *variable;  /* of the environment */
    const char *preset;    /* the default, as text */
    const char *min, *max; /* as text; "" without bounds */
    const char *unit;
    const char *meaning; /* one sentence */
    unsigned modes;      /* bit i: has an effect in the i-th word of TRI_KEY_MODE's unit */
    size_t offset;       /* of its field in struct tri_config */
};

struct tri_action {
    const char *flag;     /* without the dashes */
    int takes;            /* no_argument, optional_argument, required_argument of getopt.h */
    const char *argument; /* what its value is called, or NULL */
    const char *meaning;
};

extern const struct tri_key tri_keys[TRI_KEY_COUNT];
extern const struct tri_action tri_actions[TRI_ACTION_COUNT];
extern const char *const tri_section_names[TRI_SECTION_COUNT]; /* "" for TOP and OPTIONS */

/* The key as a person would say it: "mode", "limits.head". Returns `name`. */
const char *tri_key_name(const struct tri_key *key, char *name, size_t room);

/* May it have several values? */
bool tri_key_is_list(const struct tri_key *key);

/* What stands for a value in messages: "N", "SIZE", "threads|loop|mn". */
const char *tri_key_placeholder(const struct tri_key *key);

/* The i-th of the words "a|b|c" into `word`, or NULL when there are fewer. */
const char *tri_key_word(const char *words, unsigned i, char *word, size_t room);

/* The names of the modes in which the key has an effect: "threads, mn", or "all". */
const char *tri_key_modes(const struct tri_key *key, char *text, size_t room);
