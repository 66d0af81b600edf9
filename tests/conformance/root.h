/*
 * root.h - a folder of files to serve, made for one test.
 *
 *     root/         what is served (root.c lists it)
 *     beside/       what must never be: all files in it hold ROOT_OUTSIDE
 *     secret        so does this
 *     site.conf     a configuration that has hosts and routes of its own (tables/files_site.c)
 *     pages/        its error pages
 */
#pragma once

#define ROOT_FLAG "--root=root" /* relative to the folder that root_enter() has entered */

/* What no reply may hold, of files outside the root and of those in it that are hidden. */
#define ROOT_OUTSIDE "the bird outside is dead"
#define ROOT_HIDDEN "the bird within is dead"

/* All files and folders are of one time, so the validators of a file with `hex` bytes are known. */
#define ROOT_DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define ROOT_ETAG(hex) "\"2ebc98a1.0-" hex "\""
#define ROOT_ETAG_CODED(hex, coding) "\"2ebc98a1.0-" hex "-" coding "\""

/* Enter a new folder with all of that in it; asserts that it works. */
void root_enter(void);

/* Leave it, and nothing of it behind. */
void root_leave(void);
