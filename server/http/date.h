/*
 * date.h - HTTP dates (RFC 9110 5.6.7): IMF-fixdate out, all three forms in.
 */
#pragma once

#include "server/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define TRI_DATE_BYTES 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */

/* Seconds since 1970 UTC -> text, exactly TRI_DATE_BYTES bytes and a NUL. Years 1970-9999. */
void tri_date_print(int64_t seconds, char text[static TRI_DATE_BYTES + 1]);

/*
 * The date of a field: IMF-fixdate, RFC 850 or asctime form, case and blanks exact; the weekday
 * may be any. A leap second is read as the second before it.
 *   now_s    for the two-digit years of RFC 850: one more than 50 years ahead is past
 *   returns  false when it is none, the day does not exist, or it lies before 1970
 */
bool tri_date_parse(struct tri_slice text, int64_t now_s, int64_t *ret_s);
