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

/* A chunked body is what a plain reading of RFC 9112 7.1 gives, and nothing follows a refusal. */
void tri_law_chunked(struct tri_slice input);

/* A parsed path is what a plain reading of RFC 3986 gives: absolute, without dots and NUL. */
void tri_law_target(struct tri_slice input);

/* llhttp reads from a reply what was put in, whatever text a handler hands over. */
void tri_law_response(struct tri_slice input);

/* A Range field asks for what a bitmap of the file says, in ranges that lie apart. */
void tri_law_range(struct tri_slice input);

/* Weights are those of a plain reading, in whatever order they come; choices are among them. */
void tri_law_coding(struct tri_slice input);

/* Conditions hold by the table of RFC 9110 13.2.2; dates of all forms are read as printed. */
void tri_law_conditional(struct tri_slice input);

/* A PROXY header is known as one, or as none, at the same byte for any cut; ours parse back. */
void tri_law_proxy(struct tri_slice input);

/* What a client says before anything is known of it: names and protocols as plain readings have
 * them, and no cut of its bytes changes what becomes of a handshake. */
void tri_law_hello(struct tri_slice input);

/*
 * A whole connection over memory: the same answers however its bytes are cut, nothing behind the
 * last one, each wish as its contract has it, and nothing left at the end.
 */
void tri_law_conn(struct tri_slice input);
