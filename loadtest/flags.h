/*
 * flags.h - flags.def as a table that code can walk.
 *
 * Why: a flag is written down once - letter, name, value, meaning. getopt, --help, messages about
 * mistakes, and whatever else lists flags (a manual page, a shell's completion) are made from it.
 *
 * The order is that of flags.def, and ids are places in the table.
 */
#pragma once

enum tri_flag_id {
#define SECTION(title)
#define FLAG(id, letter, name, value, meaning) TRI_FLAG_##id,
#include "loadtest/flags.def"
    TRI_FLAG_COUNT
#undef FLAG
#undef SECTION
};

struct tri_flag {
    int letter;          /* 0: none */
    const char *name;    /* without the dashes */
    const char *value;   /* what stands for it in texts; "[FILE]" may be left out; NULL: none */
    const char *meaning; /* a sentence or two; the default in [ ] */
};

extern const struct tri_flag tri_flags[TRI_FLAG_COUNT];

/* How much of a value a flag takes. */
enum tri_flag_takes { TRI_FLAG_TAKES_NONE, TRI_FLAG_TAKES_MAYBE, TRI_FLAG_TAKES_ONE };
enum tri_flag_takes tri_flag_takes(const struct tri_flag *flag);

/* Call `section` for each heading and `flag` for each flag below it, in order. */
void tri_flags_walk(void *context, void (*section)(void *context, const char *title),
                    void (*flag)(void *context, const struct tri_flag *flag));
