/*
 * json.h - just enough of a JSON reader to find figures in our own results.
 *
 * A value is a slice of the text; nothing is copied, nothing is allocated. Texts of up to 64 MiB
 * that are not JSON make a search fail, never go on for ever.
 */
#pragma once

#include <stdbool.h>

#include "server/base/slice.h"

/* The value at `path` ("response_time_ns/p99"); false when there is none. */
bool tri_json_find(struct tri_slice json, const char *path, struct tri_slice *ret_value);

/* The next element of an array, from *at = 0 on; false after the last. */
bool tri_json_next(struct tri_slice array, size_t *at, struct tri_slice *ret_value);

bool tri_json_number(struct tri_slice value, double *ret_number);
