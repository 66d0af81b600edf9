/*
 * health.c - is this server well, and does it want more requests?
 *
 *     curl -i http://127.0.0.1:8080/health          (health = "/health")
 *
 * While it drains the answer is no, so that a load balancer looks elsewhere before the listeners
 * close. It is answered even when all connections are taken (TRI_ALWAYS), to clients on this
 * machine: being full is not being ill.
 */
#include "server/handlers/handlers.h"

static struct tri_next health(struct tri_exchange *x)
{
    tri_reply_field(x, TRI_SLICE("Cache-Control"), TRI_SLICE("no-store"));
    if (x->draining)
        return tri_reply(x, TRI_STATUS_SERVICE_UNAVAILABLE, TRI_SLICE("text/plain"),
                         TRI_SLICE("draining\n"));
    return tri_reply(x, TRI_STATUS_OK, TRI_SLICE("text/plain"), TRI_SLICE("ok\n"));
}

const struct tri_handler tri_handler_health = {
    .name = "health",
    .handle = health,
    .flags = TRI_ALWAYS,
    .methods = TRI_METHOD_GET,
    .summary = "ok, or 503 while the server is stopping",
};
