/*
 * test_site.c - the page at "/".
 */
#include "server/handlers/site.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "drive.h"
#include "server/handlers/handlers.h"

TestSuite(handlers_site, .timeout = 10);

/* The rendered page as a string; owned by the caller. */
static char *page_of(const char *mode, const char *summary, bool lab)
{
    const struct tri_site_facts facts = {mode, summary, "1.2.3", lab};
    struct tri_site site;
    cr_assert(tri_site_render(&site, &facts, NULL));
    char *page = strndup(site.page, site.len);
    cr_assert(eq(sz, strlen(page), site.len));
    tri_site_free(&site);
    cr_assert(eq(ptr, site.page, NULL));
    tri_site_free(&site);
    return page;
}

Test(handlers_site, says_which_mode_runs_and_leaves_no_name_unfilled)
{
    static const char *const modes[] = {"threads", "loop", "mn"};
    for (size_t i = 0; i < 6; i++) {
        char marked[64];
        char *page = page_of(modes[i / 2], "as a summary", i % 2);
        snprintf(marked, sizeof(marked), "<html lang=\"en\" data-mode=\"%s\">", modes[i / 2]);
        cr_assert(drive_has(page, marked));
        cr_assert(drive_has(page, "as a summary"));
        cr_assert(drive_has(page, "1.2.3"));
        cr_assert(drive_lacks(page, "{{"));
        free(page);
    }
}

Test(handlers_site, lists_the_laboratory_only_when_it_is_there)
{
    char *with = page_of("loop", "", true);
    char *without = page_of("loop", "", false);
    for (const struct tri_lab_route *route = tri_lab_routes; route->pattern; route++) {
        cr_assert(drive_has(with, route->pattern[1] == 'u' ? "/users/ada" : route->pattern));
        cr_assert(drive_has(with, route->handler->summary), "%s", route->pattern);
        cr_assert(drive_lacks(without, route->handler->summary), "%s", route->pattern);
    }
    cr_assert(drive_has(with, "href=\"/stream?n=10&#38;ms=100\""));
    cr_assert(drive_lacks(without, "href=\"/"));
    cr_assert(drive_lacks(without, "/sleep"));
    cr_assert(drive_lacks(with, "--lab=on"));
    cr_assert(drive_has(without, "--lab=on"));
    free(with);
    free(without);
}

Test(handlers_site, escapes_what_it_is_told)
{
    char *page = page_of("<b>\"&'", "", true);
    cr_assert(drive_has(page, "data-mode=\"&#60;b&#62;&#34;&#38;&#39;\""));
    cr_assert(drive_lacks(page, "<b>\""));
    free(page);
}

Test(handlers_site, loads_nothing_from_elsewhere)
{
    char *page = page_of("mn", "", true);
    static const char *const loaders[] = {"src=",    "@import", "url(", "<link rel=\"stylesheet",
                                          "//fonts", "https://"};
    for (size_t i = 0; i < sizeof(loaders) / sizeof(*loaders); i++)
        cr_assert(drive_lacks(page, loaders[i]), "%s", loaders[i]);
    free(page);
}

Test(handlers_site, is_served_as_it_was_rendered)
{
    const struct tri_site_facts facts = {"loop", "", "1.2.3", true};
    struct tri_site site;
    struct drive d;
    cr_assert(tri_site_render(&site, &facts, NULL));
    drive_open(&d, TRI_METHOD_GET, "/", "");
    d.x.context = &site;
    drive_finish(&d, &tri_handler_site);
    cr_assert(tri_slice_is(drive_body(&d), (struct tri_slice){site.page, site.len}));
    cr_assert(drive_has(d.sent, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
    drive_close(&d);
    tri_site_free(&site);
}
