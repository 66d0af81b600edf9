/*
 * apply.h - one flag of the command line, put where it belongs.
 */
#pragma once

#include "loadtest/flags.h"
#include "loadtest/options.h"

/*
 * Let a flag take effect.
 *   value    borrowed for as long as the options live; NULL when the flag has none
 *   returns  false with an error that begins with the flag's name
 */
bool tri_options_apply(struct tri_options *options, enum tri_flag_id id, const char *value,
                       struct tri_error *error);
