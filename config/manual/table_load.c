/*
 * table_load.c - the flags of tri-load: a row for each of loadtest/flags.def.
 *
 * A value in brackets, "[FILE]", is one that may be left out; tests/shape/manual.sh compares the
 * commands with what --help says.
 */
#include "config/manual/table.h"

#include <string.h>

#define VALUE_MAX 32 /* bytes of what stands for a value */

static const struct tri_row given[] = {
#define SECTION(title)
#define FLAG(id, short_form, name, what, text)                                                     \
    {.flag = name, .letter = short_form, .value = what, .meaning = text},
#include "loadtest/flags.def"
#undef SECTION
#undef FLAG
};
#define COUNT (sizeof(given) / sizeof(given[0]))

enum flag_id {
#define SECTION(title)
#define FLAG(id, ...) FLAG_##id,
#include "loadtest/flags.def"
#undef SECTION
#undef FLAG
    FLAG_COUNT
};
_Static_assert(FLAG_COUNT == COUNT, "a row for each flag");

static struct tri_row rows[COUNT];
static char values[COUNT][VALUE_MAX];

static void add(struct tri_table *table)
{
    unsigned i = table->count++;
    rows[i] = given[i];
    size_t len = rows[i].value ? strlen(rows[i].value) : 0;
    if (len < 2 || len >= VALUE_MAX || rows[i].value[0] != '[')
        return;
    memcpy(values[i], rows[i].value + 1, len - 2);
    rows[i].value = values[i];
    rows[i].may_lack_value = true;
}

const struct tri_table *tri_table_load(void)
{
    static const char *const commands[] = {"sweep", "compare", "diff", NULL};
    static struct tri_table table;
    if (table.count)
        return &table;
    table = (struct tri_table){.program = "tri-load", .commands = commands, .rows = rows};
#define SECTION(title)                                                                             \
    table.titles[table.title_count] = title;                                                       \
    table.firsts[table.title_count++] = table.count;
#define FLAG(...) add(&table);
#include "loadtest/flags.def"
#undef SECTION
#undef FLAG
    return &table;
}
