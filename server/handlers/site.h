/*
 * site.h - the page served at "/" when no root is configured: which mode runs, and what to try.
 *
 * It is made once, at start-up, from site/index.html inside the program. Threads: immutable then.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct tri_error;

/* What the page says; all text is borrowed for the call. */
struct tri_site_facts {
    const char *mode;    /* "threads", "loop" or "mn": whose picture is highlighted */
    const char *summary; /* the mode in one line */
    const char *version; /* "0.1.0" */
    bool lab;            /* the routes of tri_lab_routes are there */
};

/* Context of tri_handler_site. */
struct tri_site {
    char *page; /* owned */
    size_t len;
};

/* Make the page; false with *error when out of memory. */
bool tri_site_render(struct tri_site *site, const struct tri_site_facts *facts,
                     struct tri_error *error);

/* Safe on one that was not rendered. */
void tri_site_free(struct tri_site *site);
