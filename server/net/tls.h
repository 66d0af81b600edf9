/*
 * tls.h - HTTPS: the certificates in force, and streams that use them (RFC 8446, RFC 5246).
 *
 *     struct tri_tls --reads files--> a set of contexts, one for each host that has certificates
 *         |                             ^ replaced as a whole by tri_tls_reload()
 *         +--> tri_stream_tls(fd) holds the set of the moment of its handshake to its end
 *
 * TLS 1.2 and 1.3 with the ciphers that Mozilla calls intermediate, no renegotiation, no
 * compression; ALPN http/1.1; resumption by tickets, whose keys all processes share that are forked
 * later (tls_tickets.h).
 *
 * Threads: tri_tls_reload() and new streams may meet; each stream belongs to one thread at a time.
 */
#pragma once

#include "server/base/ip.h"
#include "server/net/transport.h"

#include <stdbool.h>
#include <stdint.h>

struct tri_error;
struct tri_tls; /* opaque */

enum tri_tls_verify { TRI_TLS_VERIFY_OFF, TRI_TLS_VERIFY_OPTIONAL, TRI_TLS_VERIFY_REQUIRED };

struct tri_tls_certificate { /* paths, borrowed */
    const char *cert;        /* PEM: the certificate, then its chain                */
    const char *key;         /* PEM: its private key; NULL: in the file of `cert`   */
    const char *ocsp;        /* DER: what the authority says of it, stapled; or NULL */
};

struct tri_tls_host {
    const char *name; /* borrowed; "www.example.org"; NULL: for whoever names no other */
    const struct tri_tls_certificate *certificates; /* borrowed; one for each kind of key */
    unsigned certificate_count;
    const char *client_ca; /* borrowed or NULL; PEM: who may sign clients' certificates */
    enum tri_tls_verify verify;
    /*
     * A number for (client_ca, verify), the same for hosts that demand the same; 0: nothing. A
     * client that has met one demand has not met another (RFC 9110 7.4).
     */
    unsigned guard;
    const char *where; /* borrowed or NULL; where its settings stand, for messages: "file:12" */
};

struct tri_tls_plan {
    const struct tri_tls_host *hosts; /* borrowed as long as the tri_tls; the first has no name */
    unsigned host_count;
    bool self_signed;   /* for hosts without a certificate one is made, for localhost */
    bool ktls;          /* let the kernel encrypt where it can */
    int64_t session_ns; /* how long a session may be resumed; 0: never */
    /* Called with what is worth knowing about a certificate: "cert \"a.pem\": expires in 3 days".
     */
    void (*warn)(const char *text);
    /* Called when a handshake fails, on the thread of its stream. */
    void (*failed)(const struct tri_ip *client, const char *reason);
    /* Called when a client has proved to be whom its certificate names, likewise. */
    void (*recognized)(const struct tri_ip *client, const char *name);
};

/* Read all that `plan` names; NULL with *error, which names the file, on failure. */
struct tri_tls *tri_tls_new(const struct tri_tls_plan *plan, struct tri_error *error);

/*
 * Read it again. Streams from now on use what is found; those that are open keep what they have.
 *   returns  false with *error: nothing has changed
 */
bool tri_tls_reload(struct tri_tls *tls, struct tri_error *error);

/* No stream may be left. No-op for NULL. */
void tri_tls_free(struct tri_tls *tls);

/* Can this kernel encrypt (kTLS)? Tried on a pair of sockets. */
bool tri_tls_kernel_can(void);

/* A stream that is to be encrypted; takes `fd`. session is NULL in it when out of memory. */
struct tri_stream tri_stream_tls(int fd, struct tri_tls *tls);
