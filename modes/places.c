/*
 * places.c - see places.h.
 */
#include "modes/places.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/error.h"

struct tri_place *tri_places_new(unsigned count, struct tri_server *server, struct tri_error *error)
{
    struct tri_place *places = aligned_alloc(_Alignof(struct tri_place), count * sizeof(*places));
    if (!places) {
        tri_error_os(error, "%u workers", count);
        return NULL;
    }
    memset(places, 0, count * sizeof(*places));
    for (unsigned i = 0; i < count; i++) {
        places[i].acceptor.server = server;
        if (!tri_workspace_init(&places[i].workspace, &server->service.limits)) {
            tri_error_os(error, "worker %u", i);
            tri_places_free(places, count);
            return NULL;
        }
    }
    return places;
}

void tri_places_free(struct tri_place *places, unsigned count)
{
    for (unsigned i = 0; places && i < count; i++)
        tri_workspace_deinit(&places[i].workspace);
    free(places);
}
