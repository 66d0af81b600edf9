/*
 * parse.c - the configuration file, read by libconfuse with options made from keys.def.
 *
 *     bytes --scan.c--> plain text --libconfuse--> values, one by one, into value.c
 *                                             \--> vhost and route blocks, checked in blocks.c,
 *                                                  collected at the end in collect.c
 *
 * libconfuse checks nothing here but the syntax: every value is a text that arrives in
 * take_value with its line. Its callbacks carry no context and its lexer is global, so `reader`
 * is too: one file is read at a time, by one thread.
 *
 * In an option, `def.number` says what it is and `def.fpnumber` holds the line where it was set:
 * libconfuse uses neither for options of type text.
 */
#include "config/load.h"

#include <stdlib.h>
#include <string.h>

#include <confuse.h>

#include "config/blocks.h"
#include "config/file.h"
#include "config/scan.h"
#include "config/syntax.h"
#include "server/base/error.h"

/* Values of def.number: beside those of enum tri_key_id, for keys outside of blocks, */
enum {
    VALUE_HANDLER = TRI_KEY_COUNT,
    VALUE_RETURN,
    VALUE_ROOT,
    VALUE_PAGE,
    VALUE_OPTION, /* and from here on: of a key in a vhost or route */
};

struct reader {
    struct tri_load *load; /* borrowed */
    struct tri_scan scan;
    unsigned closed;  /* blocks that have ended */
    const char *text; /* borrowed: what is being parsed */
};

static struct reader *reader; /* of the load under way, else NULL */

/* A value of a key of keys.def in a vhost or route. */
static bool check_option(const struct tri_key *key, const char *value, struct tri_origin origin)
{
    struct tri_error reason;
    return tri_value_apply(key, value, NULL, &reason) ||
           tri_load_refuse(reader->load, key, origin, "%s", reason.text);
}

static bool check_value(cfg_t *section, long what, const char *value)
{
    const struct tri_origin origin = {TRI_SOURCE_FILE, section->line};
    switch (what) {
    case VALUE_HANDLER:
        return tri_block_check_handler(reader->load, value, section->line);
    case VALUE_RETURN:
        return tri_block_check_return(reader->load, value, section->line);
    case VALUE_ROOT:
        return tri_block_check_root(reader->load, value, section->line);
    case VALUE_PAGE:
        return tri_block_check_page(reader->load, value, section->line);
    default:
        return what >= VALUE_OPTION
                   ? check_option(&tri_keys[what - VALUE_OPTION], value, origin)
                   : tri_load_set(reader->load, (enum tri_key_id)what, value, origin);
    }
}

/* libconfuse: a value of an option has been read; "=" empties a list, "+=" does not. */
static int take_value(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
    bool is_first = cfg_opt_size(option) == 1;
    bool ok = true;
    if (option->def.fpnumber > 0 && is_first)
        ok = tri_load_refuse_line(
            reader->load, section->line, "\"%s\" is set already in line %d (%s)", option->name,
            (int)option->def.fpnumber,
            option->flags & CFGF_LIST ? "keep one of them, or write +=" : "keep one of them");
    else
        ok = check_value(section, option->def.number, value);
    option->def.fpnumber = section->line;
    *(const char **)result = value;
    return ok ? 0 : -1;
}

/* libconfuse: a block has ended; it is the last one of its option. */
static int end_block(cfg_t *outer, cfg_opt_t *option)
{
    (void)outer;
    cfg_t *block = cfg_opt_getnsec(option, cfg_opt_size(option) - 1);
    block->line = reader->scan.block_lines[reader->closed++]; /* from here on: where it begins */
    if (strcmp(option->name, "route") == 0)
        return tri_block_check_route(reader->load, block) ? 0 : -1;
    if (strcmp(option->name, "vhost") == 0)
        return tri_block_check_host(reader->load, block, option) ? 0 : -1;
    return 0;
}

/* libconfuse: a mistake of syntax. */
__attribute__((format(printf, 2, 0))) static void take_mistake(cfg_t *section, const char *format,
                                                               va_list values)
{
    tri_syntax_refuse(reader->load, reader->text, section, format, values);
}

static cfg_opt_t text_option(const char *name, long number)
{
    cfg_opt_t option = CFG_STR_CB(name, NULL, CFGF_NODEFAULT, take_value);
    option.def.number = number;
    return option;
}

static cfg_opt_t block_option(const char *name, cfg_opt_t *inner, cfg_flag_t flags)
{
    cfg_opt_t option = CFG_SEC(name, inner, flags);
    option.validcb = end_block;
    return option;
}

/* Append options made from the rows of keys.def; `base` is added to their numbers. */
static void add_keys(cfg_opt_t *options, unsigned *count, enum tri_key_section section, long base)
{
    for (unsigned id = 0; id < TRI_KEY_COUNT; id++)
        if (tri_keys[id].section == section) {
            options[*count] = text_option(tri_keys[id].name, base + (long)id);
            if (tri_key_is_list(&tri_keys[id]))
                options[*count].flags |= CFGF_LIST;
            (*count)++;
        }
}

static cfg_opt_t pages_option(void)
{
    cfg_opt_t option = text_option(TRI_BLOCK_PAGES, VALUE_PAGE);
    option.flags |= CFGF_LIST;
    return option;
}

#define OPTIONS_MAX (TRI_KEY_COUNT + 8) /* of one block, with its blocks and the end */

/* libconfuse copies the options, inner ones too. */
static cfg_t *new_parser(void)
{
    const cfg_flag_t titled = CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES;
    /* what the arrays are not filled with is zero, which is where libconfuse sees their end */
    cfg_opt_t route[OPTIONS_MAX] = {text_option(TRI_BLOCK_HANDLER, VALUE_HANDLER),
                                    text_option(TRI_BLOCK_RETURN, VALUE_RETURN),
                                    text_option(TRI_BLOCK_ROOT, VALUE_ROOT)};
    unsigned route_count = 3;
    add_keys(route, &route_count, TRI_SECTION_OPTIONS, VALUE_OPTION);
    cfg_opt_t tls[OPTIONS_MAX] = {0};
    unsigned tls_count = 0;
    add_keys(tls, &tls_count, TRI_SECTION_TLS, VALUE_OPTION);
    cfg_opt_t host[OPTIONS_MAX] = {text_option(TRI_BLOCK_ROOT, VALUE_ROOT), pages_option(),
                                   block_option(tri_section_names[TRI_SECTION_TLS], tls, CFGF_NONE),
                                   block_option("route", route, titled)};
    unsigned host_count = 4;
    add_keys(host, &host_count, TRI_SECTION_OPTIONS, VALUE_OPTION);
    cfg_opt_t top[OPTIONS_MAX] = {0}, inner[TRI_SECTION_COUNT][OPTIONS_MAX] = {0};
    unsigned count = 0;
    add_keys(top, &count, TRI_SECTION_TOP, 0);
    add_keys(top, &count, TRI_SECTION_OPTIONS, 0);
    top[count++] = pages_option();
    for (int section = TRI_SECTION_TLS; section < TRI_SECTION_COUNT; section++) {
        unsigned inner_count = 0;
        add_keys(inner[section], &inner_count, (enum tri_key_section)section, 0);
        top[count++] = block_option(tri_section_names[section], inner[section], CFGF_NONE);
    }
    top[count++] = block_option("route", route, titled);
    top[count++] = block_option("vhost", host, titled);
    return cfg_init(top, CFGF_NONE);
}

bool tri_load_file(struct tri_load *load)
{
    struct reader current = {.load = load};
    struct tri_error reason;
    bool ok = false;
    size_t len = 0;
    int line = 0;
    cfg_t *parser = NULL;
    char *text = tri_file_read(load, &len);
    if (!text)
        goto done;
    reader = &current;
    if (!tri_scan_text(text, len, &current.scan, &line, &reason)) {
        tri_load_refuse_line(load, line, "%s", reason.text);
        goto done;
    }
    current.text = text;
    parser = new_parser();
    if (!parser)
        goto done;
    cfg_set_error_function(parser, take_mistake);
    if (cfg_parse_buf(parser, text) != CFG_SUCCESS)
        goto done;
    ok = tri_load_defaults(load) && tri_blocks_collect(load, parser);
done:
    if (!ok) /* unless something more telling was said: */
        tri_load_refuse_line(load, 0, TRI_OUT_OF_MEMORY);
    cfg_free(parser);
    tri_scan_free(&current.scan);
    free(text);
    reader = NULL;
    return ok;
}
