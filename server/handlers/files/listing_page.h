/*
 * listing_page.h - private to the listing: what was found in a folder, printed as HTML.
 */
#pragma once

#include "server/http/exchange.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tri_listing_entry {
    char *name; /* owned by the listing */
    bool is_folder, is_link;
    int64_t bytes;
    int64_t modified_s;
};

struct tri_listing {
    struct tri_listing_entry *at; /* owned; in the order in which they are printed */
    size_t count;
    size_t room;
    bool is_cut; /* there are more */
};

/* The page, in the heap; NULL when out of memory. The request says which folder it is. */
char *tri_listing_print(const struct tri_listing *listing, const struct tri_request *request,
                        size_t *ret_len);
