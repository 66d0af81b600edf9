/*
 * refuse.c - a mistake and its place: the flag, the variable, or file and line. The first is kept.
 */
#include "config/load.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PATH_SHOWN 100 /* bytes of a file's name in a message; the end tells most */

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
