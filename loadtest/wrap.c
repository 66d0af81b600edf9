/*
 * wrap.c - see wrap.h. A word that is longer than a line stays whole.
 */
#include "loadtest/wrap.h"

#include <string.h>

void tri_wrap(FILE *to, const char *text, int column)
{
    int at = column;
    while (*text) {
        int len = (int)strcspn(text, " ");
        if (at > column && at + 1 + len > TRI_WRAP_WIDTH) {
            fprintf(to, "\n%*s", column, "");
            at = column;
        } else if (at > column) {
            fputc(' ', to);
            at++;
        }
        fprintf(to, "%.*s", len, text);
        at += len;
        text += len + (text[len] == ' ');
    }
    fputc('\n', to);
}
