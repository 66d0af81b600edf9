/*
 * error.c - sentences about failures, with the system's own words where it has some.
 */
#include "server/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void tri_error_set(struct tri_error *error, const char *format, ...)
{
    if (!error)
        return;
    va_list values;
    va_start(values, format);
    vsnprintf(error->text, sizeof(error->text), format, values);
    va_end(values);
    error->os = 0;
}

void tri_error_os(struct tri_error *error, const char *format, ...)
{
    int os = errno;
    if (!error)
        return;
    va_list values;
    va_start(values, format);
    vsnprintf(error->text, sizeof(error->text), format, values);
    va_end(values);
    size_t len = strlen(error->text);
    errno = os; /* %m reads it; strerror is not safe among threads */
    snprintf(error->text + len, sizeof(error->text) - len, ": %m");
    error->os = os;
    errno = os;
}
