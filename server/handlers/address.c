/*
 * address.c - who asks, as limits and logs see it.
 *
 *     curl http://127.0.0.1:8080/address
 *
 * Behind a proxy that the configuration trusts it is the address that the proxy tells, else the
 * proxy's own: a way to see whether `trust` is right.
 */
#include "server/handlers/handlers.h"

static struct tri_next address(struct tri_exchange *x)
{
    char text[TRI_IP_TEXT];
    struct tri_slice client = tri_ip_print(&x->client, text);
    tri_reply_field(x, TRI_SLICE("Cache-Control"), TRI_SLICE("no-store"));
    return tri_reply_printf(x, TRI_STATUS_OK, "%.*s\n", (int)client.len, client.at);
}

const struct tri_handler tri_handler_address = {
    .name = "address",
    .handle = address,
    .methods = TRI_METHOD_GET,
    .summary = "your address, as told by the proxies that are trusted",
};
