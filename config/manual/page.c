/*
 * page.c - rows as source of a manual page, for scdoc(1).
 *
 * A row of section 1 is the flag with its meaning; one of section 5 the key with all that is known
 * about it. Everything that scdoc takes for markup is escaped, so a meaning may hold any sign.
 */
#include "config/manual/table.h"

#include <ctype.h>
#include <string.h>

static void print_text(FILE *to, const char *text)
{
    for (; *text; text++)
        fprintf(to, "%s%c", strchr("\\*_#<>[]|~`", *text) ? "\\" : "", *text);
}

static void print_title(FILE *to, const char *title)
{
    fputs("## ", to);
    for (; *title; title++)
        fputc(toupper((unsigned char)*title), to);
    fputs("\n\n", to);
}

static void print_value(FILE *to, const struct tri_row *row, const char *mark)
{
    if (!row->value)
        return;
    fprintf(to, "%s%s_", row->may_lack_value ? "\\[" : "", mark);
    print_text(to, row->value);
    fprintf(to, "_%s", row->may_lack_value ? "\\]" : "");
}

/* " Default: 4 threads. Modes: loop." */
static void print_default(FILE *to, const struct tri_key *key)
{
    char modes[64];
    fputs(" Default: ", to);
    print_text(to, *key->preset ? key->preset : "empty");
    if (key->type == TRI_TYPE_COUNT) {
        fputc(' ', to);
        print_text(to, key->unit);
    }
    fputc('.', to);
    if (strcmp(tri_key_modes(key, modes, sizeof(modes)), "all") != 0) {
        fprintf(to, " Modes: %s.", modes);
    }
}

void tri_page_flags(FILE *to, const struct tri_table *table)
{
    unsigned title = 0;
    for (unsigned i = 0; i < table->count; i++) {
        const struct tri_row *row = &table->rows[i];
        if (title < table->title_count && table->firsts[title] == i)
            print_title(to, table->titles[title++]);
        if (row->letter)
            fprintf(to, "*-%c*, ", row->letter);
        fprintf(to, "*--%s*", row->flag);
        print_value(to, row, "=");
        fputs("\n\t", to);
        print_text(to, row->meaning);
        if (row->key)
            print_default(to, row->key);
        fputs("\n\n", to);
    }
}

static void print_setting(FILE *to, const struct tri_row *row)
{
    const struct tri_key *key = row->key;
    bool is_list = tri_key_is_list(key);
    fprintf(to, "*%s* = %s_", key->name, is_list ? "{ " : "");
    print_text(to, row->value);
    fprintf(to, "_%s\n\t", is_list ? ", ... }" : "");
    print_text(to, row->meaning);
    print_default(to, key);
    if (*key->min || *key->max) {
        fputs(" From ", to);
        print_text(to, key->min);
        fputs(" to ", to);
        print_text(to, key->max);
        fputc('.', to);
    }
    fprintf(to, " Flag *--%s*, variable *", key->flag);
    print_text(to, key->variable);
    fputs("*.\n\n", to);
}

void tri_page_settings(FILE *to, const struct tri_table *table)
{
    static const char *const places[TRI_SECTION_COUNT] = {
        "Outside of all blocks.",
        "Outside of all blocks, and in *vhost* and *route* blocks, where the innermost goes "
        "before.",
        "In *tls* { }, outside of all blocks and in *vhost* blocks.",
        "In *limits* { }.",
        "In *timeouts* { }.",
        "In *files* { }.",
    };
    unsigned title = 0;
    for (unsigned i = 0; i < table->count && table->rows[i].key; i++) {
        if (title < table->title_count && table->firsts[title] == i) {
            print_title(to, table->titles[title++]);
            fprintf(to, "%s\n\n", places[table->rows[i].key->section]);
        }
        print_setting(to, &table->rows[i]);
    }
}
