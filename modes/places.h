/*
 * places.h - what a processor of `mn` lends to whatever runs on it: a workspace for steps, and the
 * manners of accepting. On cache lines of its own, since each is written by another thread.
 */
#pragma once

#include "modes/accept.h"
#include "server/core/workspace.h"

struct tri_error;

struct tri_place {
    _Alignas(64) struct tri_workspace workspace;
    struct tri_acceptor acceptor;
};

/* `count` places for connections of `server`, which is borrowed; NULL with *error on failure. */
struct tri_place *tri_places_new(unsigned count, struct tri_server *server,
                                 struct tri_error *error);

/* No-op for NULL. */
void tri_places_free(struct tri_place *places, unsigned count);
