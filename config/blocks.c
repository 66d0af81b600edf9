/*
 * blocks.c - what vhost and route blocks hold beside the options of keys.def: checked value by
 * value, then block by block.
 */
#include "config/blocks.h"

#include <string.h>

#include "config/load.h"
#include "config/pages.h"
#include "config/paths.h"

#define HANDLER_OF_FILES "files"

/* Names of the handlers, "bytes, cpu, files". */
static void list_handlers(const struct tri_load *load, char *text, size_t room)
{
    size_t len = 0;
    text[0] = '\0';
    for (const char *const *name = load->handlers; *name && len < room; name++)
        len += (size_t)snprintf(text + len, room - len, "%s%s", len ? ", " : "", *name);
}

bool tri_block_check_handler(struct tri_load *load, const char *value, int line)
{
    char known[200];
    for (const char *const *name = load->handlers; *name; name++)
        if (strcmp(*name, value) == 0)
            return true;
    list_handlers(load, known, sizeof(known));
    return tri_load_refuse_line(load, line, "no handler \"%.40s\" (try one of %s)", value, known);
}

static bool refuse_unprintable(struct tri_load *load, const char *name, const char *value, int line)
{
    return tri_load_is_printable(value) ||
           tri_load_refuse_line(
               load, line, "%s: holds a control character (write one line of plain text)", name);
}

bool tri_block_check_root(struct tri_load *load, const char *value, int line)
{
    struct tri_error reason;
    return refuse_unprintable(load, TRI_BLOCK_ROOT, value, line) &&
           (tri_path_check_directory(value, &reason) ||
            tri_load_refuse_line(load, line, TRI_BLOCK_ROOT ": %s", reason.text));
}

/* What the text may hold beyond its status, only who sends it can tell. */
bool tri_block_check_return(struct tri_load *load, const char *value, int line)
{
    bool has_status = strspn(value, "0123456789") == 3 && (value[3] == '\0' || value[3] == ' ');
    return refuse_unprintable(load, TRI_BLOCK_RETURN, value, line) &&
           (has_status ||
            tri_load_refuse_line(load, line,
                                 TRI_BLOCK_RETURN
                                 ": \"%.60s\" does not begin with a status (try "
                                 "\"301 https://example.org$request_uri\" or \"410 gone\")",
                                 value));
}

bool tri_block_check_page(struct tri_load *load, const char *value, int line)
{
    struct tri_error reason;
    return refuse_unprintable(load, TRI_BLOCK_PAGES, value, line) &&
           (tri_pages_check(value, &reason) ||
            tri_load_refuse_line(load, line, TRI_BLOCK_PAGES ": %s", reason.text));
}

/* What only the handler of files reads. */
static bool is_for_files(const char *name)
{
    if (strcmp(name, TRI_BLOCK_ROOT) == 0)
        return true;
    for (unsigned id = 0; id < TRI_KEY_COUNT; id++)
        if (tri_keys[id].section == TRI_SECTION_OPTIONS && id != TRI_KEY_HEADERS &&
            id != TRI_KEY_CACHE_CONTROL && id != TRI_KEY_HSTS &&
            strcmp(tri_keys[id].name, name) == 0)
            return true;
    return false;
}

static bool check_use(struct tri_load *load, const cfg_t *route, const char *handler)
{
    for (const cfg_opt_t *option = route->opts; option->name; option++)
        if (option->def.fpnumber > 0 && is_for_files(option->name))
            return tri_load_refuse_line(load, (int)option->def.fpnumber,
                                        "route \"%.60s\": %s%s%s has no use for %s (remove it, or "
                                        "set handler = \"" HANDLER_OF_FILES "\")",
                                        route->title, handler ? "handler \"" : TRI_BLOCK_RETURN,
                                        handler ? handler : "", handler ? "\"" : "", option->name);
    return true;
}

bool tri_block_check_route(struct tri_load *load, cfg_t *route)
{
    const char *handler = cfg_getstr(route, TRI_BLOCK_HANDLER);
    const char *reply = cfg_getstr(route, TRI_BLOCK_RETURN);
    if (route->title[0] != '/' || strpbrk(route->title, " \t\r\n?#"))
        return tri_load_refuse_line(load, route->line,
                                    "\"%.60s\" is no pattern of a path (try \"/\", \"/users/:id\" "
                                    "or \"/docs/*path\")",
                                    route->title);
    if (!handler && !reply)
        return tri_load_refuse_line(load, route->line,
                                    "route \"%.60s\" has no handler (add handler = \"files\", or "
                                    "return = \"301 /elsewhere\")",
                                    route->title);
    if (handler && reply)
        return tri_load_refuse_line(load, route->line,
                                    "route \"%.60s\" has both a handler and a return (keep one of "
                                    "them)",
                                    route->title);
    return (handler && strcmp(handler, HANDLER_OF_FILES) == 0) || check_use(load, route, handler);
}

bool tri_block_check_host(struct tri_load *load, cfg_t *host, cfg_opt_t *all)
{
    const char *name = host->title;
    size_t len = strlen(name);
    bool is_literal = name[0] == '[' && name[len - 1] == ']';
    if (len == 0 || (!is_literal && len != strspn(name, "abcdefghijklmnopqrstuvwxyz"
                                                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")))
        return tri_load_refuse_line(
            load, host->line,
            "\"%.60s\" is no host (write a name like www.example.org, without a port)", name);
    for (unsigned i = 0; i + 1 < cfg_opt_size(all); i++)
        if (strcasecmp(cfg_opt_getnsec(all, i)->title, name) == 0)
            return tri_load_refuse_line(load, host->line,
                                        "vhost \"%.60s\" is there already in line %d (merge the "
                                        "two)",
                                        name, cfg_opt_getnsec(all, i)->line);
    return true;
}
