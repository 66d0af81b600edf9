/*
 * assert.c - the last words of a process whose own reasoning was wrong.
 */
#include "server/base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void tri_assert_failed(const char *condition, const char *file, int line)
{
    dprintf(STDERR_FILENO, "tri-httpd: %s:%d: assertion failed: %s\n", file, line, condition);
    abort();
}
