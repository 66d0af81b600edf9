/*
 * mistakes.h - rows of wrong settings and the line that each is refused with.
 */
#pragma once

#include <stddef.h>

struct mistake {
    const char *file, *flags, *environment; /* as for support_load */
    const char *text;                       /* the whole error */
};

void expect_mistakes(const struct mistake *rows, size_t count);
