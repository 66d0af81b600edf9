/*
 * tls.c - what this connection has agreed on.
 *
 *     curl -k https://127.0.0.1:8443/tls
 *
 * One line for each fact: a way to see whether a session is resumed, or whom the server takes a
 * client's certificate for.
 */
#include "server/handlers/handlers.h"

static const char *yes(bool is_so)
{
    return is_so ? "yes" : "no";
}

static struct tri_next tls(struct tri_exchange *x)
{
    const struct tri_secured *secured = x->secured;
    tri_reply_field(x, TRI_SLICE("Cache-Control"), TRI_SLICE("no-store"));
    if (!secured)
        return tri_reply_printf(x, TRI_STATUS_OK, "protocol: none\nsecure: %s\n",
                                yes(x->is_secure));
    return tri_reply_printf(x, TRI_STATUS_OK,
                            "protocol: %s\ncipher: %s\nresumed: %s\nkernel: %s\nclient: %s\n",
                            secured->protocol, secured->cipher, yes(secured->resumed),
                            yes(secured->by_kernel), x->client_name ? x->client_name : "");
}

const struct tri_handler tri_handler_tls = {
    .name = "tls",
    .handle = tls,
    .methods = TRI_METHOD_GET,
    .summary = "what this connection has agreed on by TLS",
};
