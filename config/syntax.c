/*
 * syntax.c - libconfuse's messages, told apart by their formats and said again with what would do.
 *
 * libconfuse notices what is missing only at the next token, which may be lines later: then the
 * line is looked up in the text. A message that is not known here (another version) is passed on
 * as it is.
 */
#include "config/syntax.h"

#include <string.h>

#include "config/load.h"

static bool is_top(const cfg_t *section)
{
    return strcmp(section->name, "root") == 0;
}

/* The last line, not after `last`, that holds the word. */
static int line_of_word(const char *text, const char *word, int last)
{
    size_t len = strlen(word);
    int line = 1, found = last;
    for (; *text && line <= last; text++) {
        if (*text == '\n')
            line++;
        else if (strncmp(text, word, len) == 0)
            found = line;
    }
    return found;
}

/* A key that stands in another block, or outside of all? */
static const struct tri_key *find_misplaced(const cfg_t *section, const char *name)
{
    for (unsigned id = 0; id < TRI_KEY_COUNT; id++)
        if (strcmp(tri_keys[id].name, name) == 0 &&
            strcmp(tri_section_names[tri_keys[id].section], is_top(section) ? "" : section->name) !=
                0)
            return &tri_keys[id];
    return NULL;
}

static void refuse_unknown(struct tri_load *load, const cfg_t *section, const char *name)
{
    char known[160] = "", qualified[64];
    size_t len = 0;
    struct tri_nearest nearest = tri_nearest_start(name, strlen(name));
    const struct tri_key *misplaced = find_misplaced(section, name);
    for (const cfg_opt_t *option = section->opts; option->name; option++) {
        tri_nearest_try(&nearest, option->name);
        if (len < sizeof(known))
            len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s", len ? ", " : "",
                                    option->name);
    }
    if (misplaced && *tri_section_names[misplaced->section] == '\0')
        tri_load_refuse_line(load, section->line, "no key \"%s\" here (move it out of all blocks)",
                             name);
    else if (misplaced)
        tri_load_refuse_line(load, section->line, "no key \"%s\" here (did you mean %s?)", name,
                             tri_key_name(misplaced, qualified, sizeof(qualified)));
    else if (nearest.best)
        tri_load_refuse_line(load, section->line, "no key \"%.60s\" here (did you mean %s?)", name,
                             nearest.best);
    else if (len < sizeof(known))
        tri_load_refuse_line(load, section->line, "no key \"%.60s\" here (try one of %s)", name,
                             known);
    else
        tri_load_refuse_line(load, section->line, "no key \"%.60s\" here (--help lists them)",
                             name);
}

static const cfg_t *find_block(cfg_t *section, const char *name, const char *title)
{
    cfg_opt_t *all = cfg_getopt(section, name);
    for (unsigned i = 0; i < cfg_opt_size(all); i++)
        if (strcmp(cfg_opt_getnsec(all, i)->title, title) == 0)
            return cfg_opt_getnsec(all, i);
    return NULL;
}

/* Of the block's name libconfuse says nothing: it is the one whose title is there already. */
static void refuse_duplicate(struct tri_load *load, cfg_t *section, const char *title)
{
    const cfg_t *first = title[0] != '/' && is_top(section) ? find_block(section, "vhost", title)
                                                            : find_block(section, "route", title);
    tri_load_refuse_line(load, section->line,
                         "%s \"%.60s\" is there already in line %d (merge the two)",
                         first ? first->name : "block", title, first ? first->line : 0);
}

static const char *example_of(const char *block)
{
    if (strcmp(block, "route") == 0)
        return "route \"/docs/*path\" { ... }";
    if (strcmp(block, "vhost") == 0)
        return "vhost \"www.example.org\" { ... }";
    if (strcmp(block, "tls") == 0)
        return "tls { ... }";
    if (strcmp(block, "files") == 0)
        return "files { ... }";
    return strcmp(block, "limits") == 0 ? "limits { ... }" : "timeouts { ... }";
}

void tri_syntax_refuse(struct tri_load *load, const char *text, cfg_t *section, const char *format,
                       va_list values)
{
    int line = section->line;
    if (strcmp(format, "no such option '%s'") == 0) {
        refuse_unknown(load, section, va_arg(values, const char *));
    } else if (strcmp(format, "found duplicate title '%s'") == 0) {
        refuse_duplicate(load, section, va_arg(values, const char *));
    } else if (strcmp(format, "missing equal sign after option '%s'") == 0) {
        const char *name = va_arg(values, const char *);
        tri_load_refuse_line(load, line_of_word(text, name, line),
                             "\"%s\" lacks its value (write %s = VALUE)", name, name);
    } else if (strcmp(format, "missing opening brace for section '%s'") == 0 ||
               strcmp(format, "missing title for section '%s'") == 0) {
        const char *name = va_arg(values, const char *);
        tri_load_refuse_line(load, line_of_word(text, name, line),
                             "\"%s\" begins a block (write %s)", name, example_of(name));
    } else if (strcmp(format, "attempt to append to non-list option '%s'") == 0) {
        tri_load_refuse_line(load, line, "\"%s\" has a single value (write = instead of +=)",
                             va_arg(values, const char *));
    } else if (strcmp(format, "unexpected token '%s'") == 0) {
        tri_load_refuse_line(load, line, "\"%.40s\" is out of place (write KEY = VALUE)",
                             va_arg(values, const char *));
    } else if (strcmp(format, "premature end of file") == 0) {
        tri_load_refuse_line(load, line, "the file ends within a setting (write KEY = VALUE)");
    } else {
        char said[200];
        vsnprintf(said, sizeof(said), format, values);
        tri_load_refuse_line(load, line, "%s", said);
    }
}
