/*
 * s_client.h - the system's `openssl s_client` against the server: somebody else's idea of TLS.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Can it be run? */
bool s_client_is_there(void);

/*
 * Run it against `port` of 127.0.0.1, and let it send `input`. It must end by itself.
 *   words    blank between them, such as "-tls1_2 -alpn h2"
 *   returns  what it has said on both its outputs; valid until the next call
 */
const char *s_client(uint16_t port, const char *words, const char *input);
