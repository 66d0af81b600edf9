/*
 * deliver.h - a file found, as a reply: the variant chosen, the conditions checked, the ranges cut.
 */
#pragma once

#include "server/handlers/files/cache.h"
#include "server/http/exchange.h"

/*
 * Reply with a file, or begin to. x->context is a struct tri_files.
 *   file  the reference is taken
 */
struct tri_next tri_deliver(struct tri_exchange *x, const struct tri_file *file);
