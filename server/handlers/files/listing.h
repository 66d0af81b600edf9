/*
 * listing.h - a folder as a page: names sorted, folders first, sizes and dates, all escaped.
 */
#pragma once

#include "server/http/exchange.h"

#include <stdbool.h>

#define TRI_LISTING_ENTRIES_MAX 10000 /* more are not shown, and the page says so */
#define TRI_LISTING_TURN 256          /* names looked at, and printed, in one call */

/*
 * Reply with the listing of an open folder, or begin to: with more names than TRI_LISTING_TURN
 * x->state is set (work.h).
 *   folder    descriptor of the directory, just opened; ownership is taken
 *   dotfiles  show names that begin with a dot
 */
struct tri_next tri_listing_reply(struct tri_exchange *x, int folder, bool dotfiles);
