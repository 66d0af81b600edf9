/*
 * floor.h - what the two floors of the benchmarks share: one socket, one reply, no HTTP.
 *
 * A floor does what no server of its architecture can avoid, and nothing else: it counts blank
 * lines in what it reads and answers each with the same bytes. No parser, no router, no limits, no
 * deadlines. What a server costs above its floor is the price of being one.
 */
#pragma once

#include <stddef.h>

#define FLOOR_READ_BYTES 1024 /* sixteen requests of a benchmark, and little of a stack */

/* Answer one request and close: what `Connection: close` asks for, unread. Set before serving. */
extern int floor_closes;

/* A listening socket on 127.0.0.1; ends the program when there is none. Non-blocking if asked. */
int floor_listen(const char *port, int is_nonblocking);

/*
 * Answer all requests that end in bytes[0 .. len), with one write.
 *   returns  0, or -1 when the connection is of no more use
 */
int floor_answer(int fd, const char *bytes, size_t len);
