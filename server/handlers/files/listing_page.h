/*
 * listing_page.h - private to the listing: what was found in a folder, printed as HTML.
 */
#pragma once

#include "server/http/exchange.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

/*
 * The page: its start, each entry, its end. The request says which folder it is. False: out of
 * memory; what ferror() says of `to` is the caller's to ask.
 */
bool tri_listing_print_start(FILE *to, const struct tri_request *request);
bool tri_listing_print_entry(FILE *to, const struct tri_listing_entry *entry);
void tri_listing_print_end(FILE *to, const struct tri_listing *listing);
