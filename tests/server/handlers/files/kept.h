/*
 * kept.h - a folder of files and a cache of them, for the tests that are about the latter.
 *
 *     TestSuite(handlers_cache, .init = kept_make, .fini = kept_remove, .timeout = 20);
 *
 * Time is the test's own: what is passed as now_ns. Only ticks of the file system's clock are real.
 */
#pragma once

#include "folder.h"
#include "server/handlers/files/table.h"

#define VALID_NS INT64_C(1000000000)
#define SMALL_BYTES 1000
#define LARGE_BYTES (TRI_FILE_SMALL_BYTES + 1)
#define START_NS (INT64_C(5000) * 1000000000)

extern struct tri_files kept;

/* a.txt, an empty b.css, "small" and "big" on the two sides of TRI_FILE_SMALL_BYTES, sub, fifo. */
void kept_make(void);
void kept_remove(void);

/* Open the folder with a new cache. */
void kept_open(uint32_t entries, uint64_t bytes, int64_t valid_ns);

/* A file that is there, and the errno of one that is not. */
const struct tri_file *kept_get(const char *path, int64_t now_ns);
int kept_fail(const char *path, int64_t now_ns);

/* Files of `bytes` bytes, "0.txt" and so on; and the i-th of them at START_NS. */
void kept_make_many(int count, int64_t bytes);
const struct tri_file *kept_get_many(int i);
