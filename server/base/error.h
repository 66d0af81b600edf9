/*
 * error.h - a failure of ours or of the system, as one sentence for a person.
 *
 * A function that can fail takes `struct tri_error *`, fills it when it returns false and leaves
 * it untouched otherwise. The function that knows most writes the text; the one that decides
 * prints it, once. What a client does wrong is a refusal (http/refusal.h), never one of these.
 */
#pragma once

struct tri_error {
    int os;         /* errno at the failure, 0 when no system call failed */
    char text[320]; /* NUL-terminated, cut when too long */
};

/* Write a message; os becomes 0. `error` may be NULL when the caller does not care. */
void tri_error_set(struct tri_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, with errno kept in `os` and its description appended as ": No such file...". */
void tri_error_os(struct tri_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
