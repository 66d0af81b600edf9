/*
 * value.c - the text of one setting into its field, checked against its row of keys.def.
 */
#include "config/load.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "server/base/address.h"
#include "server/base/assert.h"
#include "server/base/units.h"

#define PATH_SHOWN 100 /* bytes of a file's name in a message; the end tells most */

static const char out_of_memory[] = "out of memory (free some and try again)";

__attribute__((format(printf, 3, 0))) static void refuse(struct tri_load *load, const char *place,
                                                         const char *format, va_list values)
{
    char text[sizeof(load->error.text)];
    vsnprintf(text, sizeof(text), format, values);
    if (load->error.text[0] == '\0')
        tri_error_set(&load->error, "%s: %s", place, text);
}

static void place_of_line(const struct tri_load *load, int line, char *place, size_t room)
{
    const char *file = load->config->file;
    size_t len = strlen(file);
    size_t cut = len > PATH_SHOWN ? len - PATH_SHOWN : 0;
    if (line > 0)
        snprintf(place, room, "%s%s:%d", cut ? "..." : "", file + cut, line);
    else
        snprintf(place, room, "%s%s", cut ? "..." : "", file + cut);
}

bool tri_load_refuse_line(struct tri_load *load, int line, const char *format, ...)
{
    char place[PATH_SHOWN + 32];
    va_list values;
    place_of_line(load, line, place, sizeof(place));
    va_start(values, format);
    refuse(load, place, format, values);
    va_end(values);
    return false;
}

bool tri_load_refuse(struct tri_load *load, const struct tri_key *key, struct tri_origin origin,
                     const char *format, ...)
{
    char place[PATH_SHOWN + 128], name[64], line[PATH_SHOWN + 32];
    va_list values;
    tri_key_name(key, name, sizeof(name));
    switch (origin.source) {
    case TRI_SOURCE_FLAG:
        snprintf(place, sizeof(place), "--%s", key->flag);
        break;
    case TRI_SOURCE_ENVIRONMENT:
        snprintf(place, sizeof(place), "%s", key->variable);
        break;
    case TRI_SOURCE_FILE:
        place_of_line(load, origin.line, line, sizeof(line));
        snprintf(place, sizeof(place), "%s: %s", line, name);
        break;
    case TRI_SOURCE_DEFAULT:
    case TRI_SOURCE_NONE:
        snprintf(place, sizeof(place), "default of %s", name);
        break;
    }
    va_start(values, format);
    refuse(load, place, format, values);
    va_end(values);
    return false;
}

bool tri_load_is_printable(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

bool tri_load_directory(const char *path, struct tri_error *error)
{
    struct stat status;
    if (*path == '\0')
        return true;
    if (stat(path, &status) != 0) {
        int os = errno;
        tri_error_set(error, "\"%.100s\" cannot be used: %m (name an existing directory)", path);
        if (error)
            error->os = os;
        return false;
    }
    if (!S_ISDIR(status.st_mode)) {
        tri_error_set(error, "\"%.100s\" is no directory (name the directory that holds the files)",
                      path);
        return false;
    }
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
    case TRI_TYPE_PATH:
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

static bool add_listen(struct tri_config *config, const char *text, struct tri_error *error)
{
    for (unsigned i = 0; i < config->listen_count; i++)
        if (strcmp(config->listen[i], text) == 0) {
            tri_error_set(error, "\"%.60s\" is given twice (name it once)", text);
            return false;
        }
    if (config->listen_count == TRI_CONFIG_LISTENS) {
        tri_error_set(error, "\"%.60s\" is one address too many (at most %d)", text,
                      TRI_CONFIG_LISTENS);
        return false;
    }
    char *copy = strdup(text);
    if (!copy) {
        tri_error_set(error, out_of_memory);
        return false;
    }
    config->listen[config->listen_count++] = copy;
    return true;
}

static bool set_text(char **field, const char *text, struct tri_error *error)
{
    char *copy = *text ? strdup(text) : NULL;
    if (*text && !copy) {
        tri_error_set(error, out_of_memory);
        return false;
    }
    free(*field);
    *field = copy;
    return true;
}

/* Check, and store where `keep` says so. */
static bool apply(struct tri_config *config, const struct tri_key *key, const char *text, bool keep,
                  struct tri_error *error)
{
    void *field = (char *)config + key->offset;
    struct tri_address address;
    uint64_t number;
    bool on;
    switch (key->type) {
    case TRI_TYPE_ENUM:
        return check_word(key, text, error) && (!keep || set_text(field, text, error));
    case TRI_TYPE_PATH:
        return !keep || set_text(field, text, error);
    case TRI_TYPE_LIST:
        return tri_address_parse(&address, text, error) &&
               (!keep || add_listen(config, text, error));
    case TRI_TYPE_SWITCH:
        if (!tri_units_switch(text, &on, error))
            return false;
        if (keep)
            *(bool *)field = on;
        return true;
    case TRI_TYPE_COUNT:
    case TRI_TYPE_SIZE:
    case TRI_TYPE_DURATION:
        if (!check_number(key, text, &number, error))
            return false;
        if (keep && key->type == TRI_TYPE_DURATION)
            *(int64_t *)field = (int64_t)number;
        else if (keep)
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
    if (!tri_load_is_printable(text))
        return tri_load_refuse(load, key, origin,
                               "holds a control character (write one line of plain text)");
    if (!apply(load->config, key, text, keep, &reason))
        return tri_load_refuse(load, key, origin, "%s", reason.text);
    if (keep)
        load->origins[id] = origin;
    return true;
}

uint64_t tri_load_number(const struct tri_config *config, const struct tri_key *key)
{
    const void *field = (const char *)config + key->offset;
    if (key->type == TRI_TYPE_DURATION)
        return (uint64_t)(*(const int64_t *)field);
    return *(const uint64_t *)field;
}
