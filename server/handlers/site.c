/*
 * site.c - a template with a handful of names, filled in once.
 *
 *     curl http://127.0.0.1:8080/
 *
 * {{mode}}, {{summary}} and {{version}} become the facts, {{routes}} the rows of tri_lab_routes;
 * what stands between {{lab}} and {{end}} is there with the laboratory only, between {{nolab}}
 * and {{end}} without it only. All other text passes as it is. Names that are unknown are our own
 * mistake and are asserted.
 */
#include "server/handlers/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/assert.h"
#include "server/base/error.h"
#include "server/base/slice.h"
#include "server/handlers/handlers.h"

extern const char tri_site_template[], tri_site_template_end[]; /* site/site.S */

/* Text safe in HTML content and quoted attributes. */
static void print_escaped(FILE *to, const char *text)
{
    for (; *text; text++) {
        if (strchr("&<>\"'", *text))
            fprintf(to, "&#%d;", *text);
        else
            fputc(*text, to);
    }
}

static void print_routes(FILE *to)
{
    for (const struct tri_lab_route *route = tri_lab_routes; route->pattern; route++) {
        fprintf(to, "<tr><td><a href=\"");
        print_escaped(to, route->example);
        fprintf(to, "\">");
        print_escaped(to, route->example);
        fprintf(to, "</a></td><td>");
        print_escaped(to, route->handler->summary);
        fprintf(to, "</td><td><span class=\"kind %s\">%s</span></td></tr>\n", route->kind,
                route->kind);
    }
}

/* Print what `name` stands for; *ret_skips: the text up to {{end}} is to be left out. */
static void print_name(FILE *to, struct tri_slice name, const struct tri_site_facts *facts,
                       bool *ret_skips)
{
    if (tri_slice_is(name, TRI_SLICE("end")))
        *ret_skips = false;
    else if (*ret_skips)
        return;
    else if (tri_slice_is(name, TRI_SLICE("lab")))
        *ret_skips = !facts->lab;
    else if (tri_slice_is(name, TRI_SLICE("nolab")))
        *ret_skips = facts->lab;
    else if (tri_slice_is(name, TRI_SLICE("mode")))
        print_escaped(to, facts->mode);
    else if (tri_slice_is(name, TRI_SLICE("summary")))
        print_escaped(to, facts->summary);
    else if (tri_slice_is(name, TRI_SLICE("version")))
        print_escaped(to, facts->version);
    else if (tri_slice_is(name, TRI_SLICE("routes")))
        print_routes(to);
    else
        tri_assert_failed("{{name}} of site/index.html is known", __FILE__, __LINE__);
}

static void print_page(FILE *to, const struct tri_site_facts *facts)
{
    const char *at = tri_site_template;
    const char *end = tri_site_template_end;
    bool skips = false;
    while (at < end) {
        const char *open = memmem(at, (size_t)(end - at), "{{", 2);
        size_t plain = (size_t)((open ? open : end) - at);
        if (!skips)
            fwrite(at, 1, plain, to);
        if (!open)
            break;
        const char *close = memmem(open, (size_t)(end - open), "}}", 2);
        tri_assert(close != NULL);
        print_name(to, (struct tri_slice){open + 2, (size_t)(close - open - 2)}, facts, &skips);
        at = close + 2;
    }
}

bool tri_site_render(struct tri_site *site, const struct tri_site_facts *facts,
                     struct tri_error *error)
{
    *site = (struct tri_site){0};
    FILE *to = open_memstream(&site->page, &site->len);
    bool ok = to != NULL;
    if (to) {
        print_page(to, facts);
        ok = ferror(to) == 0;
        ok = fclose(to) == 0 && ok;
    }
    if (!ok) {
        tri_error_os(error, "the page at \"/\" cannot be made");
        tri_site_free(site);
    }
    return ok;
}

void tri_site_free(struct tri_site *site)
{
    free(site->page);
    *site = (struct tri_site){0};
}

static struct tri_next show(struct tri_exchange *x)
{
    const struct tri_site *site = x->context;
    tri_reply_field(x, TRI_SLICE("Cache-Control"), TRI_SLICE("no-cache"));
    return tri_reply(x, TRI_STATUS_OK, TRI_SLICE("text/html; charset=utf-8"),
                     (struct tri_slice){site->page, site->len});
}

const struct tri_handler tri_handler_site = {
    .name = "site",
    .handle = show,
    .methods = TRI_METHOD_GET,
    .summary = "the page about this server",
};
