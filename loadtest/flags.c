/*
 * flags.c - the table of flags.h, made from flags.def.
 */
#include "loadtest/flags.h"

#include <stddef.h>

const struct tri_flag tri_flags[TRI_FLAG_COUNT] = {
#define SECTION(title)
#define FLAG(id, letter, name, value, meaning) {letter, name, value, meaning},
#include "loadtest/flags.def"
#undef FLAG
#undef SECTION
};

enum tri_flag_takes tri_flag_takes(const struct tri_flag *flag)
{
    if (!flag->value)
        return TRI_FLAG_TAKES_NONE;
    return flag->value[0] == '[' ? TRI_FLAG_TAKES_MAYBE : TRI_FLAG_TAKES_ONE;
}

void tri_flags_walk(void *context, void (*section)(void *context, const char *title),
                    void (*flag)(void *context, const struct tri_flag *flag))
{
#define SECTION(title) section(context, title);
#define FLAG(id, letter, name, value, meaning) flag(context, &tri_flags[TRI_FLAG_##id]);
#include "loadtest/flags.def"
#undef FLAG
#undef SECTION
}
