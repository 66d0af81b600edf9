/*
 * server.h - a tri-httpd of its own for a test: started with flags, stopped and checked.
 *
 * Which binary: environment variable TRI_HTTPD, else the one of the same build. The server is in a
 * process group of its own and dies with the test, however that ends.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct tri_error;

#define SUPPORT_SERVER_FLAGS 16 /* flags at most, without those that are always given */

enum support_transport { SUPPORT_PLAIN, SUPPORT_TLS };

struct support_server {
    pid_t pid;       /* of the server and of its process group, 0 when there is none */
    uint16_t port;   /* on 127.0.0.1 */
    unsigned killed; /* workers that the test killed; any other that dies is a fault */
    int errors_fd;   /* owned; its standard error, in memory; -1 when there is none */
    int status;      /* as waitpid() has it, once it has ended */
    bool told;       /* to end */
    enum support_transport transport; /* at `port` */
    const char *mode;                 /* borrowed */
};

extern const char *const support_modes[3]; /* "threads", "loop", "mn" */

/*
 * A file in memory for what a program prints; -1: there is none. It is appended to: the processes
 * of a server share its position, which the kernel does not lock in such a file, and two who log at
 * once would write over each other.
 */
int support_output(const char *name);

/*
 * Start a server and wait until it says where it listens.
 *   flags    NULL-terminated, or NULL; --mode, --listen and what keeps a server small come with it
 *   returns  false with *error when it ends or says nothing, what it wrote included
 */
bool support_server_start(struct support_server *server, const char *mode,
                          const char *const flags[], struct tri_error *error);

/* The same; over TLS with a certificate that it makes itself. */
bool support_server_start_over(struct support_server *server, enum support_transport transport,
                               const char *mode, const char *const flags[],
                               struct tri_error *error);

/* Send SIGTERM, unless that was done before (a second one means: at once), and do not wait. */
void support_server_end(struct support_server *server);

/*
 * End it by SIGTERM, and wait. Killed when it takes longer than its drain may.
 *   returns  false with *error unless it exits 0; what it wrote is then on standard error
 */
bool support_server_stop(struct support_server *server, struct tri_error *error);
