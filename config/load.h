/*
 * load.h - one run of tri_config_load: the settings so far and who set each. Private to config/.
 *
 * Sources are read from the strongest to the weakest (flags, environment, file, defaults), since
 * a flag names the file. Whoever set a key first keeps it; what comes later is still checked, so
 * a mistake shows even where it is overridden. The first mistake wins and ends the load.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "config/keys.h"

enum tri_source {
    TRI_SOURCE_NONE, /* zero: not set yet */
    TRI_SOURCE_DEFAULT,
    TRI_SOURCE_FILE,
    TRI_SOURCE_ENVIRONMENT,
    TRI_SOURCE_FLAG,
};

struct tri_origin {
    enum tri_source source;
    int line; /* of the file, else 0 */
};

#define TRI_OUT_OF_MEMORY "out of memory (free some and try again)"

struct tri_load {
    struct tri_config *config;                /* borrowed; being filled */
    const char *const *handlers;              /* borrowed; NULL-terminated */
    struct tri_origin origins[TRI_KEY_COUNT]; /* who set what is in config */
    enum tri_source file_source;              /* who named the file */
    struct tri_error error;                   /* text is "" while there is none */
};

/* value.c: text into fields */

/* Check `text` for the key and keep it unless a stronger source did; false: load->error is set. */
bool tri_load_set(struct tri_load *load, enum tri_key_id id, const char *text,
                  struct tri_origin origin);

/*
 * Check `text` for the key and store it in `field`, unless that is NULL; words are added to those
 * that are there. False: the message lacks its place.
 */
bool tri_value_apply(const struct tri_key *key, const char *text, void *field,
                     struct tri_error *error);

/* The number in a COUNT, SIZE or DURATION field; of a LIST how many, of a SWITCH 1 when it is on.
 */
uint64_t tri_load_number(const struct tri_config *config, const struct tri_key *key);

/* No control characters? */
bool tri_load_is_printable(const char *text);

/* refuse.c: a mistake and its place */

/* Set load->error to "<place>: <text>" unless it is set already; always returns false. */
bool tri_load_refuse(struct tri_load *load, const struct tri_key *key, struct tri_origin origin,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same for a line of the file without a key; line 0 speaks of the whole file. */
bool tri_load_refuse_line(struct tri_load *load, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The sources; false: load->error is set. */
bool tri_load_flags(struct tri_load *load, int argc, char *const argv[]);
bool tri_load_environment(struct tri_load *load, char *const environment[]);
bool tri_load_file(struct tri_load *load); /* load->config->file */

/* What no source has set; the blocks of the file inherit it, so it comes before them. */
bool tri_load_defaults(struct tri_load *load);

/* check.c: what only shows when all values are known. */
bool tri_load_check(struct tri_load *load);

/* suggest.c: the candidate that is the fewest edits away from a misspelt word. */
struct tri_nearest {
    const char *wanted; /* borrowed */
    size_t len;         /* of wanted; it need not end there */
    unsigned distance;  /* a candidate must be nearer than this */
    const char *best;   /* borrowed; NULL: nothing is near */
};

struct tri_nearest tri_nearest_start(const char *wanted, size_t len);
void tri_nearest_try(struct tri_nearest *nearest, const char *candidate);
