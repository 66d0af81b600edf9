/*
 * scan.h - what libconfuse leaves to its caller. Private to config/.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct tri_error;

struct tri_scan {
    int *block_lines; /* owned: where each block opens, in the order in which they close */
    unsigned block_count;
};

/*
 * Check the text of a file, blank its comments out and write "" for empty lists.
 *   text      len bytes and a NUL; changed in place, lines stay where they are
 *   *scan     to be freed with tri_scan_free whatever is returned
 *   returns   false with *ret_line and *error (which does not repeat the line)
 */
bool tri_scan_text(char *text, size_t len, struct tri_scan *scan, int *ret_line,
                   struct tri_error *error);

void tri_scan_free(struct tri_scan *scan);
