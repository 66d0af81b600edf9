/*
 * test_error.c - sentences are whole, cut safely, and carry errno when the system spoke.
 */
#include "server/base/error.h"

#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(base_error, .timeout = 5);

Test(base_error, set_has_no_errno)
{
    struct tri_error error = {.os = 5};
    tri_error_set(&error, "%s:%d: no", "a.conf", 12);
    cr_assert(eq(str, error.text, "a.conf:12: no"));
    cr_assert(eq(int, error.os, 0));
}

Test(base_error, os_appends_the_system_s_words)
{
    struct tri_error error;
    errno = ENOENT;
    tri_error_os(&error, "open %s", "/x");
    cr_assert(eq(str, error.text, "open /x: No such file or directory"));
    cr_assert(eq(int, error.os, ENOENT));
    cr_assert(eq(int, errno, ENOENT));
}

Test(base_error, nobody_listening_is_fine)
{
    errno = EPIPE;
    tri_error_set(NULL, "a");
    tri_error_os(NULL, "b");
    cr_assert(eq(int, errno, EPIPE));
}

Test(base_error, long_text_is_cut)
{
    struct tri_error error;
    char text[2 * sizeof(error.text)];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    tri_error_set(&error, "%s", text);
    cr_assert(eq(sz, strlen(error.text), sizeof(error.text) - 1));
    errno = EPERM;
    tri_error_os(&error, "%s", text);
    cr_assert(eq(sz, strlen(error.text), sizeof(error.text) - 1));
}
