/*
 * wrap.h - text for people, in lines that end before the margin.
 */
#pragma once

#include <stdio.h>

#define TRI_WRAP_WIDTH 96

/* Print words from `column` on (where the cursor already is), further lines indented as much. */
void tri_wrap(FILE *to, const char *text, int column);
