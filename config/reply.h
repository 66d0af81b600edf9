/*
 * reply.h - the text of a route's "return". Private to config/.
 */
#pragma once

#include <stdbool.h>

struct tri_error;

/* Is `text` a reply of a route with this pattern? False: the message lacks its place. */
bool tri_config_reply_check(const char *pattern, const char *text, struct tri_error *error);
