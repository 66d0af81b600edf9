/*
 * json.c - hello, for programs.
 *
 *     curl http://127.0.0.1:8080/json
 */
#include "server/handlers/handlers.h"

static struct tri_next json(struct tri_exchange *x)
{
    return tri_reply(x, TRI_STATUS_OK, TRI_SLICE("application/json"),
                     TRI_SLICE("{\"message\":\"Hello, world!\"}"));
}

const struct tri_handler tri_handler_json = {
    .name = "json",
    .handle = json,
    .methods = TRI_METHOD_GET,
    .summary = "the same as a JSON object",
};
