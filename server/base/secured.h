/*
 * secured.h - what two peers have agreed on by TLS, as everybody above the transport sees it.
 */
#pragma once

#include <stdbool.h>

struct tri_secured {
    const char *protocol;  /* static; "TLSv1.3" */
    const char *cipher;    /* static; "TLS_AES_256_GCM_SHA384" */
    const char *peer_name; /* who the peer's certificate says it is, as in RFC 2253; NULL: none */
    unsigned guard; /* which demand on the peer was met, 0: none; tri_tls_host in net/tls.h */
    bool resumed;   /* a session of before, by its ticket */
    bool by_kernel; /* the kernel encrypts (kTLS) */
};
