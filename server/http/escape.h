/*
 * escape.h - text from clients made safe for the place it is put into.
 */
#pragma once

#include "server/base/arena.h"
#include "server/base/slice.h"

/*
 * A JSON string of `text`, quotes included (RFC 8259 7): quotes, backslashes and control
 * characters escaped, bytes that are not UTF-8 replaced by U+FFFD.
 *   returns  memory of the arena; at is NULL when out of it
 */
struct tri_slice tri_escape_json(struct tri_arena *arena, struct tri_slice text);

/*
 * A path whose bytes outside RFC 3986's `pchar` and '/' are percent-encoded, '%' included.
 *   returns  memory of the arena; at is NULL when out of it
 */
struct tri_slice tri_escape_path(struct tri_arena *arena, struct tri_slice path);

/*
 * A value in a query or a fragment: all but letters, digits and "-._~/" is percent-encoded, so that
 * it cannot end there, nor begin another, '+' and '&' included (RFC 3986 3.4).
 *   returns  memory of the arena; at is NULL when out of it
 */
struct tri_slice tri_escape_query(struct tri_arena *arena, struct tri_slice value);

/*
 * Text for HTML content and quoted attributes: markup escaped; control bytes, which HTML cannot
 * say, and bytes that are not UTF-8 replaced by U+FFFD.
 *   returns  memory of the arena; at is NULL when out of it
 */
struct tri_slice tri_escape_html(struct tri_arena *arena, struct tri_slice text);
