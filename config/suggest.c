/*
 * suggest.c - "did you mean": bytes put in, left out, changed or swapped with the next, counted
 * for words of up to 63 bytes.
 */
#include "config/load.h"

#include <string.h>

#define WORD_BYTES 63

struct tri_nearest tri_nearest_start(const char *wanted, size_t len)
{
    /* One edit, and one more for each five letters; beyond that a guess is noise. */
    return (struct tri_nearest){
        .wanted = wanted, .len = len, .distance = 2 + (unsigned)(len < WORD_BYTES ? len : 0) / 5};
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    /* rows[i % 3][j]: edits from the first i bytes of a to the first j of b */
    unsigned rows[3][WORD_BYTES + 1];
    for (unsigned j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= a_len; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= b_len; j++) {
            row[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]), 1 + least(above[j], row[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

void tri_nearest_try(struct tri_nearest *nearest, const char *candidate)
{
    size_t len = strlen(candidate);
    if (len > WORD_BYTES || nearest->len > WORD_BYTES)
        return;
    unsigned found = distance(nearest->wanted, nearest->len, candidate, len);
    if (found < nearest->distance) {
        nearest->distance = found;
        nearest->best = candidate;
    }
}
