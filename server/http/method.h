/*
 * method.h - request methods as bits, so that "which methods does this route take" is one mask.
 *
 * These are the methods the server knows (RFC 9110 9.3, RFC 5789); any other valid token is 501.
 */
#pragma once

#include "server/base/slice.h"

#define TRI_METHOD_MAP(X)                                                                          \
    X(0, GET)                                                                                      \
    X(1, HEAD)                                                                                     \
    X(2, POST)                                                                                     \
    X(3, PUT)                                                                                      \
    X(4, DELETE)                                                                                   \
    X(5, PATCH)                                                                                    \
    X(6, OPTIONS)                                                                                  \
    X(7, CONNECT)                                                                                  \
    X(8, TRACE)

#define TRI_METHOD_BYTES 7 /* of the longest name */

enum tri_method {
    TRI_METHOD_NONE = 0, /* a valid token that names no known method */
#define X(bit, name) TRI_METHOD_##name = 1 << (bit),
    TRI_METHOD_MAP(X)
#undef X
};

/* The method named by `token` (case matters, RFC 9110 9.1), or TRI_METHOD_NONE. */
enum tri_method tri_method_find(struct tri_slice token);

/* "GET"; the method must be exactly one bit. */
struct tri_slice tri_method_name(enum tri_method method);

/* "GET, HEAD, OPTIONS" for a mask, into `text` (64 bytes suffice for all); returns its length. */
size_t tri_method_list(unsigned mask, char text[static 64]);
