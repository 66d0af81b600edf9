/*
 * laws.h - what must hold for any input, one function per fuzz target.
 *
 * Each aborts when its law is broken. The fuzz targets try to make that happen; test_replay.c runs
 * the corpus and every input that once did through the same functions in the ordinary suite.
 */
#pragma once

#include "server/base/slice.h"

/* How the bytes of a connection are cut does not matter, and gate and llhttp agree. */
void tri_law_parser(struct tri_slice input);

/* A parsed path is what a plain reading of RFC 3986 gives: absolute, without dots and NUL. */
void tri_law_target(struct tri_slice input);

/* llhttp reads from a reply what was put in, whatever text a handler hands over. */
void tri_law_response(struct tri_slice input);
