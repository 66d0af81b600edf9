/*
 * tls_hello.c - see tls_hello.h.
 */
#include "server/net/tls_hello.h"

#include <stdint.h>
#include <string.h>

#define NAME_BYTES_MAX 255 /* of a host name (RFC 1035 2.3.4) */

static size_t number16(const char *at)
{
    return (size_t)(uint8_t)at[0] << 8 | (uint8_t)at[1];
}

bool tri_tls_hello_name(struct tri_slice body, struct tri_slice *ret_name)
{
    enum { LIST = 2, TYPE = 1, LENGTH = 2, HEAD = LIST + TYPE + LENGTH, HOST_NAME = 0 };
    if (body.len <= HEAD || number16(body.at) != body.len - LIST || body.at[LIST] != HOST_NAME)
        return false;
    struct tri_slice name = tri_slice_from(body, HEAD);
    if (number16(body.at + LIST + TYPE) != name.len || name.len > NAME_BYTES_MAX ||
        memchr(name.at, '\0', name.len))
        return false;
    *ret_name = name;
    return true;
}

bool tri_tls_hello_protocol(struct tri_slice list, struct tri_slice *ret)
{
    while (list.len > 0) {
        size_t len = (uint8_t)list.at[0];
        if (len >= list.len)
            return false;
        struct tri_slice name = {list.at + 1, len};
        if (tri_slice_is(name, TRI_SLICE("http/1.1"))) {
            *ret = name;
            return true;
        }
        list = tri_slice_from(list, 1 + len);
    }
    return false;
}
