/*
 * table.c - what a row says about its value: files, folders, a few words, or anything.
 *
 * It is told by what stands for the value in --help: FILE, DIR and lower-case words with "|"
 * between them are what they say, everything else is for people to know.
 */
#include "config/manual/table.h"

#include <string.h>

static bool is_words(const char *value)
{
    return strchr(value, '|') && strspn(value, "abcdefghijklmnopqrstuvwxyz|") == strlen(value);
}

enum tri_kind tri_row_kind(const struct tri_row *row)
{
    if (!row->value)
        return TRI_KIND_NONE;
    if (strcmp(row->value, "FILE") == 0)
        return TRI_KIND_FILE;
    if (strcmp(row->value, "DIR") == 0)
        return TRI_KIND_DIRECTORY;
    return is_words(row->value) ? TRI_KIND_WORDS : TRI_KIND_NONE;
}

void tri_row_print_words(FILE *to, const struct tri_row *row)
{
    for (const char *at = row->value; *at; at++)
        fputc(*at == '|' ? ' ' : *at, to);
}

const struct tri_table *tri_table_find(const char *program)
{
    const struct tri_table *tables[] = {tri_table_httpd(), tri_table_load()};
    for (unsigned i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        if (strcmp(tables[i]->program, program) == 0)
            return tables[i];
    return NULL;
}
