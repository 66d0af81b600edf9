/*
 * hello.c - the least a handler can do, and what benchmarks ask for.
 *
 *     curl http://127.0.0.1:8080/hello
 *
 * Nothing is allocated or formatted: whatever a measurement shows is the server's own cost.
 */
#include "server/handlers/handlers.h"

static struct tri_next hello(struct tri_exchange *x)
{
    return tri_reply(x, TRI_STATUS_OK, TRI_SLICE("text/plain"), TRI_SLICE("Hello, world!"));
}

const struct tri_handler tri_handler_hello = {
    .name = "hello",
    .handle = hello,
    .methods = TRI_METHOD_GET,
    .summary = "Hello, world! in 13 bytes, for measuring",
};
