/*
 * site.h - a folder of files and requests for them, for the tests that are about the replies.
 *
 *     TestSuite(handlers_deliver, .init = site_make, .fini = site_remove, .timeout = 20);
 */
#pragma once

#include "folder.h"
#include "tests/server/handlers/drive.h"

#define BIG_BYTES 100000

extern struct tri_files site; /* its options are the test's to change */

/*
 * a.txt ("0123456789", of Sun, 06 Nov 1994 08:49:37 GMT), empty.txt, t.html with .br and .gz beside
 * it, 999.txt, 1000.txt and 1000.png around the least that is compressed, big.bin, big.txt.
 */
void site_make(void);
void site_remove(void);

#define FIELDS(...)                                                                                \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

/* One request to its end; its fields are two words each, NULL behind the last, or NULL. */
void site_ask(struct drive *d, enum tri_method method, const char *path, const char *const *fields);

/* The ETag of a path; good until the call after the next one. `accept` may be NULL. */
const char *site_etag(const char *path, const char *accept);
