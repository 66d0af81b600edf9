/*
 * tls_hello.h - what a ClientHello asks for, as far as we choose by it: pure, bytes in and verdict
 * out. Called with bytes of anybody, before anything is known of who sends them.
 */
#pragma once

#include "server/base/slice.h"

#include <stdbool.h>

/*
 * The host name of a server_name extension (RFC 6066 3).
 *   body      of the extension; borrowed, *ret_name points into it
 *   returns   false: malformed, or there is none
 */
bool tri_tls_hello_name(struct tri_slice body, struct tri_slice *ret_name);

/*
 * Does a list of application protocols hold http/1.1 (RFC 7301 3.1)?
 *   list      of strings, each behind one byte of its length
 *   *ret      points into `list`
 */
bool tri_tls_hello_protocol(struct tri_slice list, struct tri_slice *ret);
