/*
 * launch.h - a server that tri-load starts, waits for, and ends.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct tri_error;

struct tri_server_process {
    pid_t pid; /* leader of a process group of its own; 0: none */
    unsigned port;
};

/*
 * Start `command` with the shell, {port} replaced by a free port, and wait until that port of
 * 127.0.0.1 accepts a connection, 10 seconds at most. Its output goes to standard error.
 */
bool tri_launch(struct tri_server_process *server, const char *command, struct tri_error *error);

/* SIGTERM, and SIGKILL for whoever is left of its group after 5 seconds. */
void tri_launch_end(struct tri_server_process *server);

/* `text` with {port} replaced; false when it does not fit. */
bool tri_launch_expand(const char *text, unsigned port, char *into, size_t room);
