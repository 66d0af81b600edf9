/*
 * table_httpd.c - the flags of tri-httpd: a row for each key and action of config/keys.def, in the
 * order of the blocks.
 */
#include <getopt.h>

#include "config/manual/table.h"

static const char *const titles[TRI_SECTION_COUNT] = {
    "General", "Files and replies", "Certificates", "Limits", "Timeouts", "Open files",
};

static struct tri_row rows[TRI_KEY_COUNT + TRI_ACTION_COUNT];

static void begin(struct tri_table *table, const char *title)
{
    table->titles[table->title_count] = title;
    table->firsts[table->title_count++] = table->count;
}

static void add_keys(struct tri_table *table, enum tri_key_section section)
{
    begin(table, titles[section]);
    for (unsigned id = 0; id < TRI_KEY_COUNT; id++) {
        const struct tri_key *key = &tri_keys[id];
        if (key->section == section)
            rows[table->count++] = (struct tri_row){
                .flag = key->flag,
                .value = tri_key_placeholder(key),
                .may_lack_value = key->type == TRI_TYPE_SWITCH,
                .meaning = key->meaning,
                .key = key,
            };
    }
}

const struct tri_table *tri_table_httpd(void)
{
    static const char *const commands[] = {NULL};
    static struct tri_table table;
    if (table.count)
        return &table;
    table = (struct tri_table){.program = "tri-httpd", .commands = commands, .rows = rows};
    for (unsigned section = 0; section < TRI_SECTION_COUNT; section++)
        add_keys(&table, (enum tri_key_section)section);
    begin(&table, "Other flags");
    for (unsigned i = 0; i < TRI_ACTION_COUNT; i++)
        rows[table.count++] =
            (struct tri_row){.flag = tri_actions[i].flag,
                             .value = tri_actions[i].argument,
                             .may_lack_value = tri_actions[i].takes == optional_argument,
                             .meaning = tri_actions[i].meaning};
    return &table;
}
