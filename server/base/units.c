/*
 * units.c - numbers with a unit behind them, parsed whole or not at all.
 *
 * One table per quantity, largest unit first, serves both directions: a parser looks its unit up,
 * a printer takes the first unit that divides the value.
 */
#include "server/base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <strings.h>

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/base/error.h"

struct unit {
    const char *name;  /* as printed; NULL ends a table */
    const char *alias; /* also understood, or NULL */
    uint64_t scale;
};

struct quantity {
    const char *noun;
    const char *hint; /* what would do */
    const struct unit *units;
    uint64_t most;
};

static const struct unit duration_units[] = {
    {"h", NULL, UINT64_C(3600000000000)},
    {"m", NULL, UINT64_C(60000000000)},
    {"s", NULL, UINT64_C(1000000000)},
    {"ms", NULL, UINT64_C(1000000)},
    {"us", NULL, UINT64_C(1000)},
    {"ns", NULL, UINT64_C(1)},
    {NULL, NULL, 0},
};

static const struct unit size_units[] = {
    {"GiB", "g", UINT64_C(1) << 30},
    {"MiB", "m", UINT64_C(1) << 20},
    {"KiB", "k", UINT64_C(1) << 10},
    {"", NULL, 1},
    {NULL, NULL, 0},
};

static const struct unit count_units[] = {
    {"m", NULL, 1000000},
    {"k", NULL, 1000},
    {"", NULL, 1},
    {NULL, NULL, 0},
};

static const struct quantity duration = {"a duration", "15s or 1500ms", duration_units, INT64_MAX};
static const struct quantity size = {"a size", "512, 16KiB or 8MiB", size_units, UINT64_MAX};
static const struct quantity count = {"a number", "64, 10k or 1m", count_units, UINT64_MAX};

static const struct unit *unit_find(const struct unit *units, const char *name)
{
    for (const struct unit *unit = units; unit->name; unit++)
        if (strcasecmp(name, unit->name) == 0 ||
            (unit->alias && strcasecmp(name, unit->alias) == 0))
            return unit;
    return NULL;
}

static bool parse(const struct quantity *quantity, const char *text, uint64_t *ret_value,
                  struct tri_error *error)
{
    const char *at = text;
    uint64_t value = 0;
    bool fits = true;
    for (; *at >= '0' && *at <= '9'; at++)
        fits = fits && !__builtin_mul_overflow(value, 10, &value) &&
               !__builtin_add_overflow(value, (uint64_t)(*at - '0'), &value);
    const struct unit *unit = unit_find(quantity->units, at);
    bool is_bare_zero = value == 0 && *at == '\0'; /* nothing needs no unit */
    if (at == text || (!unit && !is_bare_zero)) {
        tri_error_set(error, "\"%.60s\" is not %s (try %s)", text, quantity->noun, quantity->hint);
        return false;
    }
    if (unit)
        fits = fits && !__builtin_mul_overflow(value, unit->scale, &value);
    if (!fits || value > quantity->most) {
        tri_error_set(error, "\"%.60s\" is too large for %s (try %s)", text, quantity->noun,
                      quantity->hint);
        return false;
    }
    *ret_value = value;
    return true;
}

bool tri_units_duration(const char *text, int64_t *ret_ns, struct tri_error *error)
{
    uint64_t ns;
    if (!parse(&duration, text, &ns, error))
        return false;
    *ret_ns = (int64_t)ns;
    return true;
}

bool tri_units_size(const char *text, uint64_t *ret_bytes, struct tri_error *error)
{
    return parse(&size, text, ret_bytes, error);
}

bool tri_units_count(const char *text, uint64_t *ret_count, struct tri_error *error)
{
    return parse(&count, text, ret_count, error);
}

bool tri_units_switch(const char *text, bool *ret_on, struct tri_error *error)
{
    static const char *const words[2][4] = {{"off", "no", "false", "0"},
                                            {"on", "yes", "true", "1"}};
    for (int on = 0; on < 2; on++)
        for (int i = 0; i < 4; i++)
            if (strcasecmp(text, words[on][i]) == 0) {
                *ret_on = on == 1;
                return true;
            }
    tri_error_set(error, "\"%.60s\" is neither on nor off (try on, off, yes or no)", text);
    return false;
}

static void print(const struct unit *units, uint64_t value, char *text, size_t room)
{
    const struct unit *unit = units;
    while (value % unit->scale != 0) /* every table ends with a scale of 1 */
        unit++;
    snprintf(text, room, "%" PRIu64 "%s", value / unit->scale, unit->name);
}

void tri_units_print_duration(int64_t ns, char *text, size_t room)
{
    tri_assert(ns >= 0);
    if (ns == 0)
        snprintf(text, room, "0");
    else
        print(duration_units, (uint64_t)ns, text, room);
}

void tri_units_print_size(uint64_t bytes, char *text, size_t room)
{
    if (bytes == 0)
        snprintf(text, room, "0");
    else
        print(size_units, bytes, text, room);
}
