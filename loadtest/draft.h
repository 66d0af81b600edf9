/*
 * draft.h - a request as it was written down, before it is bytes. Private to request*.c.
 *
 * Slices are borrowed from the command line or the file's text.
 */
#pragma once

#include "loadtest/requests.h"

struct tri_draft {
    struct tri_slice method, target, body;
    struct tri_slice fields; /* whole lines of the file, may be empty */
    unsigned weight;
};

/* Take the next line off `text`; without its line end. */
struct tri_slice tri_draft_line(struct tri_slice *text);

/* Make its bytes, with the fields that are missing; false with an error when they are too many. */
bool tri_draft_build(struct tri_plan *plan, const struct tri_draft *draft,
                     const struct tri_request_spec *spec, struct tri_request *request,
                     struct tri_error *error);
