/*
 * client.h - what the clients of the benchmarks share: a connection, a reply, a list of times.
 *
 * wrk loads a server as much as it can; these do what it cannot: keep a pace, sit idle, use every
 * second connection. Each has one thread and at most one request under way on a connection.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CLIENT_HEAD_BYTES 4096

enum client_reply { CLIENT_MORE, CLIENT_DONE, CLIENT_MALFORMED };

struct client_connection {
    int fd; /* owned, -1 when none; non-blocking */
    enum { IN_HEAD, IN_BODY, IN_SIZE, IN_CHUNK, IN_END } where;
    int status;
    size_t head_bytes;
    uint64_t left; /* of the body, or of the chunk with its line end */
    char head[CLIENT_HEAD_BYTES + 1];
};

struct client_times {
    int64_t *ns; /* owned */
    size_t count, room;
};

int64_t client_now(void);

/* The request, with what `field` adds to it ("Name: value", or NULL). Ends the program when long.
 */
const char *client_request(const char *path, const char *field);

/* Connect to 127.0.0.1, blocking, then no longer so. False with errno when that fails. */
int client_connect(struct client_connection *c, const char *port);
/* Have calls on the descriptor wait from now on. */
void client_block(struct client_connection *c);
void client_close(struct client_connection *c);

/* Send all of it. -1 when the connection is of no more use. */
int client_send(struct client_connection *c, const char *request);

/* Read what there is of the reply; the connection is ready for another request after DONE. */
enum client_reply client_read(struct client_connection *c);

void client_times_add(struct client_times *times, int64_t ns);

/* Print NAMEp50= to NAMEmax= in microseconds; sorts. Zeros when there is none. */
void client_times_print(struct client_times *times, const char *name);

/* An argument that is a number above 0; ends the program otherwise. */
long client_number(const char *text);
