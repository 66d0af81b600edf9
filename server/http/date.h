/*
 * date.h - HTTP dates (RFC 9110 5.6.7): IMF-fixdate out.
 */
#pragma once

#include "server/base/slice.h"

#include <stdint.h>

#define TRI_DATE_BYTES 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */

/* Seconds since 1970 UTC -> text, exactly TRI_DATE_BYTES bytes and a NUL. Years 1970-9999. */
void tri_date_print(int64_t seconds, char text[static TRI_DATE_BYTES + 1]);
