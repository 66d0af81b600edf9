/*
 * spawn.c - which of the three ways; see spawn.h.
 */
#include "modes/spawn.h"

#include <stddef.h>

struct tri_spawner *tri_spawner_open(const struct tri_spawn_plan *plan)
{
    switch (plan->server->spawn) {
    case TRI_SPAWN_CACHED:
        return tri_thread_cache_open(plan, true);
    case TRI_SPAWN_FRESH:
        return tri_thread_cache_open(plan, false);
    case TRI_SPAWN_FORK:
        return tri_children_open(plan);
    }
    return NULL;
}
