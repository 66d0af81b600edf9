/*
 * values.c - see values.h.
 */
#include "loadtest/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loadtest/plan.h"
#include "server/base/error.h"
#include "server/base/units.h"

bool tri_value_duration(const char *text, int64_t *ret_ns, struct tri_error *error)
{
    size_t digits = strspn(text, "0123456789");
    char with_unit[32];
    if (digits && !text[digits] && digits < 20) {
        snprintf(with_unit, sizeof(with_unit), "%ss", text);
        text = with_unit;
    }
    return tri_units_duration(text, ret_ns, error);
}

bool tri_value_positive(const char *text, int64_t *ret_ns, struct tri_error *error)
{
    int64_t ns;
    if (!tri_value_duration(text, &ns, error))
        return false;
    if (ns == 0) {
        tri_error_set(error, "\"%.40s\" is nothing (try 10s)", text);
        return false;
    }
    *ret_ns = ns;
    return true;
}

bool tri_value_span(const char *text, int64_t *ret_least_ns, int64_t *ret_most_ns,
                    struct tri_error *error)
{
    char first[32];
    size_t len = strcspn(text, "-");
    snprintf(first, sizeof(first), "%.*s", (int)len, text);
    if (!tri_value_duration(first, ret_least_ns, error))
        return false;
    *ret_most_ns = *ret_least_ns;
    if (!text[len])
        return true;
    if (!tri_value_duration(text + len + 1, ret_most_ns, error))
        return false;
    if (*ret_most_ns >= *ret_least_ns)
        return true;
    tri_error_set(error, "\"%.40s\" goes backwards (try 50ms-150ms)", text);
    return false;
}

bool tri_value_number(const char *text, uint64_t least, uint64_t most, unsigned *ret_number,
                      struct tri_error *error)
{
    uint64_t number;
    if (!tri_units_count(text, &number, error))
        return false;
    if (number < least || number > most) {
        tri_error_set(error, "\"%.40s\" is out of range (try %llu to %llu)", text,
                      (unsigned long long)least, (unsigned long long)most);
        return false;
    }
    *ret_number = (unsigned)number;
    return true;
}

bool tri_value_numbers(const char *text, unsigned *numbers, unsigned room, unsigned *ret_count,
                       struct tri_error *error)
{
    unsigned count = 0;
    for (const char *at = text;;) {
        char word[32];
        size_t len = strcspn(at, ",");
        snprintf(word, sizeof(word), "%.*s", (int)len, at);
        if (count == room) {
            tri_error_set(error, "more than %u numbers", room);
            return false;
        }
        if (!tri_value_number(word, 0, TRI_CONNECTIONS_MAX, &numbers[count], error))
            return false;
        count++;
        if (!at[len])
            break;
        at += len + 1;
    }
    *ret_count = count;
    return true;
}

bool tri_value_rate(const char *text, double *ret_from, double *ret_to, struct tri_error *error)
{
    char first[32];
    uint64_t from, to;
    size_t len = strcspn(text, ":");
    snprintf(first, sizeof(first), "%.*s", (int)len, text);
    if (!tri_units_count(first, &from, error))
        return false;
    to = from;
    if (text[len] && !tri_units_count(text + len + 1, &to, error))
        return false;
    if (from + to == 0 || from > 100000000 || to > 100000000) {
        tri_error_set(error, "\"%.40s\" is out of range (try 1 to 100m)", text);
        return false;
    }
    *ret_from = (double)from;
    *ret_to = (double)to;
    return true;
}

bool tri_value_word(const char *text, const char *const *words, unsigned count, int *ret_at,
                    struct tri_error *error)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(text, words[i]) == 0) {
            *ret_at = (int)i;
            return true;
        }
    tri_error_set(error, "\"%.40s\" is neither %s nor %s%s%s", text, words[0], words[1],
                  count > 2 ? " nor " : "", count > 2 ? words[2] : "");
    return false;
}

bool tri_value_statuses(const char *text, struct tri_expectation *expect, struct tri_error *error)
{
    const char *at = text;
    expect->status_count = 0;
    for (;;) {
        char *end;
        unsigned long status = strtoul(at, &end, 10);
        if (end == at || status < 100 || status > 599 || (*end && *end != ',') ||
            expect->status_count == 16) {
            tri_error_set(error, "\"%.40s\" is not a list of statuses (try 200,304)", text);
            return false;
        }
        expect->statuses[expect->status_count++] = (uint16_t)status;
        if (!*end)
            return true;
        at = end + 1;
    }
}
