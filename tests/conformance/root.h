/*
 * root.h - a folder of files to serve, made for one test.
 */
#pragma once

#define ROOT_FLAG "--root=root" /* relative to the folder that root_enter() has entered */

/* Enter a new folder with a folder "root" in it; asserts that it works. */
void root_enter(void);

/* Leave it, and nothing of it behind. */
void root_leave(void);
