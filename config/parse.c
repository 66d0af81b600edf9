/*
 * parse.c - the configuration file, read by libconfuse with options made from keys.def.
 *
 *     bytes --scan.c--> plain text --libconfuse--> values, one by one, into value.c
 *                                             \--> vhost and route blocks, collected at the end
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

#include "config/file.h"
#include "config/scan.h"
#include "config/syntax.h"
#include "server/base/error.h"

#define HANDLER_OF_FILES "files"

/* Values of def.number beyond those of enum tri_key_id. */
enum { VALUE_HANDLER = TRI_KEY_COUNT, VALUE_ROOT };

struct reader {
    struct tri_load *load; /* borrowed */
    struct tri_scan scan;
    unsigned closed;  /* blocks that have ended */
    const char *text; /* borrowed: what is being parsed */
};

static struct reader *reader; /* of the load under way, else NULL */

/* Names of the handlers, "bytes, cpu, files". */
static void list_handlers(char *text, size_t room)
{
    size_t len = 0;
    text[0] = '\0';
    for (const char *const *name = reader->load->handlers; *name && len < room; name++)
        len += (size_t)snprintf(text + len, room - len, "%s%s", len ? ", " : "", *name);
}

static bool take_handler(const char *value, int line)
{
    char known[200];
    for (const char *const *name = reader->load->handlers; *name; name++)
        if (strcmp(*name, value) == 0)
            return true;
    list_handlers(known, sizeof(known));
    return tri_load_refuse_line(reader->load, line, "no handler \"%.40s\" (try one of %s)", value,
                                known);
}

static bool take_root(const char *value, int line)
{
    struct tri_error reason;
    if (!tri_load_is_printable(value))
        return tri_load_refuse_line(
            reader->load, line, "root: holds a control character (write one line of plain text)");
    return tri_load_directory(value, &reason) ||
           tri_load_refuse_line(reader->load, line, "root: %s", reason.text);
}

/* libconfuse: a value of an option has been read. */
static int take_value(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
    struct tri_origin origin = {TRI_SOURCE_FILE, section->line};
    bool is_list = option->flags & CFGF_LIST;
    bool ok = true;
    if (option->def.fpnumber > 0 && !is_list)
        ok = tri_load_refuse_line(reader->load, section->line,
                                  "\"%s\" is set already in line %d (keep one of them)",
                                  option->name, (int)option->def.fpnumber);
    else if (option->def.number == VALUE_HANDLER)
        ok = take_handler(value, section->line);
    else if (option->def.number == VALUE_ROOT)
        ok = take_root(value, section->line);
    else
        ok = tri_load_set(reader->load, (enum tri_key_id)option->def.number, value, origin);
    option->def.fpnumber = section->line;
    *(const char **)result = value;
    return ok ? 0 : -1;
}

static bool check_route(cfg_t *route)
{
    struct tri_load *load = reader->load;
    const char *handler = cfg_getstr(route, "handler");
    const char *root = cfg_getstr(route, "root");
    if (route->title[0] != '/' || strpbrk(route->title, " \t\r\n?#"))
        return tri_load_refuse_line(load, route->line,
                                    "\"%.60s\" is no pattern of a path (try \"/\", \"/users/:id\" "
                                    "or \"/docs/*path\")",
                                    route->title);
    if (!handler)
        return tri_load_refuse_line(load, route->line,
                                    "route \"%.60s\" has no handler (add handler = \"files\")",
                                    route->title);
    if (root && strcmp(handler, HANDLER_OF_FILES) != 0)
        return tri_load_refuse_line(load, route->line,
                                    "route \"%.60s\": handler \"%s\" has no use for a root (remove "
                                    "it, or set handler = \"files\")",
                                    route->title, handler);
    return true;
}

static bool check_host(cfg_t *host, cfg_opt_t *all)
{
    const char *name = host->title;
    size_t len = strlen(name);
    bool is_literal = name[0] == '[' && name[len - 1] == ']';
    if (len == 0 || (!is_literal && len != strspn(name, "abcdefghijklmnopqrstuvwxyz"
                                                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")))
        return tri_load_refuse_line(
            reader->load, host->line,
            "\"%.60s\" is no host (write a name like www.example.org, without a port)", name);
    for (unsigned i = 0; i + 1 < cfg_opt_size(all); i++)
        if (strcasecmp(cfg_opt_getnsec(all, i)->title, name) == 0)
            return tri_load_refuse_line(
                reader->load, host->line,
                "vhost \"%.60s\" is there already in line %d (merge the two)", name,
                cfg_opt_getnsec(all, i)->line);
    return true;
}

/* libconfuse: a block has ended; it is the last one of its option. */
static int end_block(cfg_t *outer, cfg_opt_t *option)
{
    (void)outer;
    cfg_t *block = cfg_opt_getnsec(option, cfg_opt_size(option) - 1);
    block->line = reader->scan.block_lines[reader->closed++]; /* from here on: where it begins */
    if (strcmp(option->name, "route") == 0)
        return check_route(block) ? 0 : -1;
    if (strcmp(option->name, "vhost") == 0)
        return check_host(block, option) ? 0 : -1;
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

/* The options of one block, from the rows of keys.def; returns how many there are. */
static unsigned key_options(enum tri_key_section section, cfg_opt_t *options)
{
    unsigned count = 0;
    for (unsigned id = 0; id < TRI_KEY_COUNT; id++)
        if (tri_keys[id].section == section) {
            options[count] = text_option(tri_keys[id].name, id);
            if (tri_keys[id].type == TRI_TYPE_LIST)
                options[count].flags |= CFGF_LIST;
            count++;
        }
    return count;
}

/* libconfuse copies the options, inner ones too. */
static cfg_t *new_parser(void)
{
    const cfg_opt_t end = CFG_END();
    const cfg_flag_t titled = CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES;
    cfg_opt_t top[TRI_KEY_COUNT + 5], limits[TRI_KEY_COUNT + 1], timeouts[TRI_KEY_COUNT + 1];
    cfg_opt_t route[] = {text_option("handler", VALUE_HANDLER), text_option("root", VALUE_ROOT),
                         end};
    cfg_opt_t host[] = {text_option("root", VALUE_ROOT), block_option("route", route, titled), end};
    limits[key_options(TRI_SECTION_LIMITS, limits)] = end;
    timeouts[key_options(TRI_SECTION_TIMEOUTS, timeouts)] = end;
    unsigned count = key_options(TRI_SECTION_TOP, top);
    top[count++] = block_option(tri_section_names[TRI_SECTION_LIMITS], limits, CFGF_NONE);
    top[count++] = block_option(tri_section_names[TRI_SECTION_TIMEOUTS], timeouts, CFGF_NONE);
    top[count++] = block_option("route", route, titled);
    top[count++] = block_option("vhost", host, titled);
    top[count] = end;
    return cfg_init(top, CFGF_NONE);
}

/* A copy of an option's text, NULL when it is not set or empty; false when out of memory. */
static bool copy_text(cfg_t *section, const char *name, char **copy)
{
    const char *text = cfg_getstr(section, name);
    if (text && *text)
        *copy = strdup(text);
    return !text || !*text || *copy;
}

static bool collect_routes(cfg_t *section, struct tri_config_route **routes, unsigned *count)
{
    unsigned size = cfg_size(section, "route");
    *routes = size ? calloc(size, sizeof(**routes)) : NULL;
    if (size && !*routes)
        return false;
    for (unsigned i = 0; i < size; i++) {
        cfg_t *block = cfg_getnsec(section, "route", i);
        struct tri_config_route *route = &(*routes)[(*count)++];
        route->line = block->line;
        route->pattern = strdup(block->title);
        if (!route->pattern || !copy_text(block, "handler", &route->handler) ||
            !copy_text(block, "root", &route->root))
            return false;
    }
    return true;
}

static bool collect_hosts(cfg_t *top, struct tri_config *config)
{
    unsigned size = cfg_size(top, "vhost");
    config->hosts = size ? calloc(size, sizeof(*config->hosts)) : NULL;
    if (size && !config->hosts)
        return false;
    for (unsigned i = 0; i < size; i++) {
        cfg_t *block = cfg_getnsec(top, "vhost", i);
        struct tri_config_host *host = &config->hosts[config->host_count++];
        host->line = block->line;
        host->name = strdup(block->title);
        if (!host->name || !copy_text(block, "root", &host->root) ||
            !collect_routes(block, &host->routes, &host->route_count))
            return false;
    }
    return true;
}

bool tri_load_file(struct tri_load *load)
{
    struct reader current = {.load = load};
    struct tri_error reason;
    struct tri_config *config = load->config;
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
    ok = collect_routes(parser, &config->routes, &config->route_count) &&
         collect_hosts(parser, config);
done:
    if (!ok) /* unless something more telling was said: */
        tri_load_refuse_line(load, 0, "out of memory (free some and try again)");
    cfg_free(parser);
    tri_scan_free(&current.scan);
    free(text);
    reader = NULL;
    return ok;
}
