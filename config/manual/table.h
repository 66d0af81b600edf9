/*
 * table.h - the flags of one program as the manual and the completions see them: rows made from
 * config/keys.def (tri-httpd) and loadtest/flags.def (tri-load), the tables that --help prints.
 *
 * Why: what is written twice is wrong once. A row that is new there is in the manual and in three
 * shells with the next build. Used while building only; nothing of it is installed.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "config/keys.h"

#define TRI_TITLES_MAX 16

struct tri_row {
    const char *flag;    /* without the dashes */
    int letter;          /* its short form, 0: none */
    const char *value;   /* what stands for a value: "FILE", "on|off"; NULL: takes none */
    bool may_lack_value; /* --flag alone is something, too */
    const char *meaning;
    const struct tri_key *key; /* of a setting of tri-httpd, else NULL */
};

struct tri_table {
    const char *program;
    const char *const *commands; /* words that may come first, NULL-terminated */
    const struct tri_row *rows;
    unsigned count;
    const char *titles[TRI_TITLES_MAX]; /* of sections; */
    unsigned firsts[TRI_TITLES_MAX];    /* the row that each begins with */
    unsigned title_count;
};

/* What can be put in place of a value. */
enum tri_kind { TRI_KIND_NONE, TRI_KIND_WORDS, TRI_KIND_FILE, TRI_KIND_DIRECTORY };

/* NULL when there is no such program. Static; valid until the end. */
const struct tri_table *tri_table_find(const char *program);
const struct tri_table *tri_table_httpd(void);
const struct tri_table *tri_table_load(void);

enum tri_kind tri_row_kind(const struct tri_row *row);

/* The words of a row of kind WORDS, parted by blanks. */
void tri_row_print_words(FILE *to, const struct tri_row *row);

/* Options for a page of section 1, and settings by their blocks for one of section 5. */
void tri_page_flags(FILE *to, const struct tri_table *table);
void tri_page_settings(FILE *to, const struct tri_table *table);

void tri_complete_bash(FILE *to, const struct tri_table *table);
void tri_complete_zsh(FILE *to, const struct tri_table *table);
void tri_complete_fish(FILE *to, const struct tri_table *table);
