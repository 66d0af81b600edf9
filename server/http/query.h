/*
 * query.h - what a form or a link puts behind the question mark.
 */
#pragma once

#include "server/base/arena.h"
#include "server/base/slice.h"

#include <stdbool.h>

/*
 * Look a name up in a query ("a=1&b=x%20y"). Names and values are compared and returned decoded,
 * '+' as a blank; the first one wins.
 *   returns  false when absent, wrongly escaped, or out of arena; *ret_value is then untouched
 */
bool tri_query_find(struct tri_slice query, struct tri_slice name, struct tri_arena *arena,
                    struct tri_slice *ret_value);
