/*
 * support.h - load settings from texts: what the suites of config/ share.
 */
#pragma once

#include <stddef.h>

#include "config/config.h"

#define SUPPORT_FILE "tri-httpd.conf" /* in a folder of its own, which is the working directory */

/*
 * Load.
 *   file        contents of the file, NULL: none is named
 *   flags, environment   one per line, NULL: none
 */
bool support_load(struct tri_config *config, const char *file, const char *flags,
                  const char *environment, struct tri_error *error);

/* Write SUPPORT_FILE. */
void support_write(const char *bytes, size_t len);

/* Make empty files that settings may name. */
void support_touch(const char *const names[], size_t count);

/* The whole of a file; to be freed. */
char *support_read(const char *path);

/* What tri_config_print says; to be freed. */
char *support_print(const struct tri_config *config);

/* Enter a new folder, and leave nothing of it behind. */
void support_enter(void);
void support_leave(void);
