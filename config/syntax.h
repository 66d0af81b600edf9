/*
 * syntax.h - what libconfuse says about a file, for a person. Private to config/.
 */
#pragma once

#include <stdarg.h>

#include <confuse.h>

struct tri_load;

/*
 * Put a mistake that libconfuse found into load->error.
 *   text             what is being parsed
 *   section          the block in which it was found; its line is that of the last token
 *   format, values   libconfuse's message
 */
void tri_syntax_refuse(struct tri_load *load, const char *text, cfg_t *section, const char *format,
                       va_list values) __attribute__((format(printf, 4, 0)));
