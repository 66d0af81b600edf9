/*
 * mode.c - the table of modes.
 */
#include "modes/mode.h"

#include <string.h>

const struct tri_mode *tri_mode_find(const char *name)
{
    static const struct tri_mode *const modes[] = {&tri_mode_threads, &tri_mode_loop, &tri_mode_mn};
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (strcmp(modes[i]->name, name) == 0)
            return modes[i];
    return NULL;
}

void tri_server_ending_signals(const struct tri_server *server, sigset_t *ret_signals)
{
    sigemptyset(ret_signals);
    sigaddset(ret_signals, SIGTERM);
    if (server->processes == 0)
        sigaddset(ret_signals, SIGINT);
}

void tri_server_signals(const struct tri_server *server, sigset_t *ret_signals)
{
    tri_server_ending_signals(server, ret_signals);
    sigaddset(ret_signals, SIGHUP);
}

void tri_server_close_listeners(struct tri_server *server, bool unlink_paths)
{
    for (unsigned i = 0; i < server->listener_count; i++)
        tri_listener_close(&server->listeners[i], unlink_paths);
}
