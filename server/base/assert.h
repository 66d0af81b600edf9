/*
 * assert.h - checks of our own reasoning; they stay on in release builds.
 *
 * What a client, a file or the kernel can cause is never asserted: that is an outcome. A failed
 * assertion prints the place and the condition and aborts.
 */
#pragma once

#define tri_assert(condition)                                                                      \
    ((condition) ? (void)0 : tri_assert_failed(#condition, __FILE__, __LINE__))

_Noreturn void tri_assert_failed(const char *condition, const char *file, int line);
