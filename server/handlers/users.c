/*
 * users.c - a parameter of the path, put into JSON safely.
 *
 *     curl http://127.0.0.1:8080/users/ada
 */
#include "server/handlers/handlers.h"
#include "server/http/escape.h"

static struct tri_next users(struct tri_exchange *x)
{
    struct tri_slice id = tri_escape_json(x->arena, tri_request_param(x->request, "id"));
    struct tri_slice body = {0};
    if (id.at)
        body = tri_arena_printf(x->arena, "{\"id\":%.*s}", (int)id.len, id.at);
    if (!body.at)
        return tri_reply_exhausted(x);
    return tri_reply(x, TRI_STATUS_OK, TRI_SLICE("application/json"), body);
}

const struct tri_handler tri_handler_users = {
    .name = "users",
    .handle = users,
    .methods = TRI_METHOD_GET,
    .summary = "JSON with the last part of the path: parameters of a route",
};
