/*
 * proxy.h - the PROXY protocol, versions 1 and 2: a load balancer's word on who its client is.
 *
 * Pure: bytes in, verdict out. The sender must be trusted before its word is asked for.
 * Source: the PROXY protocol specification, sections 2.1 and 2.2.
 */
#pragma once

#include "server/base/ip.h"
#include "server/base/slice.h"

#include <stddef.h>

#define TRI_PROXY_BYTES_MAX 536 /* of a header that is accepted; longer ones are malformed */

enum tri_proxy {
    TRI_PROXY_MORE,      /* not whole yet                                                      */
    TRI_PROXY_DONE,      /* the header is the first *ret_used bytes; *ret_ip is the client     */
    TRI_PROXY_MALFORMED, /* close: nothing behind it can be trusted                            */
};

/*
 * Look for a header at the start of a connection.
 *   bytes    all that has come so far, from the first byte on; borrowed for the call
 *   *ret_ip  not known for LOCAL, UNKNOWN, UNSPEC and UNIX: the client is the peer itself
 *   returns  one verdict for any way to cut the bytes; the values are set by TRI_PROXY_DONE alone
 */
enum tri_proxy tri_proxy_parse(struct tri_slice bytes, size_t *ret_used, struct tri_ip *ret_ip);
