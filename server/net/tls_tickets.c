/*
 * tls_tickets.c - see tls_tickets.h.
 *
 *     keys[0] makes and reads | keys[1] reads | keys[2] reads        each half a session older
 *
 * A process that dies while it holds the lock leaves it to the next (robust): what it can have left
 * half done is a rotation, whose keys are all random in any case.
 */
#include "server/net/tls_tickets.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "server/base/clock.h"
#include "server/base/error.h"

enum { KEYS = 3, NAME_BYTES = 16, IV_BYTES = 16, CIPHER_BYTES = 32, MAC_BYTES = 32 };

struct key {
    unsigned char name[NAME_BYTES]; /* stands in the ticket; all zero: there is no such key */
    unsigned char cipher[CIPHER_BYTES], mac[MAC_BYTES];
};

struct ring { /* in shared memory */
    pthread_mutex_t lock;
    int64_t rotate_ns; /* when keys[0] has made enough, under lock */
    struct key keys[KEYS];
};

struct tri_tls_tickets {
    struct ring *ring; /* owned, a mapping */
    int64_t period_ns; /* of rotation */
    int64_t session_ns;
    EVP_CIPHER *cipher; /* owned */
};

static bool lock(struct ring *ring)
{
    int code = pthread_mutex_lock(&ring->lock);
    if (code == EOWNERDEAD)
        code = pthread_mutex_consistent(&ring->lock);
    return code == 0;
}

/* Put a new key before the others, lock held; as often as it was due, so that old ones vanish. */
static bool rotate(struct tri_tls_tickets *tickets, int64_t now_ns)
{
    struct ring *ring = tickets->ring;
    for (int i = 0; i < KEYS && now_ns >= ring->rotate_ns; i++) {
        struct key fresh;
        if (RAND_bytes((unsigned char *)&fresh, sizeof(fresh)) != 1)
            return false;
        memmove(&ring->keys[1], &ring->keys[0], (KEYS - 1) * sizeof(fresh));
        ring->keys[0] = fresh;
        OPENSSL_cleanse(&fresh, sizeof(fresh));
        ring->rotate_ns += tickets->period_ns;
    }
    if (now_ns >= ring->rotate_ns) /* nobody came for long */
        ring->rotate_ns = now_ns + tickets->period_ns;
    return true;
}

/* The key called `name`, or the one that makes tickets for NULL; its place, -1 when there is none.
 */
static int find(struct tri_tls_tickets *tickets, const unsigned char *name, struct key *ret_key)
{
    static const unsigned char nobody[NAME_BYTES];
    struct ring *ring = tickets->ring;
    int place = -1;
    if (!lock(ring))
        return -1;
    if (rotate(tickets, tri_clock_now())) {
        for (int i = 0; name && place < 0 && i < KEYS; i++)
            if (memcmp(ring->keys[i].name, name, NAME_BYTES) == 0 &&
                memcmp(nobody, name, NAME_BYTES) != 0)
                place = i;
        if (!name)
            place = 0;
        if (place >= 0)
            *ret_key = ring->keys[place];
    }
    pthread_mutex_unlock(&ring->lock);
    return place;
}

static bool set_up(struct tri_tls_tickets *tickets, const struct key *key, unsigned char *iv,
                   EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypts)
{
    char digest[] = "sha256";
    unsigned char mac_key[MAC_BYTES];
    memcpy(mac_key, key->mac, sizeof(mac_key));
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, mac_key, sizeof(mac_key)),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    bool ok = EVP_CipherInit_ex(cipher, tickets->cipher, NULL, key->cipher, iv, encrypts) == 1 &&
              EVP_MAC_CTX_set_params(mac, params) == 1;
    OPENSSL_cleanse(mac_key, sizeof(mac_key));
    return ok;
}

/* OpenSSL's: 1 use it, 2 use it and make a new one, 0 there is no such key, negative: failed. */
static int on_ticket(SSL *ssl, unsigned char name[NAME_BYTES], unsigned char *iv,
                     EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypts)
{
    struct tri_tls_tickets *tickets = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    struct key key;
    int place = find(tickets, encrypts ? NULL : name, &key);
    if (place < 0)
        return encrypts ? -1 : 0;
    bool ok = true;
    if (encrypts) {
        memcpy(name, key.name, NAME_BYTES);
        ok = RAND_bytes(iv, IV_BYTES) == 1;
    }
    ok = ok && set_up(tickets, &key, iv, cipher, mac, encrypts);
    OPENSSL_cleanse(&key, sizeof(key));
    /* Clients of TLS 1.3 use a ticket once (RFC 8446 C.4): each of their visits earns a new one. */
    bool is_last = place > 0 || SSL_version(ssl) == TLS1_3_VERSION;
    return !ok ? -1 : is_last ? 2 : 1;
}

struct tri_tls_tickets *tri_tls_tickets_new(int64_t session_ns, struct tri_error *error)
{
    pthread_mutexattr_t attr;
    struct tri_tls_tickets *tickets = calloc(1, sizeof(*tickets));
    if (!tickets)
        goto failed;
    tickets->session_ns = session_ns;
    tickets->period_ns = session_ns / 2 > 0 ? session_ns / 2 : 1;
    tickets->cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
    void *memory =
        mmap(NULL, sizeof(struct ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!tickets->cipher || memory == MAP_FAILED)
        goto failed;
    tickets->ring = memory;
    madvise(memory, sizeof(struct ring), MADV_DONTDUMP);
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&tickets->ring->lock, &attr);
    pthread_mutexattr_destroy(&attr);
    tickets->ring->rotate_ns = tri_clock_now();
    return tickets;
failed:
    tri_error_set(error, "session tickets: out of memory");
    tri_tls_tickets_free(tickets);
    return NULL;
}

bool tri_tls_tickets_use(struct tri_tls_tickets *tickets, SSL_CTX *ctx)
{
    SSL_CTX_set_app_data(ctx, tickets);
    SSL_CTX_set_timeout(ctx, (long)(tickets->session_ns / TRI_SECOND));
    return SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket) == 1;
}

void tri_tls_tickets_free(struct tri_tls_tickets *tickets)
{
    if (!tickets)
        return;
    EVP_CIPHER_free(tickets->cipher);
    if (tickets->ring)
        munmap(tickets->ring, sizeof(*tickets->ring));
    free(tickets);
}
